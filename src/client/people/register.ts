// Everybody who was seen: reads what somebody hands over of a person, refuses what does not hold, and says
// what an app is shown. Knows the pins and the newest sequences; asks nobody.

import b4a from 'b4a'
import type { AuthorKey, HandleHash } from '../../protocol/bytes.ts'
import { formatKey, mapKey } from '../../protocol/bytes.ts'
import { badProfile, profileStale } from '../../protocol/directory-errors.ts'
import type { Handle } from '../../protocol/handle.ts'
import { parseHandle } from '../../protocol/handle.ts'
import type { SignedProfile } from '../../protocol/profile.ts'
import { checkTime, readProfile } from '../../protocol/profile.ts'
import { clientLimits } from '../limits.ts'
import type { Pins, PinnedKey } from './pins.ts'
import type { Seen } from './seen.ts'
import type { PersonInfo } from './types.ts'

export interface RegisterParts {
  seen: Seen
  pins: Pins
  own: AuthorKey
  now: () => number
  /** Another key than the one that is pinned claims its handle: told once for each key. */
  alarmed: (pin: PinnedKey, identity: AuthorKey) => void
}

/** How somebody stands, beside his profile. */
export interface Standing {
  online: boolean
  direct: boolean
  lastSeen: number
}

/** Profiles that are at hand, of a kilobyte each. */
const LAST_MAX = 256

export class Register {
  readonly #parts: RegisterParts
  readonly #alarms = new Set<string>()
  readonly #last = new Map<string, Uint8Array>()
  /** Handles that are known here though not pinned: those of friends. */
  readonly #handles = new Map<string, Handle>()

  constructor(parts: RegisterParts) {
    this.#parts = parts
  }

  get now(): number {
    return this.#parts.now()
  }

  /** A handle that somebody has written: what is sealed for it can be opened. */
  learn(handle: Handle): void {
    if (this.#handles.size >= clientLimits.pinsMax) this.#handles.clear()
    this.#handles.set(mapKey(handle.hash), handle)
  }

  /** Somebody who is never to be rolled back: a friend. */
  keep(identity: AuthorKey, sequence: number): void {
    this.#parts.seen.keep(identity, sequence)
  }

  /** The text of a handle; null if it is not known here. */
  handle(hash: HandleHash | null): Handle | null {
    if (hash === null) return null
    const pin = this.#parts.pins.of(hash)
    return pin === null ? (this.#handles.get(mapKey(hash)) ?? null) : parseHandle(pin.handle)
  }

  /**
   * A profile that somebody has handed over.
   *
   * @param of whose it must be.
   * @throws `BAD_PROFILE`; `PROFILE_EXPIRED`; `PROFILE_STALE` for one that is older than what was seen, or
   *   was taken back.
   */
  read(bytes: Uint8Array, of: AuthorKey): SignedProfile {
    const { seen, pins, now } = this.#parts
    const first = readProfile(bytes)
    if (!b4a.equals(first.identity, of)) throw badProfile('this is the profile of somebody else')
    checkTime(first, now())
    if (!seen.take(of, first.sequence)) throw profileStale(seen.newest(of), first.sequence)
    const known = this.handle(first.handle)
    const profile = first.fields === null && known !== null ? readProfile(bytes, known) : first
    this.#remember(profile)
    const pin = profile.handle === null ? null : pins.of(profile.handle)
    if (pin === null || profile.handle === null) return profile
    if (b4a.equals(pin.identity, of)) pins.renewed(profile.handle, profile.sequence)
    else if (!profile.withdrawn) this.#alarm(pin, of)
    return profile
  }

  /** What was read of somebody last, if that was not long ago. */
  last(identity: AuthorKey): Uint8Array | null {
    return this.#last.get(mapKey(identity)) ?? null
  }

  /** As an app is shown it. */
  info(profile: SignedProfile, { online, direct, lastSeen }: Standing): PersonInfo {
    const { identity, handle, fields, validUntil, sequence, listed, roots } = profile
    const { pins, own } = this.#parts
    const pin = handle === null ? null : pins.of(handle)
    const pinned = pin !== null && b4a.equals(pin.identity, identity)
    return {
      key: formatKey(identity),
      handle: this.handle(handle)?.name ?? null,
      name: fields?.name ?? null,
      about: fields?.about ?? null,
      validUntil,
      sequence,
      pinned,
      alarm: pin !== null && !pinned ? 'HANDLE_CHANGED' : null,
      listed,
      online: online || b4a.equals(identity, own),
      direct,
      lastSeen: this.seenAt(lastSeen),
      roots: roots.map(formatKey)
    }
  }

  /** Nobody was seen in the future, whatever a root's clock says. */
  seenAt(time: number): number {
    return Math.min(time, this.#parts.now())
  }

  #remember({ identity, bytes }: SignedProfile): void {
    if (this.#last.size >= LAST_MAX) this.#last.clear()
    this.#last.set(mapKey(identity), bytes)
  }

  #alarm(pin: PinnedKey, identity: AuthorKey): void {
    const name = `${pin.handle} ${mapKey(pin.identity)} ${mapKey(identity)}`
    if (this.#alarms.has(name)) return
    if (this.#alarms.size >= clientLimits.seenPeopleMax) this.#alarms.clear()
    this.#alarms.add(name)
    this.#parts.alarmed(pin, identity)
  }
}
