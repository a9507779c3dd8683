// What an app sees of a file or a folder: its entry, without what only this library needs.

import type { OpenedEntry } from '../../protocol/entry.ts'
import { EntryKind } from '../../protocol/entry.ts'
import { contentHash } from '../../protocol/content.ts'
import { formatKey, mapKey } from '../../protocol/bytes.ts'
import type { Located } from './catalog.ts'

export interface FileInfo {
  /** From the room's top, without a `/` before it. */
  path: string
  kind: 'file' | 'folder'
  /** In bytes; 0 for a folder. */
  size: number
  mediaType: string
  /** Milliseconds since 1970: of the file, as its author says. */
  modifiedAt: number
  /** Who put it, in z32. */
  author: string
  /** Counts the changes of this path. */
  version: number
  /** When a root peer stored it, by its clock. */
  storedAt: number
  /** Equal for equal bytes; empty for a folder. */
  hash: string
}

/** Where each was found, for as long as an app holds it: so that it need not be looked up again. */
const found = new WeakMap<FileInfo, Located>()

/** Where this was found; null for what an app made up. */
export function foundAt(info: FileInfo): Located | null {
  return found.get(info) ?? null
}

export function infoOf(located: Located): FileInfo {
  const { entry, stored } = located
  const { path, kind, content, mediaType, modifiedAt, author, number } = entry
  const info: FileInfo = {
    path,
    kind: kind === EntryKind.folder ? 'folder' : 'file',
    size: content?.size ?? 0,
    mediaType,
    modifiedAt,
    author: formatKey(author),
    version: number,
    storedAt: stored.storedAt,
    hash: content === null ? '' : mapKey(contentHash(content))
  }
  found.set(info, located)
  return info
}

/** Whether a file, and not a folder or nothing, stands there. */
export function isFile(located: Located | null): located is Located & { entry: OpenedEntry } {
  return located !== null && located.entry.kind === EntryKind.file
}
