// Small values under names, kept as the user data of one core: several changes are one atomic write, and
// what is asked for while one runs becomes the next. Knows nothing of what the values mean.

import type Hypercore from 'hypercore'
import { profileFailed } from './profile-failed.ts'

/** A value under a name; null removes it. */
export interface Change {
  name: string
  value: Uint8Array | null
}

export class Notes {
  readonly #core: Hypercore
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null
  #changes: Change[] = []

  /** @param core open, and nobody else's. */
  constructor(core: Hypercore) {
    this.#core = core
  }

  async get(name: string): Promise<Uint8Array | null> {
    await this.settled()
    return this.#core.getUserData(name)
  }

  /** All whose name begins so, in the order of their names. */
  async list(prefix: string): Promise<{ name: string; value: Uint8Array }[]> {
    await this.settled()
    return list(this.#core, prefix)
  }

  /**
   * Resolves once all of it is written, so that a kill can't lose it; a power cut can, see `sync`.
   *
   * @throws `PROFILE_FAILED`, when nobody knows whether it was.
   */
  write(changes: readonly Change[]): Promise<void> {
    this.#changes.push(...changes)
    this.#next ??= this.#turn(this.#running)
    return this.#next
  }

  /** Resolves once nothing is being written, whatever became of it. */
  async settled(): Promise<void> {
    while (this.#next !== null) await this.#next.catch(() => {}) // its caller was told
    await this.#running.catch(() => {})
  }

  /** Makes sure that a power cut can't lose what was written before. */
  async sync(): Promise<void> {
    try {
      await sync(this.#core)
    } catch (err) {
      throw profileFailed(err)
    }
  }

  async #turn(before: Promise<void>): Promise<void> {
    await before.catch(() => {})
    const changes = this.#changes
    this.#changes = []
    this.#running = this.#next as Promise<void>
    this.#next = null
    try {
      await write(this.#core, changes)
    } catch (err) {
      throw profileFailed(err)
    }
  }
}

// The three that touch internals of Hypercore's storage.

async function write(core: Hypercore, changes: readonly Change[]): Promise<void> {
  if (core.closed) throw new Error('the profile was closed')
  const batch = core.state.storage.write()
  for (const { name, value } of changes) {
    if (value === null) batch.deleteUserData(name)
    else batch.putUserData(name, value)
  }
  await batch.flush()
}

async function list(
  core: Hypercore,
  prefix: string
): Promise<{ name: string; value: Uint8Array }[]> {
  const found: { name: string; value: Uint8Array }[] = []
  const range = { gte: prefix, lt: `${prefix}\u{7f}` } // names are plain ASCII
  for await (const { key, value } of core.state.storage.createUserDataStream(range)) {
    found.push({ name: key, value })
  }
  return found
}

async function sync(core: Hypercore): Promise<void> {
  await core.state.storage.db.flush()
}
