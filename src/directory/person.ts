// One person, as a root knows them: what their profile says that it has to know, and when they were here.
// Owns how that is kept. A profile is in memory as its bytes, and in memory of its own.

import b4a from 'b4a'
import type { AuthorKey } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Codec } from '../protocol/codec.ts'
import {
  bool,
  byte,
  checked,
  decode,
  encode,
  fixed,
  optional,
  struct,
  uint
} from '../protocol/codec.ts'
import type { Person as ToldPerson } from '../protocol/directory-messages.ts'
import { holdsUntilMax, profileCodec, recallProfile } from '../protocol/profile.ts'
import type { SignedProfile } from '../protocol/profile.ts'
import { limits } from '../limits.ts'
import type { Founder } from '../rooms/record.ts'

const RECORD_VERSION = 1

/** As much of the hash of a holder or an address as tells them apart. */
const PAYER_BYTES = 8

/** Who brought a profile, by the names under which shares are counted. */
export interface Payers {
  readonly holder: string
  readonly address: string
}

export interface Person extends Payers {
  /** The identity, in hex. */
  readonly key: string
  /** As it was signed; null once its time is over, and only the sequence is remembered. */
  readonly profile: Uint8Array | null
  readonly sequence: number
  readonly validUntil: number
  /** Until when an older profile could still be valid, and the sequence is remembered. */
  readonly forgetAt: number
  readonly listed: boolean
  readonly withdrawn: boolean
  /** The hash of the handle that is claimed, in hex. */
  readonly handle: string | null
  /** When this identity was first published here: of several claimants the oldest comes first. */
  readonly since: number
  /** When it was here last, 0 for never; and whether it is, or was when that was written down. */
  seenAt: number
  isHere: boolean
}

const record = struct({
  version: checked(byte, (version) => version === RECORD_VERSION, 'a record of another version'),
  since: uint,
  seenAt: uint,
  isHere: bool,
  forgetAt: uint,
  sequence: uint,
  holder: fixed(PAYER_BYTES),
  address: fixed(PAYER_BYTES),
  profile: optional(profileCodec)
})

/** From a profile that was accepted now; what is `known` of this identity already goes on. */
export function personOf(
  profile: SignedProfile,
  { known, founder, now }: { known: Person | null; founder: Founder; now: number }
): Person {
  return compact({
    ...read(profile, profile.bytes),
    forgetAt: holdsUntilMax(now),
    holder: known?.holder ?? payerOf(founder.holder),
    address: known?.address ?? payerOf(founder.address),
    since: known?.since ?? now,
    seenAt: known?.seenAt ?? 0,
    isHere: known?.isHere ?? false
  })
}

/** The same, of whom only the sequence is left. */
export function buried(person: Person): Person {
  return compact({ ...person, profile: null, validUntil: 0, listed: false, handle: null })
}

/** Whether there is a profile to be shown. */
export function isShown({ profile, withdrawn }: Person): boolean {
  return profile !== null && !withdrawn
}

/** As others are told of somebody; `person` is null for whom nothing is kept. */
export function told(
  key: string,
  person: Person | null,
  { isHere, now }: { isHere: boolean; now: number }
): ToldPerson {
  const seenAt = isHere ? now : (person?.seenAt ?? 0)
  return {
    identity: b4a.from(key, 'hex') as AuthorKey,
    profile: person !== null && isShown(person) ? person.profile : null,
    online: isHere,
    lastSeen: seenAt - (seenAt % limits.seenMs)
  }
}

export function encodePerson(person: Person): Uint8Array {
  const { holder, address } = person
  return encode(record, {
    ...person,
    version: RECORD_VERSION,
    holder: b4a.from(holder, 'hex'),
    address: b4a.from(address, 'hex')
  })
}

/** @throws if it is none that we wrote */
export function decodePerson(key: string, bytes: Uint8Array): Person {
  const {
    version: _,
    holder,
    address,
    profile,
    ...kept
  } = decode(record as Codec<never, Kept>, bytes)
  const person = { ...kept, holder: mapKey(holder), address: mapKey(address) }
  if (profile !== null) return compact({ ...person, ...read(recallProfile(profile), profile) })
  const nothing = { profile, validUntil: 0, listed: false, withdrawn: false, handle: null }
  return compact({ ...person, ...nothing, key })
}

type Kept = ReturnType<(typeof record)['decode']>

/** The same in one piece: what was put together from others takes twice the memory. */
function compact(person: Person): Person {
  return {
    key: person.key,
    profile: person.profile,
    sequence: person.sequence,
    validUntil: person.validUntil,
    forgetAt: person.forgetAt,
    listed: person.listed,
    withdrawn: person.withdrawn,
    handle: person.handle,
    holder: person.holder,
    address: person.address,
    since: person.since,
    seenAt: person.seenAt,
    isHere: person.isHere
  }
}

function payerOf(hash: Uint8Array): string {
  return mapKey(hash.subarray(0, PAYER_BYTES))
}

function read(
  profile: Pick<
    SignedProfile,
    'identity' | 'sequence' | 'validUntil' | 'listed' | 'withdrawn' | 'handle'
  >,
  bytes: Uint8Array
) {
  const { identity, sequence, validUntil, listed, withdrawn, handle } = profile
  // A slice of a shared block of memory would keep all of that.
  const own = b4a.allocUnsafeSlow(bytes.byteLength)
  own.set(bytes)
  return {
    key: mapKey(identity),
    profile: own,
    sequence,
    validUntil,
    listed: listed && !withdrawn,
    withdrawn,
    handle: handle === null || withdrawn ? null : mapKey(handle)
  }
}
