// The messages of the files channel as values: what each says, and to whom. Owns their meaning; how they
// look on the wire, and at which position, is in files-channel.ts. What is sealed is never looked into.

import type { CoreKey } from './bytes.ts'

/** What an author hands in under a key: sealed, but for what a root has to know of it. */
export interface FileEntry {
  /** Counts the entries of one key: a root takes only what is above what it has. */
  version: number
  /** A tombstone: the key has no content any more. */
  deleted: boolean
  /** Bytes of all its chunks, as sealed and padded. */
  size: number
  sealed: Uint8Array
}

/** An entry as a root keeps it. */
export interface StoredFile extends FileEntry {
  /** 64 bytes: the hash of its folder, and its own, which is what names the folder that it may be. */
  key: Uint8Array
  /** Block of the index that holds it: with the key it names this very entry, until the index is moved. */
  seq: number
  /** Milliseconds since 1970 by the root's clock. */
  storedAt: number
}

/** The first message of the root. Until it came the client sends nothing. */
export interface FilesGranted {
  access: number
  /** Core of the index; null as long as the room has no files. */
  index: CoreKey | null
  /** Seq that the next entry will not be below: where to watch from. */
  seq: number
  /** Entries that stand here, and bytes of content: two roots of which these are equal are taken to be alike. */
  entries: number
  contentBytes: number
  /** The largest content that the root takes. */
  fileBytesMax: number
  /** Bytes of chunks and entries that may be sent and unanswered. */
  windowBytes: number
}

export interface FilesDenied {
  code: number
  detail: string
}

/** Begins an upload, or goes on with one. */
export interface FileBegin {
  /** Chosen by the client, growing over all requests of the channel: what every answer carries. */
  request: number
  key: Uint8Array
  /** 16 random bytes that name this attempt, also after a break and at the next connection. */
  attempt: Uint8Array
  /** Bytes of all its chunks. */
  size: number
}

/** What the root holds of an upload: where to go on. */
export interface FileReady {
  request: number
  /** Chunks that are held: the next one has this number. */
  chunks: number
  /** `chunksHash` of those: who would send others now must begin a new attempt. */
  hash: Uint8Array
}

export interface FileChunk {
  request: number
  /** Its number, from 0, without a gap. */
  index: number
  bytes: Uint8Array
}

/** So many chunks are held, and synced; their bytes count in the window no more. */
export interface FileTaken {
  request: number
  chunks: number
}

/** Ends an upload: from now on the entry stands under its key. */
export interface FileCommit {
  request: number
  /** `chunksHash` of all chunks. */
  hash: Uint8Array
  /** Older entries of the key that are kept, with their content; all others are deleted. */
  keep: number
  entry: FileEntry
}

/** An entry with all that belongs to it: small content, a tombstone, a folder, a value of the room's state. */
export interface FilePut {
  request: number
  key: Uint8Array
  keep: number
  /** Seq of an entry of the same key whose content is this one's too; 0 if it comes along in `chunks`. */
  contentOf: number
  entry: FileEntry
  chunks: readonly Uint8Array[]
}

/** An entry is stored, and synced. */
export interface FileCommitted {
  request: number
  seq: number
  storedAt: number
}

/** The answer to any request that comes to nothing. An upload whose commit was refused stays as it is. */
export interface FilesRefused {
  request: number
  code: number
  detail: string
}

/** Gives up an upload and what was sent of it; or ends an answer under way. What was sent before may still arrive. */
export interface FilesStop {
  request: number
}

/** Asks for the entries under these keys. Answered by one `entries`, without those that there are not. */
export interface FileStat {
  request: number
  keys: readonly Uint8Array[]
}

/** Asks for the entries of a folder, tombstones left out, in the order of their keys. Answered by one `entries`. */
export interface FileList {
  request: number
  /** 32 bytes: the folder's hash. */
  folder: Uint8Array
  /** Second half of the last key that is known; null for the beginning. */
  after: Uint8Array | null
  /** At most so many; a root may answer fewer. */
  limit: number
}

/** Asks for the older entries that are kept of a key, newest first. Answered by one `entries`. */
export interface FileVersions {
  request: number
  key: Uint8Array
}

export interface FileEntries {
  request: number
  entries: readonly StoredFile[]
  /** Whether there are no more; else ask again from the last one. */
  end: boolean
}

/** A part of the content of one entry. */
export interface FileWanted {
  key: Uint8Array
  /** The very entry that is meant; 0 for the one that stands now. */
  seq: number
  /** Numbers of chunks: from, and up to, not including; 0 for the end. */
  from: number
  to: number
}

/** Asks for content, of one file or of many, one after the other. Answered by `chunks` until one has `end`. */
export interface FileGet {
  request: number
  files: readonly FileWanted[]
  /** Bytes that the client has room for until it says `more`; the last message may go beyond by one chunk. */
  limit: number
}

/** What a part is: what may follow it, or why there is none. */
export const FilePartKind = {
  more: 0,
  /** The last of what was wanted of this file. */
  last: 1,
  /** There is no such entry, or its content is not kept any more. */
  unknown: 2,
  /** The range is not within the file. */
  outside: 3
} as const

export interface FilePart {
  /** Position in the list that was asked for. */
  file: number
  kind: number
  /** Number of the chunk. */
  chunk: number
  bytes: Uint8Array
}

export interface FileChunks {
  request: number
  parts: readonly FilePart[]
  end: boolean
}

/** Follows what is stored: all entries from a place on, each time a key gets a new one. */
export interface FileWatch {
  request: number
  /** The index in which `seq` counts; null for one that is not known. */
  index: CoreKey | null
  seq: number
  /** Only of this folder; null for all. */
  folder: Uint8Array | null
  /** Whether to go on with new ones once the end is reached. */
  live: boolean
  /** Entries that the client has room for until it says `more`. */
  limit: number
}

export interface FileChanges {
  request: number
  /** Null as long as the room has no files. */
  index: CoreKey | null
  entries: readonly StoredFile[]
  /** Where to watch from after these. */
  next: number
  /** Whether that is the end as of now. */
  end: boolean
}

/** The index was moved, or is another: list again. The changes that follow are those from `seq` on. */
export interface FilesReset {
  request: number
  index: CoreKey | null
  seq: number
}

/** The client has room for so many more bytes of an answer to `get`, or entries of one to `watch`. */
export interface FilesMore {
  request: number
  limit: number
}

/** Asks to replicate index and content natively on this connection, or to end it; the answer says that it is so. */
export interface FilesReplicate {
  on: boolean
  index: CoreKey | null
  /** Where content is: entries name them by their position here. */
  contents: readonly CoreKey[]
}
