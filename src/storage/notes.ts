// Notes: small values under names, kept in the store. A note is in the database's log when its write
// resolves, in the order of all that is written there, and nobody waits for a sync of it: what is written
// after it, and synced, takes it along. Never knows what a note says.

import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { RootPeerError } from '../protocol/errors.ts'

/** A value under a name; null removes it. */
export interface Change {
  name: string
  value: Uint8Array | null
}

export interface Note {
  name: string
  value: Uint8Array
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
   * All whose name begins so, in the order of their names, as they are when it begins. Names are plain ASCII.
   *
   * @param after only those behind this name
   */
  async *list(prefix: string, after: string | null = null): AsyncGenerator<Note> {
    const { storage } = (await this.#open()).core.state
    const range = { gte: after === null ? prefix : `${after}\0`, lt: `${prefix}\u{7f}` }
    for await (const { key, value } of storage.createUserDataStream(range)) {
      yield { name: key, value }
    }
  }

  /** Keeps one value, in place of the one before. See {@link Notes.write}. */
  async set(name: string, value: Uint8Array): Promise<void> {
    await this.write([{ name, value }])
  }

  /**
   * Makes several changes, all or none of them. They survive a killed process from now on, and a power cut
   * from the next sync on.
   *
   * @throws `DISK_FULL` if there is no room; what the store makes of another failure
   */
  async write(changes: readonly Change[]): Promise<void> {
    const refusal = this.#options.refusal()
    if (refusal !== null) throw refusal
    try {
      await write(await this.#open(), changes)
    } catch (err) {
      throw this.#options.failed(err)
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

// As Hypercore writes one value, in the order of its own writes.
async function write(core: Hypercore, changes: readonly Change[]): Promise<void> {
  const { state } = core.core
  await state.mutex.lock()
  try {
    const batch = state.createWriteBatch()
    for (const { name, value } of changes) {
      if (value === null) batch.deleteUserData(name)
      else batch.putUserData(name, value)
    }
    await state.flush()
  } finally {
    state._unlock()
  }
}
