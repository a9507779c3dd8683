// The sealed entry of one path: what a file is, that a folder is there, that something was deleted, or a
// value of the room's state. Signed by its author over room, path and all that a root sees of it, so that
// nobody can forge it or carry it elsewhere. Never knows where content is kept.

import b4a from 'b4a'
import type { AuthorKey, EntryHash, KeyPair, PathKey, Signature } from './bytes.ts'
import type { Codec, State } from './codec.ts'
import { byte, bytes, checked, fixed, list, optional, struct, take, text, uint } from './codec.ts'
import { groupsOf, sealedBytesOf } from './content.ts'
import { CONSTANTS, hash, sign, verify } from './derive.ts'
import { badEntry, badPath, lesserInvite, RootPeerError, tooLarge } from './errors.ts'
import type { FileEntry } from './files-messages.ts'
import type { RoomKeys } from './keys.ts'
import { certify, isCertified } from './keys.ts'
import { wireLimits } from './limits.ts'
import { padme } from './padding.ts'
import { normalName, normalPath, pathKey, stateKey } from './paths.ts'
import { checkPadding, open, seal } from './payload.ts'

const ENTRY_VERSION = 1
const SIGNATURES_BYTES = 2 * 64

/** What an entry says of its path. A deleted file and a value that was unset leave an entry too. */
export const EntryKind = Object.freeze({ file: 0, folder: 1, deleted: 2, value: 3, unset: 4 })
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind]

/** The bytes of a file, wherever they are kept. */
export interface Content {
  /** True size in bytes. */
  size: number
  /** What its chunks are sealed with; drawn for each attempt to put it. */
  fileKey: Uint8Array
  /** Hash of each page of chunk hashes; for a file of one chunk, the hash of that; none for an empty one. */
  groups: readonly Uint8Array[]
}

export interface Entry {
  kind: EntryKind
  /** In its one form; of a value, its name. */
  path: string
  /** One more than that of the entry before; the greater one holds, and of two that are equal the greater hash. */
  number: number
  /** Hash of the entry before; 32 zero bytes if there was none. */
  previous: EntryHash
  author: AuthorKey
  /** Milliseconds since 1970 by the author's clock. */
  writtenAt: number
  /** When the file was changed last, as its author says. */
  modifiedAt: number
  mediaType: string
  /** Of a file; null otherwise. */
  content: Content | null
  /** Of a value; empty otherwise. */
  value: Uint8Array
}

export interface OpenedEntry extends Entry {
  hash: EntryHash
}

/** Whether this author is a member. May remember those that are. */
export type Certified = (keys: RoomKeys, author: AuthorKey, certificate: Signature) => boolean

/** Hash of the entry before the first of a path. */
export const NO_ENTRY: EntryHash = b4a.alloc(32) as EntryHash

const { pathBytesMax, mediaTypeBytesMax, valueBytesMax, fileGroupsMax } = wireLimits

const content: Codec<Content> = struct({
  size: uint,
  fileKey: fixed<Uint8Array>(32),
  groups: list(fixed<Uint8Array>(32), fileGroupsMax)
})

// What is hashed and signed, so what may never change meaning.
const signed = struct({
  version: checked(byte, (version) => version === ENTRY_VERSION, 'an entry of another version'),
  kind: checked(byte, (kind) => kind <= EntryKind.unset, 'an entry of no kind') as Codec<EntryKind>,
  path: text(pathBytesMax),
  number: uint,
  previous: fixed<EntryHash>(32),
  author: fixed<AuthorKey>(32),
  writtenAt: uint,
  modifiedAt: uint,
  mediaType: text(mediaTypeBytesMax),
  content: optional(content),
  value: bytes(valueBytesMax)
})

/**
 * Seals and signs an entry: nonce, then the encrypted, padded text.
 *
 * @param certificate the author's, if it is at hand.
 * @throws `LESSER_INVITE` for a guest, `BAD_PATH`, `TOO_LARGE`.
 */
export function sealEntry(
  keys: RoomKeys,
  identity: KeyPair,
  entry: Entry,
  certificate: Signature | null = certify(keys, entry.author)
): { key: PathKey; hash: EntryHash; entry: FileEntry } {
  if (certificate === null) throw lesserInvite('member', 'guest')
  if (entry.value.byteLength > valueBytesMax) {
    throw tooLarge('a value in bytes', valueBytesMax, entry.value.byteLength)
  }
  const key = keyOfEntry(keys, entry)
  const state: State = { start: 0, end: 0, buffer: null }
  const versioned = { version: ENTRY_VERSION, ...entry }
  signed.preencode(state, versioned)
  const signedBytes = state.end
  state.buffer = b4a.alloc(padme(signedBytes + SIGNATURES_BYTES)) // zeros: the padding
  signed.encode(state, versioned)
  const entryHash = hashEntry(keys, key, state.buffer.subarray(0, signedBytes))
  state.buffer.set(sign(identity, CONSTANTS.entrySignature, entryHash), signedBytes)
  state.buffer.set(certificate, signedBytes + 64)
  const sealed = seal(keys, contextOf(keys, key), state.buffer)
  return { key, hash: entryHash, entry: { ...seenOf(entry), sealed } }
}

/**
 * Opens an entry that was found under `key`, and proves it.
 *
 * @throws `NOT_OPENED` if it was not sealed for this room and path, `BAD_ENTRY` if it was, but badly.
 */
export function openEntry(
  keys: RoomKeys,
  key: PathKey,
  entry: FileEntry,
  certified: Certified = isCertified
): OpenedEntry {
  const plain = open(keys, contextOf(keys, key), entry.sealed)
  const state: State = { start: 0, end: plain.byteLength, buffer: plain }
  try {
    const { version: _, ...fields } = signed.decode(state)
    const opened = { ...fields, hash: hashEntry(keys, key, plain.subarray(0, state.start)) }
    const signature = take(state, 64) as Signature
    const certificate = take(state, 64) as Signature
    checkPadding(plain, state.start)
    checkSense(keys, key, opened, entry)
    if (!certified(keys, opened.author, certificate)) throw badEntry('no member wrote this')
    if (!verify(opened.author, signature, CONSTANTS.entrySignature, opened.hash)) {
      throw badEntry('not signed by its author')
    }
    return opened
  } catch (err) {
    if (err instanceof RootPeerError && err.code === 'BAD_ENTRY') throw err
    throw badEntry(err instanceof Error ? err.message : 'unreadable')
  }
}

/** Whether the first of two entries of one path holds, the same way everywhere. */
export function outranks(a: OpenedEntry, b: OpenedEntry): boolean {
  return a.number === b.number ? b4a.compare(a.hash, b.hash) > 0 : a.number > b.number
}

/** Whether there is something at the path. */
export function isThere({ kind }: Entry): boolean {
  return kind !== EntryKind.deleted && kind !== EntryKind.unset
}

/** The key of an entry's path. Throws `BAD_PATH` unless that is in its one form. */
export function keyOfEntry(keys: RoomKeys, { kind, path }: Pick<Entry, 'kind' | 'path'>): PathKey {
  const ofState = kind === EntryKind.value || kind === EntryKind.unset
  // One spelling, so that what is signed for a path is what people see of it.
  if ((ofState ? normalName(path) : normalPath(path)) !== path || path === '') {
    throw badPath('a path that is not in its one form', path)
  }
  return ofState ? stateKey(keys, path) : pathKey(keys, path)
}

function seenOf(entry: Entry): Omit<FileEntry, 'sealed'> {
  return {
    version: entry.number,
    deleted: !isThere(entry),
    size: entry.content === null ? 0 : sealedBytesOf(entry.content.size)
  }
}

function checkSense(keys: RoomKeys, key: PathKey, entry: OpenedEntry, given: FileEntry): void {
  if (!b4a.equals(keyOfEntry(keys, entry), key)) throw badEntry('an entry of another path')
  const { kind, content: file, value } = entry
  if ((kind === EntryKind.file) !== (file !== null)) throw badEntry('content that is of no file')
  if (file !== null && file.groups.length !== groupsOf(file.size)) {
    throw badEntry('a size that its hashes do not have')
  }
  if (kind !== EntryKind.value && value.byteLength > 0) throw badEntry('a value without a name')
  const { version, deleted, size } = seenOf(entry)
  if (given.version !== version || given.deleted !== deleted || given.size !== size) {
    throw badEntry('the root peer says of it what its author did not')
  }
}

function contextOf(keys: RoomKeys, key: PathKey): Uint8Array {
  return hash(CONSTANTS.entry, keys.id, key)
}

function hashEntry(keys: RoomKeys, key: PathKey, plain: Uint8Array): EntryHash {
  return hash(CONSTANTS.entryHash, keys.id, key, plain) as EntryHash
}
