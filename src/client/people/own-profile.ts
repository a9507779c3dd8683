// The own profile: what was published, as the device keeps it, and signed anew before its time is over.
// Hands it to nobody.

import b4a from 'b4a'
import type { KeyPair, PeerKey } from '../../protocol/bytes.ts'
import { formatKey } from '../../protocol/bytes.ts'
import { bool, bytes, decode, encode, optional, struct, text, uint } from '../../protocol/codec.ts'
import { badProfile } from '../../protocol/directory-errors.ts'
import { parseHandle } from '../../protocol/handle.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { signProfile } from '../../protocol/profile.ts'
import type { Profile } from '../profile/profile.ts'
import type { OwnProfile, PublishOptions } from './types.ts'

const NAME = 'people/own'
const DAY_MS = 86_400_000

const { handleBytesMax, profileNameBytesMax, profileAboutBytesMax, profileBytesMax } = wireLimits

const codec = struct({
  handle: optional(text(handleBytesMax)),
  name: text(profileNameBytesMax),
  about: text(profileAboutBytesMax),
  listed: bool,
  sealed: bool,
  withdrawn: bool,
  /** Whether it names no root peer. */
  rootless: bool,
  days: uint,
  signedAt: uint,
  validUntil: uint,
  sequence: uint,
  bytes: bytes(profileBytesMax)
})

/** What was signed last, withdrawn or not. */
export type OwnRecord = ReturnType<(typeof codec)['decode']>

export class OwnProfileNote {
  readonly #profile: Profile | null
  readonly #identity: KeyPair
  #record: OwnRecord | null = null

  constructor(profile: Profile | null, identity: KeyPair) {
    this.#profile = profile
    this.#identity = identity
  }

  async load(): Promise<void> {
    const kept = (await this.#profile?.get(NAME)) ?? null
    if (kept !== null) this.#record = decode(codec, kept)
  }

  get record(): OwnRecord | null {
    return this.#record
  }

  /** What others may see; null if nothing was published, or it was taken back. */
  get shown(): OwnProfile | null {
    if (this.#record === null || this.#record.withdrawn) return null
    const {
      withdrawn: _,
      rootless: _rootless,
      bytes: _bytes,
      signedAt: _signedAt,
      ...shown
    } = this.#record
    return { key: formatKey(this.#identity.publicKey), ...shown }
  }

  /** When it is to be signed anew: a third of its time is left. Null if never. */
  get due(): number | null {
    if (this.#record === null || this.#record.withdrawn) return null
    const { signedAt, validUntil } = this.#record
    return validUntil - Math.floor((validUntil - signedAt) / 3)
  }

  /**
   * Signs it; resolves once it is kept.
   *
   * @throws `BAD_HANDLE`; `BAD_PROFILE` for what is too long; `PROFILE_FAILED`
   */
  async sign(options: PublishOptions, roots: readonly PeerKey[], now: number): Promise<OwnRecord> {
    const { handle, name, about, listed, sealed, days } = checkOptions(options)
    const sequence = this.#next(now)
    const validUntil = now + days * DAY_MS
    const signed = signProfile(
      this.#identity,
      {
        handle: handle?.hash ?? null,
        sequence,
        validUntil,
        listed,
        withdrawn: false,
        roots: roots.slice(0, wireLimits.inviteRootsMax),
        fields: { name, about }
      },
      sealed ? handle : null
    )
    const text = { handle: handle?.name ?? null, name, about }
    const flags = { listed, sealed, withdrawn: false, rootless: roots.length === 0 }
    return this.#keep({
      ...text,
      ...flags,
      days,
      signedAt: now,
      validUntil,
      sequence,
      bytes: signed
    })
  }

  /** The same again, for as long again. */
  renew(roots: readonly PeerKey[], now: number): Promise<OwnRecord> {
    const { handle, ...rest } = this.#record as OwnRecord
    return this.sign({ ...rest, ...(handle === null ? {} : { handle }) }, roots, now)
  }

  /** Signs that there is none any more. Resolves with null if nothing was published. */
  async withdraw(now: number): Promise<OwnRecord | null> {
    if (this.#record === null || this.#record.withdrawn) return null
    const sequence = this.#next(now)
    // As long as any that it takes back may hold.
    const validUntil = now + wireLimits.profileDaysMax * DAY_MS
    const signed = signProfile(
      this.#identity,
      {
        handle: null,
        sequence,
        validUntil,
        listed: false,
        withdrawn: true,
        roots: [],
        fields: null
      },
      null
    )
    const said = { handle: null, name: '', about: '', listed: false, sealed: false }
    const times = { days: wireLimits.profileDaysMax, signedAt: now, validUntil, sequence }
    return this.#keep({ ...said, withdrawn: true, rootless: true, ...times, bytes: signed })
  }

  /** Above all that were signed, also where the clock is behind. */
  #next(now: number): number {
    return Math.max(now, (this.#record?.sequence ?? 0) + 1)
  }

  async #keep(record: OwnRecord): Promise<OwnRecord> {
    await this.#profile?.write([{ name: NAME, value: encode(codec, record) }])
    this.#record = record
    return record
  }
}

/** Throws `BAD_HANDLE`, or `BAD_PROFILE`. */
export function checkOptions(options: PublishOptions) {
  const { name = '', about = '', listed = false, sealed = false } = options
  const { days = wireLimits.profileDaysMax } = options
  const handle = options.handle === undefined ? null : parseHandle(options.handle)
  checkLength('a name', name, profileNameBytesMax)
  checkLength('what is said about somebody', about, profileAboutBytesMax)
  if (!Number.isInteger(days) || days < 1 || days > wireLimits.profileDaysMax) {
    throw badProfile(`a profile holds for 1 to ${wireLimits.profileDaysMax} days, not ${days}`)
  }
  if (sealed && handle === null) {
    throw badProfile('a profile is sealed for those who know its handle, and this has none')
  }
  return { handle, name, about, listed, sealed, days }
}

function checkLength(what: string, text: string, max: number): void {
  if (b4a.byteLength(text.slice(0, max + 1)) <= max) return
  throw badProfile(`${what} has at most ${max} bytes`)
}
