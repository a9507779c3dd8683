// A profile: what a device keeps between two runs. Its identity, its Noise key, and its place in each
// room. In a corestore of its own, or in a namespace of one that the app handed in.

import b4a from 'b4a'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'
import type { CoreKey, KeyPair, RoomId } from '../protocol/bytes.ts'
import { CONSTANTS, deriveKeyPair, randomBytes } from '../protocol/derive.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { clientLimits } from './limits.ts'

const SEED = b4a.from('seed')

export class Profile {
  /** Signs messages. Never the Noise key, so that a root does not learn authors from connections. */
  readonly identity: KeyPair
  /** The Noise key of this device: a root's promise about what it had accepted hangs on it. */
  readonly noise: KeyPair
  readonly #store: Corestore
  readonly #own: boolean
  readonly #bee: Hyperbee
  readonly #places = new Map<string, { id: RoomId; cursor: () => string }>()
  #timer: ReturnType<typeof setTimeout> | null = null
  #writing: Promise<void> = Promise.resolve()

  private constructor(
    store: Corestore,
    own: boolean,
    bee: Hyperbee,
    keys: { identity: KeyPair; noise: KeyPair }
  ) {
    this.#store = store
    this.#own = own
    this.#bee = bee
    this.identity = keys.identity
    this.noise = keys.noise
  }

  /**
   * Opens a profile, made if missing.
   *
   * @param from a folder, or the app's corestore.
   * @param seed 32 bytes that the identity comes from; random, and kept, if not given.
   * @throws `PROFILE_LOCKED` if another process has it open.
   */
  static async open(from: string | Corestore, seed: Uint8Array | null): Promise<Profile> {
    const own = typeof from === 'string'
    const store = own ? new Corestore(from) : from.namespace('root-peer-client')
    try {
      await store.ready()
      const core = store.get({ name: 'profile' })
      const bee = new Hyperbee(core, { keyEncoding: 'binary', valueEncoding: 'binary' })
      await bee.ready()
      const kept = (await bee.get(SEED))?.value ?? null
      const used = seed ?? kept ?? randomBytes(32)
      if (kept === null || !b4a.equals(kept, used)) await bee.put(SEED, used)
      const noise = await store.createKeyPair('root-peer-client')
      return new Profile(store, own, bee, { identity: identityOf(used), noise })
    } catch (err) {
      await store.close().catch(() => {})
      if (err instanceof Error && /lock/i.test(err.message)) {
        throw new RootPeerError(
          'PROFILE_LOCKED',
          'another process uses this profile: give each its own',
          {
            cause: err
          }
        )
      }
      throw err
    }
  }

  /** A core of somebody else's, kept in this profile's store. */
  async core(key: CoreKey): Promise<Hypercore> {
    const core = this.#store.get({ key })
    await core.ready()
    return core
  }

  /** The cursor at which a room was left; null if it was never read. */
  async place(id: RoomId, name: string): Promise<string | null> {
    const pending = this.#places.get(name)
    if (pending !== undefined) return pending.cursor()
    const entry = await this.#bee.get(placeKey(id))
    return entry === null ? null : b4a.toString(entry.value)
  }

  /** Remembers a place; written after a moment, the newest of each room. */
  remember(id: RoomId, name: string, cursor: () => string): void {
    this.#places.set(name, { id, cursor })
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#writing = this.#writing.then(() => this.#write()).catch(() => {})
    }, clientLimits.placeMs)
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#writing
    await this.#write()
    if (this.#own) await this.#store.close()
    else await this.#bee.close()
  }

  async #write(): Promise<void> {
    if (this.#places.size === 0) return
    const places = [...this.#places]
    const batch = this.#bee.batch()
    for (const [, { id, cursor }] of places) await batch.put(placeKey(id), b4a.from(cursor()))
    await batch.flush()
    for (const [name, place] of places) {
      if (this.#places.get(name) === place) this.#places.delete(name)
    }
  }
}

/** The identity that a seed of 32 bytes gives. */
export function identityOf(seed: Uint8Array): KeyPair {
  return deriveKeyPair(CONSTANTS.identity, seed)
}

function placeKey(id: RoomId): Uint8Array {
  return b4a.concat([b4a.from('place/'), id])
}
