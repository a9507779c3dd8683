// Notes: small values under names, kept in the store. A note is in the database's log when `set` resolves,
// in the order of all that is written there, and nobody waits for a sync of it: what is written after it,
// and synced, takes it along. Never knows what a note says.

import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { RootPeerError } from '../protocol/errors.ts'

/** A note, or with null for its value, that there is to be none. */
export interface Note<Value = Uint8Array | null> {
  name: string
  value: Value
}

export interface NotesOptions {
  corestore: Corestore
  /** Why nothing may be written now; null if it may. */
  refusal: () => Error | null
  /** Says what a failed write was, and acts on it. */
  failed: (err: unknown) => RootPeerError
}

export class Notes {
  readonly #options: NotesOptions
  #core: Promise<Hypercore> | null = null

  constructor(options: NotesOptions) {
    this.#options = options
  }

  /** @returns null if there is no such note */
  async get(name: string): Promise<Uint8Array | null> {
    return (await this.#open()).getUserData(name)
  }

  /**
   * Keeps a value, in place of the one before. It survives a killed process from now on, and a power cut
   * from the next sync on.
   *
   * @throws `DISK_FULL` if there is no room; what the store makes of another failure
   */
  async set(name: string, value: Uint8Array): Promise<void> {
    await this.#try((core) => core.setUserData(name, value))
  }

  /** Keeps or drops several, all of them or none; as {@link Notes.set}. */
  async write(notes: readonly Note[]): Promise<void> {
    await this.#try((core) => write(core, notes))
  }

  async #try(work: (core: Hypercore) => Promise<void>): Promise<void> {
    const refusal = this.#options.refusal()
    if (refusal !== null) throw refusal
    try {
      await work(await this.#open())
    } catch (err) {
      throw this.#options.failed(err)
    }
  }

  /** All notes whose names begin so, in the order of their names, which are plain ASCII. */
  async *list(prefix: string): AsyncGenerator<Note<Uint8Array>> {
    const { storage } = (await this.#open()).core.state
    const range = { gte: prefix, lt: `${prefix}\u{7f}` }
    for await (const { key, value } of storage.createUserDataStream(range)) {
      yield { name: key, value }
    }
  }

  async close(): Promise<void> {
    const core = await this.#core?.catch(() => null)
    await core?.close()
  }

  // With the first note, and not made durable as other cores are: that is the whole point.
  #open(): Promise<Hypercore> {
    if (this.#core === null) {
      const core = this.#options.corestore.get({ name: 'notes' })
      this.#core = core.ready().then(() => core)
      this.#core.catch(() => {})
    }
    return this.#core
  }
}

// Past `setUserData`, which knows no deleting and no batch.
async function write(core: Hypercore, notes: readonly Note[]): Promise<void> {
  if (core.closed) throw new Error('the notes are closed')
  const batch = core.core.state.storage.write()
  for (const { name, value } of notes) {
    if (value === null) batch.deleteUserData(name)
    else batch.putUserData(name, value)
  }
  await batch.flush()
}
