// Hashing, derivation and signing under named constants. All constants of the protocol are here and
// nowhere else; they carry the version, so that none of them can be met under another meaning.

import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import sodium from 'sodium-universal'
import type { KeyPair, Signature } from './bytes.ts'

/** Version of the key hierarchy, the proof, the payload and the invite. Changing it changes every id. */
export const KEYS_VERSION = 1

const label = (name: string): Uint8Array =>
  crypto.hash(b4a.from(`root-peer/${KEYS_VERSION}/${name}`))

export const CONSTANTS = Object.freeze({
  ownerKeyPair: label('owner-key-pair'),
  memberKey: label('member-key'),
  writerKeyPair: label('writer-key-pair'),
  readKey: label('read-key'),
  readerKeyPair: label('reader-key-pair'),
  contentKey: label('content-key'),
  pathKey: label('path-key'),
  spaceReadKey: label('space-read-key'),
  roomId: label('room-id'),
  roomTopic: label('room-topic'),
  // Without a version: an invite of another version must not look like a damaged one.
  inviteCheck: crypto.hash(b4a.from('root-peer/invite-check')),
  proof: label('proof'),
  certificate: label('certificate'),
  payload: label('payload'),
  messageHash: label('message-hash'),
  messageSignature: label('message-signature'),
  broadcast: label('broadcast'),
  broadcastSignature: label('broadcast-signature'),
  directChannel: label('direct-channel'),
  chainName: label('chain-name'),
  ticket: label('ticket'),
  // As with invites.
  ticketCheck: crypto.hash(b4a.from('root-peer/ticket-check')),
  holder: label('holder'),
  address: label('address'),
  chunks: label('chunks'),
  identity: label('identity'),
  folder: label('folder'),
  entry: label('entry'),
  entryHash: label('entry-hash'),
  entrySignature: label('entry-signature'),
  chunk: label('chunk'),
  chunkHash: label('chunk-hash'),
  contentHash: label('content-hash'),
  handle: label('handle'),
  handleTopic: label('handle-topic'),
  handleKey: label('handle-key'),
  profile: label('profile'),
  attendance: label('attendance'),
  safetyCode: label('safety-code')
})

/** 32 bytes of BLAKE2b over a constant and parts; the parts' lengths must be fixed or self-evident. */
export function hash(constant: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const out = b4a.allocUnsafeSlow(32)
  sodium.crypto_generichash_batch(out, [constant, ...parts])
  return out
}

/** A secret from a secret: BLAKE2b keyed with the parent, over the constant, and parts of fixed length. */
export function derive(
  constant: Uint8Array,
  parent: Uint8Array,
  ...parts: Uint8Array[]
): Uint8Array {
  const out = b4a.allocUnsafeSlow(32)
  sodium.crypto_generichash_batch(out, [constant, ...parts], parent)
  return out
}

export function deriveKeyPair(constant: Uint8Array, parent: Uint8Array): KeyPair {
  return crypto.keyPair(derive(constant, parent))
}

/** Signs the hash of a constant and parts, never bytes that another meaning could share. */
export function sign(keyPair: KeyPair, constant: Uint8Array, ...parts: Uint8Array[]): Signature {
  return crypto.sign(hash(constant, ...parts), keyPair.secretKey) as Signature
}

export function verify(
  publicKey: Uint8Array,
  signature: Uint8Array,
  constant: Uint8Array,
  ...parts: Uint8Array[]
): boolean {
  return crypto.verify(hash(constant, ...parts), signature, publicKey)
}

export function randomBytes(length: number): Uint8Array {
  const out = b4a.allocUnsafeSlow(length)
  sodium.randombytes_buf(out)
  return out
}
