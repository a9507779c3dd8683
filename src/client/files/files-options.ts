// What an app may ask of a room's files, and what it gets.

import type { RootPeerError } from '../../protocol/errors.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { FileInfo } from './file-info.ts'

export interface PutOptions {
  /** Bytes of a source that comes in turn. */
  size?: number
  mediaType?: string
  /** Milliseconds since 1970. Default now. */
  modifiedAt?: number
  /** Older versions of this path to keep, with their content. Default none. */
  versions?: number
  /** What is known to stand there, null for nothing: then it is not looked up first. */
  over?: FileInfo | null
  /** Told as it goes: bytes that a root peer has stored, of how many. */
  onprogress?: (stored: number, size: number) => void
  /** Gives it up; nothing shows of it then. */
  signal?: StopSignal
}

export interface GetOptions {
  /** The first byte wanted. Default 0. */
  from?: number
  /** Up to, not including. Default the end. */
  to?: number
  /** An older version, if it is kept. */
  version?: number
  signal?: StopSignal
}

/** A file that is being read: what it is, and its bytes in turn. */
export interface FileReading extends AsyncIterable<Uint8Array> {
  readonly info: FileInfo
  /** All of it in memory. */
  bytes(): Promise<Uint8Array>
}

export interface FolderPage {
  files: FileInfo[]
  /** What root peers keep in this folder and no member has signed: it is not shown. */
  errors: RootPeerError[]
  /** Where the next page begins; null if this was the last. */
  next: string | null
}

export type FileChange =
  | { kind: 'put'; file: FileInfo; cursor: string }
  | { kind: 'deleted'; path: string; author: string; version: number; cursor: string }
  | { kind: 'unreadable'; error: RootPeerError; cursor: string }
  /** All is told again from the beginning: what is not told again is not there any more. */
  | { kind: 'again' }
