// A room is keys, and its id is a hash of them. Owns the hierarchy: what each kind of member holds,
// and what follows from it. Changing a line here changes the id of every room.

import b4a from 'b4a'
import type { AuthorKey, KeyPair, RoomId, Signature } from './bytes.ts'
import { key32 } from './bytes.ts'
import {
  CONSTANTS,
  KEYS_VERSION,
  derive,
  deriveKeyPair,
  hash,
  randomBytes,
  sign,
  verify
} from './derive.ts'

/** What a connection may do in a room. A greater number includes the lesser ones. */
export const Access = Object.freeze({ guest: 1, member: 2, owner: 3 })
export type Access = (typeof Access)[keyof typeof Access]
export type AccessName = keyof typeof Access

export function accessName(access: Access): AccessName {
  return access === Access.owner ? 'owner' : access === Access.member ? 'member' : 'guest'
}

/** The three public keys that a room's id is the hash of: all that a root ever learns of its keys. */
export interface RoomPublicKeys {
  owner: Uint8Array
  writer: Uint8Array
  reader: Uint8Array
}

/** The public key of a room that nobody owns: made from a shared key, it can't be deleted. */
export const NO_OWNER: Uint8Array = b4a.alloc(32)

/** Everything that follows from what an invite holds. `writer` and `owner` only where it gives them. */
export interface RoomKeys {
  readonly id: RoomId
  readonly topic: Uint8Array
  readonly access: Access
  readonly publicKeys: RoomPublicKeys
  readonly contentKey: Uint8Array
  readonly pathKey: Uint8Array
  /** hash(constant, roomId) for each use: what sealed bytes are bound to, and what message hashes are keyed with. */
  readonly contexts: {
    readonly payload: Uint8Array
    readonly broadcast: Uint8Array
    readonly messageHash: Uint8Array
    readonly chunk: Uint8Array
  }
  readonly reader: KeyPair
  readonly writer: KeyPair | null
  readonly owner: KeyPair | null
}

/** A new room's secret: 32 random bytes, from which all else follows. */
export function createRoomKey(): Uint8Array {
  return randomBytes(32)
}

export function memberKeyOf(roomKey: Uint8Array): Uint8Array {
  return derive(CONSTANTS.memberKey, roomKey)
}

export function readKeyOf(memberKey: Uint8Array): Uint8Array {
  return derive(CONSTANTS.readKey, memberKey)
}

export function ownerPublicKeyOf(roomKey: Uint8Array): Uint8Array {
  return deriveKeyPair(CONSTANTS.ownerKeyPair, roomKey).publicKey
}

export function writerPublicKeyOf(memberKey: Uint8Array): Uint8Array {
  return deriveKeyPair(CONSTANTS.writerKeyPair, memberKey).publicKey
}

/** The keys of a room's owner. */
export function ownerKeys(roomKey: Uint8Array): RoomKeys {
  const owner = deriveKeyPair(CONSTANTS.ownerKeyPair, roomKey)
  return memberOf(memberKeyOf(roomKey), owner.publicKey, owner)
}

/** The keys of a member, who may append. Use `NO_OWNER` for a room made from a shared key. */
export function memberKeys(memberKey: Uint8Array, ownerPublicKey: Uint8Array): RoomKeys {
  return memberOf(memberKey, ownerPublicKey, null)
}

/** The keys of a guest, who may read. */
export function guestKeys(
  readKey: Uint8Array,
  ownerPublicKey: Uint8Array,
  writerPublicKey: Uint8Array
): RoomKeys {
  return roomKeys(readKey, ownerPublicKey, writerPublicKey, null, null)
}

/** The keys of a public space: anyone reads it, and only the holder of `identity` writes. */
export function spaceKeys(identityPublicKey: Uint8Array, identity: KeyPair | null): RoomKeys {
  const readKey = hash(CONSTANTS.spaceReadKey, identityPublicKey)
  return roomKeys(readKey, identityPublicKey, identityPublicKey, identity, identity)
}

function memberOf(
  memberKey: Uint8Array,
  ownerPublicKey: Uint8Array,
  owner: KeyPair | null
): RoomKeys {
  const writer = deriveKeyPair(CONSTANTS.writerKeyPair, memberKey)
  return roomKeys(readKeyOf(memberKey), ownerPublicKey, writer.publicKey, writer, owner)
}

function roomKeys(
  readKey: Uint8Array,
  ownerPublicKey: Uint8Array,
  writerPublicKey: Uint8Array,
  writer: KeyPair | null,
  owner: KeyPair | null
): RoomKeys {
  const reader = deriveKeyPair(CONSTANTS.readerKeyPair, readKey)
  const publicKeys = { owner: ownerPublicKey, writer: writerPublicKey, reader: reader.publicKey }
  const id = roomIdOf(publicKeys)
  return Object.freeze({
    id,
    topic: roomTopicOf(id),
    access: owner !== null ? Access.owner : writer !== null ? Access.member : Access.guest,
    publicKeys,
    contentKey: derive(CONSTANTS.contentKey, readKey),
    pathKey: derive(CONSTANTS.pathKey, readKey),
    contexts: Object.freeze({
      payload: hash(CONSTANTS.payload, id),
      broadcast: hash(CONSTANTS.broadcast, id),
      messageHash: hash(CONSTANTS.messageHash, id),
      chunk: hash(CONSTANTS.chunk, id)
    }),
    reader,
    writer,
    owner
  })
}

/** The room's name on the wire and in storage: hash(version, owner, writer, reader). */
export function roomIdOf(keys: RoomPublicKeys): RoomId {
  return key32<RoomId>(
    hash(CONSTANTS.roomId, b4a.from([KEYS_VERSION]), keys.owner, keys.writer, keys.reader),
    'a room id'
  )
}

/** The topic announced on the DHT for a room. Whoever sees it can't ask a root for the room. */
export function roomTopicOf(id: RoomId): Uint8Array {
  return hash(CONSTANTS.roomTopic, id)
}

/** The writer key's word that `author` is a member: without it nobody is an author of the room. */
export function certify(keys: RoomKeys, author: AuthorKey): Signature | null {
  return keys.writer === null ? null : sign(keys.writer, CONSTANTS.certificate, keys.id, author)
}

export function isCertified(keys: RoomKeys, author: AuthorKey, certificate: Signature): boolean {
  return verify(keys.publicKeys.writer, certificate, CONSTANTS.certificate, keys.id, author)
}
