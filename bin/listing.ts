// A file of a room as a line: for people, or for programs. Names come from others: none of them may steer
// a terminal.

import type { FileInfo } from '../src/client/client.ts'
import { bytesText, short, visible } from './display.ts'
import { write, writeJson } from './output.ts'

export function fieldsOf(info: FileInfo): FileInfo {
  const { path, kind, size, mediaType, modifiedAt, author, version, storedAt, hash } = info
  return { path, kind, size, mediaType, modifiedAt, author, version, storedAt, hash }
}

/** Prints one file or folder; `old` marks a version that stands no more. */
export function printFile(info: FileInfo, json: boolean, old = false): Promise<void> {
  if (json) return writeJson(fieldsOf(info))
  const { path, kind, size, modifiedAt, author, version } = info
  const time = new Date(modifiedAt)
  const date = Number.isNaN(time.getTime())
    ? '?'
    : time.toISOString().slice(0, 16).replace('T', ' ')
  const name = `${shown(path)}${kind === 'folder' ? '/' : ''}`
  const columns = [
    (kind === 'folder' ? '' : bytesText(size)).padStart(9),
    date.padEnd(16),
    short(author),
    `${name}${old ? ` (version ${version})` : ''}`
  ]
  return write(columns.join('  '), '\n')
}

/** A path for a terminal. */
export function shown(path: string): string {
  return visible(path).replaceAll('\t', '\u2409')
}
