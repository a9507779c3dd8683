// Notes: small values under names, kept in the store. A note is in the database's log when `set` resolves,
// in the order of all that is written there, and nobody waits for a sync of it: what is written after it,
// and synced, takes it along. Never knows what a note says.

import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { RootPeerError } from '../protocol/errors.ts'

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
    const refusal = this.#options.refusal()
    if (refusal !== null) throw refusal
    try {
      await (await this.#open()).setUserData(name, value)
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
