// Invites: what a person hands to another. One parser, one printer. The text says kind and version
// and carries a check, so that no bare key is taken for one and a slip of the hand is found at once.

import b4a from 'b4a'
import type { KeyPair, PeerKey } from './bytes.ts'
import { fromZ32, key32, toZ32 } from './bytes.ts'
import type { Codec } from './codec.ts'
import { byte, decode, encode, fixed, list, struct } from './codec.ts'
import { CONSTANTS, KEYS_VERSION, hash } from './derive.ts'
import { badInvite, lesserInvite } from './errors.ts'
import type { RoomKeys } from './keys.ts'
import {
  guestKeys,
  memberKeyOf,
  memberKeys,
  ownerKeys,
  ownerPublicKeyOf,
  readKeyOf,
  spaceKeys,
  writerPublicKeyOf
} from './keys.ts'
import { wireLimits } from './limits.ts'

export type InviteKind = 'owner' | 'member' | 'guest' | 'space'

interface Named {
  /** Roots where the room's members meet; may be empty. */
  roots: PeerKey[]
}

/** Holds the room key: may do all, delete included. */
export interface OwnerInvite extends Named {
  kind: 'owner'
  roomKey: Uint8Array
}

/** May read and write. `owner` is 32 zero bytes for a room made from a shared key. */
export interface MemberInvite extends Named {
  kind: 'member'
  memberKey: Uint8Array
  owner: Uint8Array
}

/** May read. */
export interface GuestInvite extends Named {
  kind: 'guest'
  readKey: Uint8Array
  owner: Uint8Array
  writer: Uint8Array
}

/** Names somebody's public space. Holds no secret. */
export interface SpaceInvite extends Named {
  kind: 'space'
  identity: Uint8Array
}

export type Invite = OwnerInvite | MemberInvite | GuestInvite | SpaceInvite

const PREFIX = 'rp'
const CHECK_BYTES = 4
const raw = fixed<Uint8Array>(32)
const roots: Codec<readonly PeerKey[], PeerKey[]> = list(
  fixed<PeerKey>(32),
  wireLimits.inviteRootsMax
)

// The kind's number is what travels; the name stands before it for people.
const NUMBERS: Record<InviteKind, number> = { owner: 1, member: 2, guest: 3, space: 4 }
const CODECS = {
  owner: struct({ roomKey: raw, roots }),
  member: struct({ memberKey: raw, owner: raw, roots }),
  guest: struct({ readKey: raw, owner: raw, writer: raw, roots }),
  space: struct({ identity: raw, roots })
}
const header = struct({ version: byte, kind: byte })

/** `rp-KIND-` and z32 of version, kind, keys, roots and a check of 4 bytes. */
export function printInvite(invite: Invite): string {
  const body = b4a.concat([
    encode(header, { version: KEYS_VERSION, kind: NUMBERS[invite.kind] }),
    encode(CODECS[invite.kind] as Codec<Invite>, invite)
  ])
  return `${PREFIX}-${invite.kind}-${toZ32(b4a.concat([body, check(body)]))}`
}

/**
 * Reads what `printInvite` wrote; white space around it is forgiven.
 *
 * @throws `BAD_INVITE`, saying what is wrong: not an invite, damaged, or of another version.
 */
export function parseInvite(text: string): Invite {
  const written = text.trim()
  if (written === '') throw badInvite('there is no invite: the text is empty')
  const [prefix, kind, code, ...more] = written.split('-')
  if (prefix === PREFIX.toUpperCase()) throw badInvite('an invite is written in small letters')
  if (prefix !== PREFIX || code === undefined || more.length > 0) {
    throw badInvite(`not an invite: it should look like ${PREFIX}-member-…`)
  }
  if (kind === undefined || !Object.hasOwn(NUMBERS, kind)) {
    throw badInvite(`an invite is owner, member, guest or space, not "${kind}"`, kind)
  }
  const bytes = decodeText(code)
  const body = bytes.subarray(0, bytes.byteLength - CHECK_BYTES)
  if (
    bytes.byteLength <= CHECK_BYTES ||
    !b4a.equals(check(body), bytes.subarray(body.byteLength))
  ) {
    throw badInvite('this invite is damaged: a letter is wrong or missing. Copy it again, whole')
  }
  if (body[0] !== KEYS_VERSION) {
    throw badInvite(
      `an invite of version ${body[0]}; this program knows version ${KEYS_VERSION}`,
      body[0]
    )
  }
  if (body[1] !== NUMBERS[kind as InviteKind]) {
    throw badInvite(`this invite says ${kind} but holds something else`)
  }
  try {
    const fields = decode(CODECS[kind as InviteKind] as Codec<object>, body.subarray(2))
    return { kind, ...fields } as Invite
  } catch {
    throw badInvite('this invite was made wrongly: its check holds, but its fields do not decode')
  }
}

/** The keys that an invite gives. `identity` is used only for a space that is one's own. */
export function keysOf(invite: Invite, identity: KeyPair | null = null): RoomKeys {
  switch (invite.kind) {
    case 'owner':
      return ownerKeys(invite.roomKey)
    case 'member':
      return memberKeys(invite.memberKey, invite.owner)
    case 'guest':
      return guestKeys(invite.readKey, invite.owner, invite.writer)
    case 'space': {
      const own = identity !== null && b4a.equals(identity.publicKey, invite.identity)
      return spaceKeys(invite.identity, own ? identity : null)
    }
  }
}

/**
 * A member's invite from a greater or equal one, with the same roots.
 *
 * @throws `LESSER_INVITE` for a guest's or a space's.
 */
export function toMember(invite: Invite): MemberInvite {
  if (invite.kind === 'member') return invite
  if (invite.kind !== 'owner') throw lesserInvite('member', invite.kind)
  return {
    kind: 'member',
    memberKey: memberKeyOf(invite.roomKey),
    owner: ownerPublicKeyOf(invite.roomKey),
    roots: invite.roots
  }
}

/**
 * A guest's invite from a greater or equal one, with the same roots.
 *
 * @throws `LESSER_INVITE` for a space's.
 */
export function toGuest(invite: Invite): GuestInvite {
  if (invite.kind === 'guest') return invite
  const member = toMember(invite)
  return {
    kind: 'guest',
    readKey: readKeyOf(member.memberKey),
    owner: member.owner,
    writer: writerPublicKeyOf(member.memberKey),
    roots: member.roots
  }
}

/** The invite of a room whose members already share a key of 32 bytes. Nobody owns it. */
export function sharedKeyInvite(sharedKey: Uint8Array): MemberInvite {
  return {
    kind: 'member',
    memberKey: key32(sharedKey, 'a shared key'),
    owner: b4a.alloc(32),
    roots: []
  }
}

function check(body: Uint8Array): Uint8Array {
  return hash(CONSTANTS.inviteCheck, body).subarray(0, CHECK_BYTES)
}

function decodeText(code: string): Uint8Array {
  const bytes = fromZ32(code)
  if (bytes === null)
    throw badInvite('this invite has a letter wrong or missing. Copy it again, whole')
  return bytes
}
