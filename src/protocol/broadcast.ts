// What is sealed into a broadcast: typing, receipts, calls. Not stored, not numbered, not chained;
// so each one is signed, certified and dated by itself.

import b4a from 'b4a'
import type { AuthorKey, KeyPair, Signature } from './bytes.ts'
import { byte, bytes, decode, encode, fixed, struct, uint } from './codec.ts'
import { CONSTANTS, hash, randomBytes, sign, verify } from './derive.ts'
import { badPayload, tooLarge } from './errors.ts'
import type { RoomKeys } from './keys.ts'
import { certify, isCertified } from './keys.ts'
import { wireLimits } from './limits.ts'
import { open, seal } from './payload.ts'

/** What a broadcast is about, so that clients understand each other's. Others are an app's own. */
export const BroadcastKind = {
  /** Body: one byte, 1 while the author is typing, 0 when not any more. */
  typing: 1,
  /** Body: hashes of messages that the author has read, one after the other. */
  receipt: 2
} as const

export interface Broadcast {
  kind: number
  /** Milliseconds since 1970 by the author's clock. */
  sentAt: number
  author: AuthorKey
  /** 16 random bytes: a second one with the same id is dropped. */
  id: Uint8Array
  body: Uint8Array
}

const BROADCAST_VERSION = 1

const codec = struct({
  version: byte,
  kind: uint,
  sentAt: uint,
  author: fixed<AuthorKey>(32),
  id: fixed<Uint8Array>(16),
  body: bytes(wireLimits.broadcastBytesMax),
  certificate: fixed<Signature>(64),
  signature: fixed<Signature>(64)
})

/** Seals a broadcast. Throws `TOO_LARGE`, or `BAD_PAYLOAD` for a guest. */
export function sealBroadcast(
  keys: RoomKeys,
  identity: KeyPair,
  message: { kind: number; sentAt: number; body: Uint8Array }
): Uint8Array {
  const { broadcastBytesMax } = wireLimits
  if (message.body.byteLength > broadcastBytesMax) {
    throw tooLarge('a broadcast body in bytes', broadcastBytesMax, message.body.byteLength)
  }
  const author = identity.publicKey as AuthorKey
  const certificate = certify(keys, author)
  if (certificate === null) throw badPayload('a guest can not broadcast')
  const id = randomBytes(16)
  const broadcast: Broadcast = { ...message, author, id }
  const signature = sign(identity, CONSTANTS.broadcastSignature, digest(keys, broadcast))
  return seal(
    keys,
    keys.contexts.broadcast,
    encode(codec, { version: BROADCAST_VERSION, ...broadcast, certificate, signature })
  )
}

/** Opens and proves a broadcast. Throws `NOT_OPENED` or `BAD_PAYLOAD`. */
export function openBroadcast(keys: RoomKeys, sealed: Uint8Array): Broadcast {
  const plain = open(keys, keys.contexts.broadcast, sealed)
  const { version, certificate, signature, ...broadcast } = read(plain)
  if (version !== BROADCAST_VERSION) throw badPayload(`a broadcast of version ${version}`)
  if (!isCertified(keys, broadcast.author, certificate)) throw badPayload('no member sent this')
  if (!verify(broadcast.author, signature, CONSTANTS.broadcastSignature, digest(keys, broadcast))) {
    throw badPayload('not signed by its author')
  }
  return broadcast
}

function read(plain: Uint8Array): ReturnType<typeof codec.decode> {
  try {
    return decode(codec, plain)
  } catch (err) {
    throw badPayload(err instanceof Error ? err.message : 'unreadable')
  }
}

const digestCodec = struct({ kind: uint, sentAt: uint })

function digest(keys: RoomKeys, { kind, sentAt, author, id, body }: Broadcast): Uint8Array {
  const head = encode(digestCodec, { kind, sentAt })
  return hash(CONSTANTS.broadcastSignature, keys.id, author, id, b4a.concat([head, body]))
}
