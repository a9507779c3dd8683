// A profile: who somebody says to be, signed, for a time. Owns every byte of it, and what is shown to
// everybody or only to those who know the handle. Never knows where it is kept.

import b4a from 'b4a'
import type { AuthorKey, HandleHash, KeyPair, PeerKey } from './bytes.ts'
import type { Codec } from './codec.ts'
import {
  byte,
  bytes,
  checked,
  decode,
  encode,
  kept,
  list,
  optional,
  struct,
  text,
  uint
} from './codec.ts'
import { CONSTANTS, sign, verify } from './derive.ts'
import { badProfile, profileExpired } from './directory-errors.ts'
import type { Handle } from './handle.ts'
import { wireLimits } from './limits.ts'
import { open, seal } from './payload.ts'

const PROFILE_VERSION = 1
const SIGNATURE_BYTES = 64
const LISTED = 1
const WITHDRAWN = 2
const SEALED = 4

const {
  profileBytesMax,
  profileAboutBytesMax,
  profileFieldsBytesMax,
  profileNameBytesMax,
  profileDaysMax,
  inviteRootsMax
} = wireLimits
const DAY_MS = 86_400_000
/** A clock that is behind is forgiven so much. */
const LEEWAY_MS = 3_600_000

/** What people read. */
export interface ProfileFields {
  name: string
  about: string
}

export interface Profile {
  identity: AuthorKey
  /** Null for who is found by key only. */
  handle: HandleHash | null
  /** Grows with each profile of an identity: of two the greater one holds. */
  sequence: number
  /** Milliseconds since 1970. */
  validUntil: number
  /** Whether its owner asks to be listed. */
  listed: boolean
  /** Whether it takes back those before it: it says nothing, and stands in their way. */
  withdrawn: boolean
  /** Where the owner's public space is kept; may be empty. */
  roots: PeerKey[]
  /** Null where they are sealed, and the handle is not known. */
  fields: ProfileFields | null
}

/** A profile whose signature holds. */
export interface SignedProfile extends Profile {
  /** As it travels and is kept. */
  bytes: Uint8Array
}

const fieldsCodec: Codec<ProfileFields> = struct({
  name: text(profileNameBytesMax),
  about: text(profileAboutBytesMax)
})

const record = struct({
  version: checked(byte, (version) => version === PROFILE_VERSION, 'a profile of another version'),
  identity: kept<AuthorKey>(32),
  handle: optional(kept<HandleHash>(32)),
  sequence: uint,
  validUntil: uint,
  flags: byte,
  roots: list(kept<PeerKey>(32), inviteRootsMax),
  fields: bytes(profileFieldsBytesMax)
})

/** A profile as it travels. Read it with `readProfile`. */
export const profileCodec: Codec<Uint8Array> = bytes(profileBytesMax)

/**
 * Signs a profile.
 *
 * @param sealedFor the handle, if only those who know it may read the fields.
 */
export function signProfile(
  identity: KeyPair,
  profile: Omit<Profile, 'identity'>,
  sealedFor: Handle | null
): Uint8Array {
  const { listed, withdrawn } = profile
  const shown = encode(fieldsCodec, profile.fields ?? { name: '', about: '' })
  const signed = encode(record, {
    ...profile,
    version: PROFILE_VERSION,
    identity: identity.publicKey as AuthorKey,
    flags: (listed ? LISTED : 0) | (withdrawn ? WITHDRAWN : 0) | (sealedFor === null ? 0 : SEALED),
    fields:
      sealedFor === null ? shown : seal({ contentKey: sealedFor.key }, CONSTANTS.profile, shown)
  })
  return b4a.concat([signed, sign(identity, CONSTANTS.profile, signed)])
}

/**
 * A profile from its bytes, which are copied.
 *
 * @param handle opens sealed fields, if it is the profile's.
 * @throws `BAD_PROFILE` if it does not decode, is too long, or its signature does not hold.
 */
export function readProfile(signed: Uint8Array, handle: Handle | null = null): SignedProfile {
  if (signed.byteLength > profileBytesMax || signed.byteLength <= SIGNATURE_BYTES) {
    throw badProfile(`a profile of ${signed.byteLength} bytes`)
  }
  const own = b4a.from(signed)
  const end = own.byteLength - SIGNATURE_BYTES
  const body = own.subarray(0, end)
  const { flags, fields, version: _, ...rest } = read(body)
  if (!verify(rest.identity, own.subarray(end), CONSTANTS.profile, body)) {
    throw badProfile('a profile that was not signed by whom it names')
  }
  const isSealed = (flags & SEALED) !== 0
  const isFor = rest.handle !== null && handle !== null && b4a.equals(rest.handle, handle.hash)
  return {
    ...rest,
    listed: (flags & LISTED) !== 0,
    withdrawn: (flags & WITHDRAWN) !== 0,
    fields: isSealed ? (isFor ? opened(fields, handle) : null) : shownIn(fields),
    bytes: own
  }
}

/** A profile that was read before it was kept: its signature is not checked again, and its fields stay shut. */
export function recallProfile(signed: Uint8Array): Omit<SignedProfile, 'bytes'> {
  const {
    flags,
    fields: _,
    version: _version,
    ...rest
  } = read(signed.subarray(0, signed.byteLength - SIGNATURE_BYTES))
  const [listed, withdrawn] = [(flags & LISTED) !== 0, (flags & WITHDRAWN) !== 0]
  return { ...rest, listed, withdrawn, fields: null }
}

/** Until when any profile can hold that holds now. */
export function holdsUntilMax(now: number): number {
  return now + profileDaysMax * DAY_MS + LEEWAY_MS
}

/** Throws `PROFILE_EXPIRED`, or `BAD_PROFILE` for one that would hold longer than any may. */
export function checkTime({ validUntil }: Profile, now: number): void {
  if (validUntil <= now) throw profileExpired()
  if (validUntil > holdsUntilMax(now)) {
    throw badProfile(`a profile holds for ${profileDaysMax} days at most`)
  }
}

function read(body: Uint8Array) {
  try {
    return decode(record, body)
  } catch (err) {
    throw badProfile(err instanceof Error ? err.message : String(err))
  }
}

function shownIn(fields: Uint8Array): ProfileFields {
  try {
    return decode(fieldsCodec, fields)
  } catch {
    throw badProfile('the fields of this profile do not decode')
  }
}

function opened(fields: Uint8Array, handle: Handle): ProfileFields {
  try {
    return decode(fieldsCodec, open({ contentKey: handle.key }, CONSTANTS.profile, fields))
  } catch {
    throw badProfile('the fields of this profile do not open with its handle')
  }
}
