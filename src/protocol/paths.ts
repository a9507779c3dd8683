// Paths of a room's files, and the keys under which a root keeps them. A name hashes differently in each
// folder, all keys have one length, and a folder is one prefix. Never knows what lies at a path.

import b4a from 'b4a'
import type { FolderHash, PathKey } from './bytes.ts'
import { CONSTANTS, derive } from './derive.ts'
import { badPath } from './errors.ts'
import type { RootPeerError } from './errors.ts'
import type { RoomKeys } from './keys.ts'
import { wireLimits } from './limits.ts'

const FILES = b4a.from([0])
const STATE = b4a.from([1])
const CHILD = b4a.from([2])

/**
 * A path in its one form: names joined by `/`, none of them empty, in Unicode's form NFC. A `/` before or
 * behind it is forgiven; the folder that holds all is the empty path.
 *
 * @throws `BAD_PATH` for `.`, `..`, NUL, an empty name, half a character, or what is too long.
 */
export function normalPath(text: string): string {
  const { pathBytesMax, pathSegmentsMax } = wireLimits
  const tooLong = (): RootPeerError => badPath(`a path has at most ${pathBytesMax} bytes`, text)
  // The length first: a stranger's path is not taken apart before it is short.
  if (text.length > 4 * pathBytesMax) throw tooLong()
  const path = text.replace(/^\/|\/$/g, '').normalize('NFC')
  if (path === '') return ''
  if (b4a.byteLength(path) > pathBytesMax) throw tooLong()
  const segments = path.split('/')
  if (segments.length > pathSegmentsMax) {
    throw badPath(`a path has at most ${pathSegmentsMax} names`, path)
  }
  for (const segment of segments) checkSegment(segment)
  return path
}

/** The name of a value of a room's state, in its one form. Throws `BAD_PATH`. */
export function normalName(text: string): string {
  const name = text.normalize('NFC')
  checkSegment(name)
  if (name.includes('/')) throw badPath('a name has no "/"', name)
  return name
}

/** `c` for `a/b/c`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** `a/b` for `a/b/c`, and the empty path for `a`. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** The folders above a path, the uppermost first: `a` and `a/b` for `a/b/c`. */
export function foldersOf(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(1).map((_, i) => segments.slice(0, i + 1).join('/'))
}

/** The folder that was asked for last, of each room: mostly the next one is the same. */
const lastFolders = new WeakMap<RoomKeys, { path: string; hash: FolderHash }>()

/** The folder at a path that has its one form, as roots know it. */
export function folderHash(keys: RoomKeys, path: string): FolderHash {
  const last = lastFolders.get(keys)
  if (last?.path === path) return last.hash
  let folder = derive(CONSTANTS.folder, keys.pathKey, FILES) as FolderHash
  for (const segment of path === '' ? [] : path.split('/'))
    folder = childHash(keys, folder, segment)
  lastFolders.set(keys, { path, hash: folder })
  return folder
}

/** The key of a path that has its one form; its second half is its hash as a folder. */
export function pathKey(keys: RoomKeys, path: string): PathKey {
  const folder = folderHash(keys, folderOf(path))
  return keyOf(folder, childHash(keys, folder, nameOf(path)))
}

/** The folder of a room's state. */
export function stateHash(keys: RoomKeys): FolderHash {
  return derive(CONSTANTS.folder, keys.pathKey, STATE) as FolderHash
}

/** The key of a value of a room's state. */
export function stateKey(keys: RoomKeys, name: string): PathKey {
  const folder = stateHash(keys)
  return keyOf(folder, childHash(keys, folder, name))
}

function childHash(keys: RoomKeys, folder: FolderHash, segment: string): FolderHash {
  return derive(CONSTANTS.folder, keys.pathKey, CHILD, folder, b4a.from(segment)) as FolderHash
}

function keyOf(folder: FolderHash, own: FolderHash): PathKey {
  return b4a.concat([folder, own]) as PathKey
}

function checkSegment(segment: string): void {
  if (segment === '') throw badPath('a path has no empty name in it', segment)
  if (segment === '.' || segment === '..') throw badPath('"." and ".." are no names', segment)
  if (segment.includes('\0')) throw badPath('a name has no NUL', segment)
  // It would be another one once it was written as UTF-8.
  if (/\p{Surrogate}/u.test(segment)) throw badPath('a name has whole characters', segment)
  const { segmentBytesMax } = wireLimits
  if (b4a.byteLength(segment) > segmentBytesMax) {
    throw badPath(`a name has at most ${segmentBytesMax} bytes`, segment)
  }
}
