// A profile: what a device keeps between two runs. Its identity, its Noise key, its place in each room,
// and what it has not sent. In a corestore of its own, or in a namespace of one that the app handed in.

import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { CoreKey, KeyPair } from '../../protocol/bytes.ts'
import { randomBytes } from '../../protocol/derive.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import { profileFailed } from './profile-failed.ts'
import { bootId } from './boot.ts'
import { clientLimits } from '../limits.ts'
import { forgetDevice, isUnfinished, makeFolder } from './folder.ts'
import { Notes } from './notes.ts'
import type { Change } from './notes.ts'
import { readOldProfile } from './old-profile.ts'
import { identityOf } from './identity.ts'
import { decodeState, encodeState, nextState, placeName, SEED } from './profile-state.ts'
import type { ProfileState } from './profile-state.ts'

const STATE = 'state'

export interface ProfileOptions {
  /** 32 bytes that the identity comes from; random, and kept, if not given. */
  seed: Uint8Array | null
  /** Whether this is a copy or a backup, and nobody goes on with the original. */
  restored: boolean
}

export class Profile {
  /** Signs messages. Never the Noise key, so that a root does not learn authors from connections. */
  readonly identity: KeyPair
  /** The Noise key of this device: a root's promise about what it had accepted hangs on it. */
  readonly noise: KeyPair
  readonly #store: Corestore
  readonly #own: boolean
  readonly #core: Hypercore
  readonly #notes: Notes
  #state: ProfileState
  /** Values that may be written after a moment, the newest under each name. */
  readonly #late = new Map<string, () => Uint8Array | null>()
  readonly #places = new Map<string, () => string>()
  #timer: ReturnType<typeof setTimeout> | null = null
  /** Taking the mark of a clean end away before something is written; and leaving it. */
  #soiling: Promise<void> | null = null
  #resting: Promise<void> | null = null
  #suspended = false

  private constructor(
    { store, own, core, notes }: { store: Corestore; own: boolean; core: Hypercore; notes: Notes },
    state: ProfileState,
    keys: { identity: KeyPair; noise: KeyPair }
  ) {
    this.#store = store
    this.#own = own
    this.#core = core
    this.#notes = notes
    this.#state = state
    this.identity = keys.identity
    this.noise = keys.noise
  }

  /**
   * Opens a profile, made if missing.
   *
   * @param from a folder, or the app's corestore.
   * @throws `PROFILE_LOCKED` if another process has it open; `PROFILE_OF_ANOTHER` if it is of another
   *   identity than `seed` gives; `PROFILE_COPIED`, `PROFILE_NEWER`; `NOT_A_PROFILE`; `PROFILE_FAILED`. None of them
   *   changes anything.
   */
  static async open(from: string | Corestore, options: ProfileOptions): Promise<Profile> {
    const own = typeof from === 'string'
    if (own) makeFolder(from)
    if (own && options.restored) forgetDevice(from) // it names the original
    const store = own ? new Corestore(from) : from.namespace('root-peer-client')
    try {
      await store.ready()
      const core = store.get({ name: 'profile' })
      await core.ready()
      const notes = new Notes(core)
      const { seed, state } = await takeUp(core, notes, options)
      const noise = await store.createKeyPair('root-peer-client')
      return new Profile({ store, own, core, notes }, state, { identity: identityOf(seed), noise })
    } catch (err) {
      await store.close().catch(() => {})
      if (own && isUnfinished(from, err)) {
        forgetDevice(from)
        return Profile.open(from, options)
      }
      throw refusal(err)
    }
  }

  /** Raised whenever the profile may have gone back in time. */
  get generation(): number {
    return this.#state.generation
  }

  /** A core of somebody else's, kept in this profile's store. */
  async core(key: CoreKey): Promise<Hypercore> {
    const core = this.#store.get({ key })
    await core.ready()
    return core
  }

  /** A core of ours, by its name in this profile; made if missing, and the caller's to close. */
  async ownCore(name: string): Promise<Hypercore> {
    const core = this.#store.get({ name })
    await core.ready()
    return core
  }

  get(name: string): Promise<Uint8Array | null> {
    return this.#notes.get(name)
  }

  /** All whose name begins so, in the order of their names. */
  list(prefix: string): Promise<{ name: string; value: Uint8Array }[]> {
    return this.#notes.list(prefix)
  }

  /** Resolves once all of it is written, at once or not at all. Throws `PROFILE_FAILED`. */
  write(changes: readonly Change[]): Promise<void> {
    // The mark says that nothing comes after it.
    if (this.#resting !== null) return this.#resting.then(() => this.write(changes))
    if (!this.#state.clean) return this.#notes.write(changes)
    this.#soiling ??= this.#soil()
    return this.#soiling.then(() => this.#notes.write(changes))
  }

  /** Writes a value after a moment, as it is then. */
  later(name: string, value: () => Uint8Array | null): void {
    this.#late.set(name, value)
    this.#schedule()
  }

  /** Writes now what may be written later. Throws `PROFILE_FAILED`. */
  async settle(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const late = [...this.#late]
    const places = [...this.#places]
    if (late.length + places.length === 0) return this.#notes.settled()
    await this.write([
      ...late.map(([name, value]) => ({ name, value: value() })),
      ...places.map(([room, cursor]) => ({ name: placeName(room), value: b4a.from(cursor()) }))
    ])
    for (const [name, value] of late) if (this.#late.get(name) === value) this.#late.delete(name)
    for (const [room, at] of places) if (this.#places.get(room) === at) this.#places.delete(room)
  }

  /** The cursor at which a room was left; null if it was never read. */
  async place(room: string): Promise<string | null> {
    const pending = this.#places.get(room)
    if (pending !== undefined) return pending()
    const kept = await this.#notes.get(placeName(room))
    return kept === null ? null : b4a.toString(kept)
  }

  /** Remembers a place; written after a moment, the newest of each room. */
  remember(room: string, cursor: () => string): void {
    this.#places.set(room, cursor)
    this.#schedule()
  }

  /** Writes what waits, and makes all of it safe: the app may be ended without a word. */
  async suspend(): Promise<void> {
    this.#suspended = true
    await this.settle().catch(() => {}) // tried again
    this.#resting ??= this.#rest()
    await this.#resting
  }

  resume(): void {
    this.#suspended = false
    if (this.#late.size + this.#places.size > 0) this.#schedule()
  }

  async close(): Promise<void> {
    await this.suspend()
    if (this.#own) await this.#store.close()
    else await this.#core.close()
  }

  #schedule(): void {
    if (this.#timer !== null || this.#suspended) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.settle().catch(() => this.#schedule())
    }, clientLimits.placeMs)
  }

  /** Leaves the mark of a clean end: what was written before it is safe, and nothing comes after. */
  async #rest(): Promise<void> {
    try {
      await this.#soiling
      await this.#notes.settled()
      if (this.#state.clean) return
      await this.#notes.sync()
      const state = { ...this.#state, clean: true }
      await this.#notes.write([{ name: STATE, value: encodeState(state) }])
      this.#state = state
    } catch {
      // The next start is a careful one.
    } finally {
      this.#resting = null
    }
  }

  /** Before anything is written that others may see, the mark is gone for good. */
  async #soil(): Promise<void> {
    try {
      const state = { ...this.#state, clean: false }
      await this.#notes.write([{ name: STATE, value: encodeState(state) }])
      await this.#notes.sync()
      this.#state = state
    } finally {
      this.#soiling = null
    }
  }
}

/** Looks at all that may speak against it, then takes a profile into use. */
async function takeUp(
  core: Hypercore,
  notes: Notes,
  { seed, restored }: ProfileOptions
): Promise<{ seed: Uint8Array; state: ProfileState }> {
  const written = await notes.get(STATE)
  const previous = written === null ? null : decodeState(written)
  const old = previous === null ? await readOldProfile(core) : []
  const kept = (await notes.get(SEED)) ?? old.find(({ name }) => name === SEED)?.value ?? null
  if (seed !== null && kept !== null && !b4a.equals(seed, kept)) {
    throw new RootPeerError(
      'PROFILE_OF_ANOTHER',
      'this profile is of another identity: give each a profile of its own'
    )
  }
  const used = kept ?? seed ?? randomBytes(32)
  const state = nextState(previous, { restored, boot: bootId() })
  const value = encodeState(state)
  await notes.write([...old, { name: SEED, value: used }, { name: STATE, value }])
  await notes.sync()
  return { seed: used, state }
}

function refusal(err: unknown): unknown {
  if (err instanceof RootPeerError || !(err instanceof Error)) return err
  if ('code' in err && err.code === 'DEVICE_FILE') {
    return new RootPeerError(
      'PROFILE_COPIED',
      'this profile is a copy: open it with "restored" if nobody goes on with the original',
      { cause: err }
    )
  }
  // Not the blocks of a database that is damaged.
  if (!/\block/i.test(err.message)) return profileFailed(err)
  return new RootPeerError(
    'PROFILE_LOCKED',
    'another process uses this profile: give each its own',
    { cause: err }
  )
}
