// The files channel, one per connection and room, open beside that room's channel, whose proof counts
// for both; its Protomux id is the room id. Owns the table of messages. A position is never reused.

import type { Channel } from 'protomux'
import type { CoreKey } from './bytes.ts'
import type { Codec } from './codec.ts'
import {
  bool,
  byte,
  bytes,
  checked,
  fixed,
  kept,
  list,
  nothing,
  optional,
  strict,
  struct,
  text,
  uint
} from './codec.ts'
import type {
  FileBegin,
  FileChanges,
  FileChunk,
  FileChunks,
  FileCommit,
  FileCommitted,
  FileEntries,
  FileEntry,
  FilesDenied,
  FilesGranted,
  FilesMore,
  FilesRefused,
  FilesReplicate,
  FilesReset,
  FilesStop,
  FileGet,
  FileList,
  FilePart,
  FilePut,
  FileReady,
  FileStat,
  StoredFile,
  FileTaken,
  FileVersions,
  FileWanted,
  FileWatch
} from './files-messages.ts'
import { FilePartKind } from './files-messages.ts'
import { wireLimits } from './limits.ts'
import { at, tableOf } from './message-table.ts'
import type { Handlers, Senders } from './message-table.ts'
import { accessCodec } from './room-channel.ts'

export const FILES_PROTOCOL = 'root-peer/files'

export type * from './files-messages.ts'
export { FilePartKind } from './files-messages.ts'

const {
  detailBytesMax,
  fileAnswerBytesMax,
  fileChunkBytesMax,
  fileContentsMax,
  fileEntriesMax,
  fileEntryBytesMax,
  filePutBytesMax,
  filePutChunksMax,
  fileVersionsMax,
  filesWantedMax
} = wireLimits

/** The handshakes are empty: the room channel has said it all. */
export const filesHandshake: Codec<null> = strict(nothing, 'files handshake')

const coreKey = optional(fixed<CoreKey>(32))
const key = fixed(64)
const chunk = bytes(fileChunkBytesMax)

/** What is in a list together, so that no frame is longer than its bound. */
function within<T>(
  codec: Codec<readonly T[], T[]>,
  bytesOf: (item: T) => number,
  bytesMax: number
): Codec<readonly T[], T[]> {
  return checked(
    codec,
    (items) => items.reduce((sum, item) => sum + bytesOf(item), 0) <= bytesMax,
    `more than ${bytesMax} bytes in one list`
  )
}

const entryFields = {
  version: checked(uint, (version) => version > 0, 'a version of 0'),
  deleted: bool,
  size: uint,
  sealed: bytes(fileEntryBytesMax)
}
const isSane = ({ deleted, size }: FileEntry): boolean => !deleted || size === 0

/** An entry, as its author hands it in. */
export const fileEntryCodec: Codec<FileEntry> = checked(
  struct(entryFields),
  isSane,
  'a tombstone with content'
)

const stored: Codec<StoredFile> = checked(
  struct({ key, seq: uint, storedAt: uint, ...entryFields }),
  isSane,
  'a tombstone with content'
)
const storedFiles = within(
  list(stored, fileEntriesMax),
  ({ sealed }) => sealed.byteLength,
  fileAnswerBytesMax
)

const wanted: Codec<FileWanted> = checked(
  struct({ key, seq: uint, from: uint, to: uint }),
  ({ from, to }) => to === 0 || from < to,
  'a range of nothing'
)

const part: Codec<FilePart> = struct({
  file: uint,
  kind: checked(byte, (kind) => kind <= FilePartKind.outside, 'a part of no kind'),
  chunk: uint,
  bytes: chunk
})

const keep = checked(uint, (count) => count <= fileVersionsMax, 'too many versions to keep')
const limit = checked(uint, (count) => count > 0, 'room for nothing')
const some = <T>(items: Codec<readonly T[], T[]>) =>
  checked(items, ({ length }) => length > 0, 'a question about nothing')

/** Messages of the files channel; `position` is where each stands, on both sides. */
export const filesMessages = Object.freeze({
  granted: at(
    0,
    struct({
      access: accessCodec,
      index: coreKey,
      seq: uint,
      fileBytesMax: uint,
      windowBytes: uint,
      entries: uint,
      contentBytes: uint
    }) as Codec<FilesGranted>
  ),
  denied: at(1, struct({ code: uint, detail: text(detailBytesMax) }) as Codec<FilesDenied>),
  begin: at(2, struct({ request: uint, key, attempt: fixed(16), size: uint }) as Codec<FileBegin>),
  ready: at(3, struct({ request: uint, chunks: uint, hash: kept(32) }) as Codec<FileReady>),
  chunk: at(4, struct({ request: uint, index: uint, bytes: chunk }) as Codec<FileChunk>),
  taken: at(5, struct({ request: uint, chunks: uint }) as Codec<FileTaken>),
  commit: at(
    6,
    struct({ request: uint, hash: fixed(32), keep, entry: fileEntryCodec }) as Codec<FileCommit>
  ),
  put: at(
    7,
    struct({
      request: uint,
      key,
      keep,
      contentOf: uint,
      entry: fileEntryCodec,
      chunks: within(list(chunk, filePutChunksMax), ({ byteLength }) => byteLength, filePutBytesMax)
    }) as Codec<FilePut>
  ),
  committed: at(8, struct({ request: uint, seq: uint, storedAt: uint }) as Codec<FileCommitted>),
  refused: at(
    9,
    struct({ request: uint, code: uint, detail: text(detailBytesMax) }) as Codec<FilesRefused>
  ),
  stop: at(10, struct({ request: uint }) as Codec<FilesStop>),
  stat: at(11, struct({ request: uint, keys: some(list(key, fileEntriesMax)) }) as Codec<FileStat>),
  list: at(
    12,
    struct({
      request: uint,
      folder: fixed(32),
      after: optional(fixed(32)),
      limit
    }) as Codec<FileList>
  ),
  versions: at(13, struct({ request: uint, key }) as Codec<FileVersions>),
  entries: at(14, struct({ request: uint, entries: storedFiles, end: bool }) as Codec<FileEntries>),
  get: at(
    15,
    struct({ request: uint, files: some(list(wanted, filesWantedMax)), limit }) as Codec<FileGet>
  ),
  chunks: at(
    16,
    struct({
      request: uint,
      parts: within(
        list(part, filesWantedMax),
        (each) => each.bytes.byteLength,
        fileAnswerBytesMax
      ),
      end: bool
    }) as Codec<FileChunks>
  ),
  watch: at(
    17,
    struct({
      request: uint,
      index: coreKey,
      seq: uint,
      folder: optional(fixed(32)),
      live: bool,
      limit
    }) as Codec<FileWatch>
  ),
  changes: at(
    18,
    struct({
      request: uint,
      index: optional(kept<CoreKey>(32)),
      entries: storedFiles,
      next: uint,
      end: bool
    }) as Codec<FileChanges>
  ),
  reset: at(19, struct({ request: uint, index: coreKey, seq: uint }) as Codec<FilesReset>),
  more: at(20, struct({ request: uint, limit }) as Codec<FilesMore>),
  replicate: at(
    21,
    struct({
      on: bool,
      index: coreKey,
      contents: list(fixed<CoreKey>(32), fileContentsMax)
    }) as Codec<FilesReplicate>
  )
})

type Table = typeof filesMessages
export type FilesMessageName = keyof Table

/** What a side does with the messages that may reach it. A message without a handler is `UNEXPECTED`. */
export type FilesHandlers = Handlers<Table>

/** One function per message; false says that the stream has to drain. */
export type FilesSenders = Senders<Table>

/** Gives a channel the table, in its order. */
export const addFilesMessages: (channel: Channel<never>, handlers: FilesHandlers) => FilesSenders =
  tableOf(filesMessages)
