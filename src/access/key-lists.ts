// Two lists that an operator keeps while the root runs: who is banned until when, by key or by address,
// and which keys are allowed where only these are. Bounded, and kept.

import type { PeerKey } from '../protocol/bytes.ts'
import { formatKey } from '../protocol/bytes.ts'
import type { Codec } from '../protocol/codec.ts'
import { optional, struct, text, uint } from '../protocol/codec.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import { noMore, TableNote } from './table-note.ts'

export interface Entry {
  /** A key in z32, or the network of an address. */
  name: string
  /** Milliseconds since 1970; null for ever. */
  until: number | null
}

export const entryCodec: Codec<Entry> = struct({
  name: text(limits.listedNameBytesMax),
  until: optional(uint)
})

export class KeyList {
  readonly #note: TableNote<Entry>
  readonly #what: string
  readonly #now: () => number
  readonly #entries = new Map<string, number | null>()

  private constructor(store: Store, name: string, what: string, now: () => number) {
    this.#note = new TableNote(store, name, entryCodec, limits.listedMax)
    this.#what = what
    this.#now = now
  }

  /** @param what - what its entries are, for people */
  static async open(
    store: Store,
    { name, what, now }: { name: string; what: string; now: () => number }
  ): Promise<KeyList> {
    const keys = new KeyList(store, name, what, now)
    for (const { name: each, until } of await keys.#note.read()) keys.#entries.set(each, until)
    return keys
  }

  /** Those that hold now. */
  get all(): Entry[] {
    this.#forgetPast()
    return [...this.#entries].map(([name, until]) => ({ name, until }))
  }

  has(name: string): boolean {
    if (this.#entries.size === 0) return false
    const until = this.#entries.get(name)
    return until !== undefined && (until === null || this.#now() < until)
  }

  hasKey(peer: PeerKey): boolean {
    return this.#entries.size > 0 && this.has(formatKey(peer))
  }

  /** @throws `TOO_MANY`; what the store throws, and then nothing was changed */
  async add(name: string, until: number | null): Promise<void> {
    this.#forgetPast()
    if (!this.#entries.has(name) && this.#entries.size >= limits.listedMax) {
      throw noMore(this.#what, limits.listedMax)
    }
    await this.#change(name, () => this.#entries.set(name, until))
  }

  /** False if it was not there. */
  async remove(name: string): Promise<boolean> {
    if (!this.#entries.has(name)) return false
    await this.#change(name, () => this.#entries.delete(name))
    return true
  }

  async #change(name: string, change: () => void): Promise<void> {
    const before = this.#entries.get(name)
    change()
    try {
      await this.#note.write(this.all)
    } catch (err) {
      if (before === undefined) this.#entries.delete(name)
      else this.#entries.set(name, before)
      throw err
    }
  }

  #forgetPast(): void {
    for (const [name, until] of this.#entries) {
      if (until !== null && this.#now() >= until) this.#entries.delete(name)
    }
  }
}
