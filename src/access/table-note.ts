// A table that is small enough to be kept as one note, written whole at every change and synced, so that
// what an operator has decided holds after a power cut.

import type { Codec } from '../protocol/codec.ts'
import { decode, encode, list } from '../protocol/codec.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { storeDamaged } from '../errors.ts'
import type { Store } from '../storage/store.ts'

export class TableNote<Row> {
  readonly #store: Store
  readonly #name: string
  readonly #codec: Codec<readonly Row[], Row[]>
  #written: Promise<void> = Promise.resolve()

  constructor(store: Store, name: string, row: Codec<Row>, rowsMax: number) {
    this.#store = store
    this.#name = `access/${name}`
    this.#codec = list(row, rowsMax)
  }

  /** @throws `STORE_DAMAGED` if it is none that we wrote */
  async read(): Promise<Row[]> {
    const bytes = await this.#store.notes.get(this.#name)
    if (bytes === null) return []
    try {
      return decode(this.#codec, bytes)
    } catch (err) {
      const what = `what is kept of ${this.#name} does not decode. Restore a backup`
      throw storeDamaged(this.#store.directory, what, err)
    }
  }

  /** Resolves once it is synced. Writes are made in the order of their calls. */
  async write(rows: readonly Row[]): Promise<void> {
    const bytes = encode(this.#codec, rows)
    const written = this.#written.then(() => this.#write(bytes))
    this.#written = written.catch(() => {}) // its caller is told
    await written
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#store.notes.set(this.#name, bytes)
    await this.#store.sync()
  }
}

/** A table that may not grow any more. */
export function noMore(what: string, expected: number): RootPeerError<'TOO_MANY'> {
  return new RootPeerError('TOO_MANY', `there are ${expected} ${what} already: remove some first`, {
    expected
  })
}
