// How the index of a room's files looks to whoever replicates it: the keys of the Hyperbee, and its
// values. Owns both codecs; never seals or opens anything.

import b4a from 'b4a'
import type { Codec } from './codec.ts'
import { byte, checked, decode, encode, list, struct, uint } from './codec.ts'
import { badFrame } from './errors.ts'
import { fileEntryCodec } from './files-channel.ts'
import type { FileEntry } from './files-messages.ts'
import { wireLimits } from './limits.ts'

const FORMAT = 1

/** First bytes of a key of the index. */
export const IndexKind = Object.freeze({ current: 0, older: 1, totals: 255 })

/** A part of the content: an id as Hyperblobs has them, in one of the room's content cores. */
export interface Blob {
  core: number
  blockOffset: number
  blockLength: number
  byteOffset: number
  byteLength: number
}

/** What stands under a key of the index. */
export interface FileRecord {
  /** Milliseconds since 1970 by the root's clock. */
  storedAt: number
  entry: FileEntry
  blobs: readonly Blob[]
}

/** A key of the index that holds an entry. */
export interface IndexKey {
  key: Uint8Array
  /** Version of an older entry; null for the one that stands. */
  older: number | null
}

export function currentKey(key: Uint8Array): Uint8Array {
  return b4a.concat([b4a.from([IndexKind.current]), key])
}

/** Big endian, so that they sort by version. */
export function olderKey(key: Uint8Array, version: number): Uint8Array {
  const bytes = b4a.alloc(1 + key.byteLength + 8)
  bytes[0] = IndexKind.older
  bytes.set(key, 1)
  let rest = version
  for (let i = bytes.byteLength - 1; rest > 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return bytes
}

/** Null for a key that holds no entry. */
export function parseIndexKey(bytes: Uint8Array): IndexKey | null {
  const key = bytes.subarray(1, 65)
  if (bytes[0] === IndexKind.current && bytes.byteLength === 65) return { key, older: null }
  if (bytes[0] !== IndexKind.older || bytes.byteLength !== 73) return null
  let version = 0
  for (const digit of bytes.subarray(65)) version = version * 256 + digit
  return { key, older: version }
}

const blob: Codec<Blob> = struct({
  core: uint,
  blockOffset: uint,
  blockLength: uint,
  byteOffset: uint,
  byteLength: uint
})

export const blobsCodec: Codec<readonly Blob[], Blob[]> = list(blob, wireLimits.fileChunksMax)

const record = checked(
  struct({ format: byte, storedAt: uint, entry: fileEntryCodec, blobs: blobsCodec }),
  ({ format }) => format === FORMAT,
  'an entry of another format'
)

export function encodeFileRecord(value: FileRecord): Uint8Array {
  return encode(record, { format: FORMAT, ...value })
}

/** Throws `BAD_FRAME`. */
export function decodeFileRecord(bytes: Uint8Array): FileRecord {
  const { storedAt, entry, blobs } = decode(record, bytes)
  const held = blobs.reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (held !== entry.size) throw badFrame(`${held} bytes of content where ${entry.size} are said`)
  return { storedAt, entry, blobs }
}
