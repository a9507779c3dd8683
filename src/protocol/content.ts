// The content of a file as a row of sealed chunks, each under its number, so that any part of it can be
// read and checked alone: behind every 4,096 chunks stands a page of their hashes, and the entry has the
// hashes of the pages. Never knows of entries, or of where chunks are kept.

import b4a from 'b4a'
import sodium from 'sodium-universal'
import { encode, uint } from './codec.ts'
import { CONSTANTS, hash } from './derive.ts'
import { badContent } from './errors.ts'
import type { RoomKeys } from './keys.ts'
import { wireLimits } from './limits.ts'
import { padme } from './padding.ts'

const { fileChunkBytes, fileGroupChunks } = wireLimits
const NONCE_BYTES = 24
const TAG_BYTES = 16
const HASH_BYTES = 32

/** How many chunks of a file's own bytes it has. */
export function chunksOf(size: number): number {
  return Math.ceil(size / fileChunkBytes)
}

/** How many hashes stand for them in the entry. */
export function groupsOf(size: number): number {
  return Math.ceil(chunksOf(size) / fileGroupChunks)
}

/** How many chunks a root keeps of it: its own, and the pages of hashes. A single chunk needs no page. */
export function positionsOf(size: number): number {
  const chunks = chunksOf(size)
  return chunks > 1 ? chunks + groupsOf(size) : chunks
}

/** Bytes of all that a root keeps of it. */
export function sealedBytesOf(size: number): number {
  const chunks = chunksOf(size)
  if (chunks === 0) return 0
  const last = padme(size - (chunks - 1) * fileChunkBytes)
  const hashes = chunks > 1 ? chunks * HASH_BYTES : 0
  return (chunks - 1) * fileChunkBytes + last + hashes + positionsOf(size) * TAG_BYTES
}

/** Where a chunk stands among all that a root keeps. */
export function positionOf(chunk: number): number {
  return chunk + Math.floor(chunk / fileGroupChunks)
}

/** Where the page of a group of chunks stands. */
export function pagePositionOf(group: number, size: number): number {
  return Math.min((group + 1) * fileGroupChunks, chunksOf(size)) + group
}

/** One hash over all of a file's bytes: equal for equal files, whoever put them and under which key. */
export function contentHash({
  size,
  groups
}: {
  size: number
  groups: readonly Uint8Array[]
}): Uint8Array {
  return hash(CONSTANTS.contentHash, encode(uint, size), ...groups)
}

/** Hashes a file chunk by chunk, as its entry will have it. */
export class ContentHasher {
  readonly groups: Uint8Array[] = []
  readonly #chunks: number
  #page: Uint8Array[] = []
  #count = 0

  constructor(size: number) {
    this.#chunks = chunksOf(size)
  }

  /** Takes the next chunk; gives the page that is to stand behind it, if there is one. */
  add(chunk: Uint8Array): Uint8Array | null {
    const hashed = hash(CONSTANTS.chunkHash, chunk)
    this.#count++
    if (this.#chunks === 1) {
      this.groups.push(hashed)
      return null
    }
    this.#page.push(hashed)
    if (this.#page.length < fileGroupChunks && this.#count < this.#chunks) return null
    const page = b4a.concat(this.#page)
    this.#page = []
    this.groups.push(hash(CONSTANTS.chunkHash, page))
    return page
  }
}

/** The sealed form of chunk `number` of a file of `size` bytes. */
export function sealChunk(
  keys: RoomKeys,
  fileKey: Uint8Array,
  { number, size }: { number: number; size: number },
  chunk: Uint8Array
): Uint8Array {
  const last = number === chunksOf(size) - 1
  const padded = last ? b4a.alloc(padme(chunk.byteLength)) : chunk
  if (last) padded.set(chunk)
  return seal(keys, fileKey, nonceOf(number, last, false), padded)
}

/** The sealed form of a page of hashes. */
export function sealPage(
  keys: RoomKeys,
  fileKey: Uint8Array,
  group: number,
  page: Uint8Array
): Uint8Array {
  return seal(keys, fileKey, nonceOf(group, false, true), page)
}

/**
 * Opens chunk `number` of a file of `size` bytes, and checks it.
 *
 * @param expected its hash, as its page or the entry has it.
 * @throws `BAD_CONTENT`
 */
export function openChunk(
  keys: RoomKeys,
  fileKey: Uint8Array,
  { number, size, expected }: { number: number; size: number; expected: Uint8Array },
  sealed: Uint8Array
): Uint8Array {
  const last = number === chunksOf(size) - 1
  const length = last ? size - number * fileChunkBytes : fileChunkBytes
  const plain = open(keys, fileKey, nonceOf(number, last, false), sealed)
  if (plain.byteLength !== (last ? padme(length) : length))
    throw badContent('a chunk of a wrong size')
  for (let i = length; i < plain.byteLength; i++) {
    if (plain[i] !== 0) throw badContent('a chunk padded with something')
  }
  const chunk = plain.subarray(0, length)
  if (!b4a.equals(hash(CONSTANTS.chunkHash, chunk), expected))
    throw badContent('not the chunk that its author put')
  return chunk
}

/**
 * Opens the page of hashes of a group, and checks it.
 *
 * @param expected its hash, as the entry has it.
 * @returns for each chunk of the group its hash.
 * @throws `BAD_CONTENT`
 */
export function openPage(
  keys: RoomKeys,
  fileKey: Uint8Array,
  { group, expected }: { group: number; expected: Uint8Array },
  sealed: Uint8Array
): Uint8Array[] {
  const page = open(keys, fileKey, nonceOf(group, false, true), sealed)
  if (!b4a.equals(hash(CONSTANTS.chunkHash, page), expected))
    throw badContent('not the page that its author put')
  const hashes: Uint8Array[] = []
  for (let at = 0; at < page.byteLength; at += HASH_BYTES)
    hashes.push(page.subarray(at, at + HASH_BYTES))
  return hashes
}

function nonceOf(number: number, last: boolean, page: boolean): Uint8Array {
  const nonce = b4a.alloc(NONCE_BYTES)
  for (let i = 0, rest = number; i < 8; i++, rest = Math.floor(rest / 256)) nonce[i] = rest % 256
  nonce[8] = last ? 1 : 0
  nonce[9] = page ? 1 : 0
  return nonce
}

function seal(
  keys: RoomKeys,
  fileKey: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array
): Uint8Array {
  const sealed = b4a.allocUnsafeSlow(plain.byteLength + TAG_BYTES)
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    sealed,
    plain,
    keys.contexts.chunk,
    null,
    nonce,
    fileKey
  )
  return sealed
}

function open(
  keys: RoomKeys,
  fileKey: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array
): Uint8Array {
  const length = sealed.byteLength - TAG_BYTES
  if (length < 0) throw badContent('a chunk that is too short')
  const plain = b4a.allocUnsafeSlow(length)
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      plain,
      null,
      sealed,
      keys.contexts.chunk,
      nonce,
      fileKey
    )
  } catch {
    throw badContent('a chunk that does not open')
  }
  return plain
}
