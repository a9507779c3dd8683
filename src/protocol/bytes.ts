// Byte strings that mean different things are different types, so that swapping them does not compile.
// Owns the names and the checked casts; never derives or computes anything.

import b4a from 'b4a'
import { RootPeerError } from './errors.ts'
import idEncoding from 'hypercore-id-encoding'
import z32 from 'z32'

declare const meaning: unique symbol

type Bytes<Meaning extends string> = Uint8Array & { readonly [meaning]: Meaning }

/** 32 bytes: names a room on the wire and in storage; says nothing about its keys. */
export type RoomId = Bytes<'RoomId'>
/** 32 bytes: the Noise public key of a connection, so of a root or of a client's device. */
export type PeerKey = Bytes<'PeerKey'>
/** 32 bytes: the device identity key that signs messages; never a Noise key. */
export type AuthorKey = Bytes<'AuthorKey'>
/** 32 bytes: the key of a Hypercore, which is the hash of its manifest. */
export type CoreKey = Bytes<'CoreKey'>
/** 32 bytes: names a message everywhere; what is signed, chained and deduplicated. */
export type MessageHash = Bytes<'MessageHash'>
/** 16 bytes: one author's chain of messages in one room. */
export type ChainId = Bytes<'ChainId'>
/** 32 bytes: names one entry of a room's files for ever; what is signed, and what the next one names. */
export type EntryHash = Bytes<'EntryHash'>
/** 32 bytes: a folder of a room, to those who can't know its name. */
export type FolderHash = Bytes<'FolderHash'>
/** 64 bytes: a path of a room: the hash of its folder, and its own. */
export type PathKey = Bytes<'PathKey'>
/** 32 bytes: a handle, to those who can't know it. */
export type HandleHash = Bytes<'HandleHash'>
/** 64 bytes: an Ed25519 signature. */
export type Signature = Bytes<'Signature'>

export interface KeyPair {
  publicKey: Uint8Array
  secretKey: Uint8Array
}

/** 32 bytes as the type wanted, in memory of their own; an error that names `what` otherwise. */
export function key32<T extends Uint8Array>(bytes: Uint8Array, what: string): T {
  if (bytes.byteLength !== 32) {
    throw new RootPeerError('BAD_KEY', `${what} must be 32 bytes`, {
      expected: 32,
      got: bytes.byteLength
    })
  }
  const copy = b4a.allocUnsafeSlow(32)
  copy.set(bytes)
  return copy as T
}

/** A public key as people write it: z32 or hex in. Throws `BAD_KEY`. */
export function parsePeerKey(text: string): PeerKey {
  try {
    return key32<PeerKey>(idEncoding.decode(text.trim()), 'a peer key')
  } catch (err) {
    // An invite given by mistake is a secret, and errors end in logs: no more than its beginning.
    const got = text.length > 12 ? `${text.slice(0, 12)}…` : text
    throw new RootPeerError('BAD_KEY', `not a key in z32 (52 letters) or hex (64 digits): ${got}`, {
      got,
      cause: err
    })
  }
}

/** A public key as people read it: z32. */
export function formatKey(key: Uint8Array): string {
  return idEncoding.normalize(key)
}

export function toZ32(bytes: Uint8Array): string {
  return z32.encode(bytes)
}

/** Bytes from z32, in memory of their own; null for what `toZ32` would not have written. */
export function fromZ32(text: string): Uint8Array | null {
  const bytes = b4a.allocUnsafeSlow(Math.ceil((text.length * 5) / 8))
  try {
    z32.decode(text, bytes)
  } catch {
    return null
  }
  // The library forgives spare bits and a letter too many; here bytes have one spelling.
  const whole = bytes.subarray(0, Math.floor((text.length * 5) / 8))
  return z32.encode(whole) === text ? whole : null
}

/** The text under which a byte string is a key of a Map. */
export function mapKey(bytes: Uint8Array): string {
  return b4a.toString(bytes, 'hex')
}
