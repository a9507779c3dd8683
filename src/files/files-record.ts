// What must be kept of a room's files outside of their cores: which cores they are. A note, so that it is
// in the log before what is written to a core that it names.

import b4a from 'b4a'
import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { byte, decode, encode, fixed, list, struct, uint } from '../protocol/codec.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'

export interface FilesRecord {
  /** The store's generation when the newest cores began: older ones are never appended to again. */
  generation: number
  /** Names of cores: 16 random bytes, never used twice. */
  index: Uint8Array
  /** In the order in which entries number them; only the last is appended to. */
  contents: readonly Uint8Array[]
  /** Index cores that are of no use: one that was moved away from, or one to which a move never ended. */
  discarded: readonly Uint8Array[]
}

const PREFIX = 'files/'
const FORMAT = 1
const codec = struct({
  format: byte,
  generation: uint,
  index: fixed(16),
  contents: list(fixed(16), limits.fileContentsMax),
  discarded: list(fixed(16), limits.fileContentsMax)
})

/** @returns null if the room has no files */
export async function readFilesRecord(store: Store, id: RoomId): Promise<FilesRecord | null> {
  const note = await store.notes.get(nameOf(id))
  if (note === null) return null
  const { format, ...record } = decode(codec, note)
  if (format !== FORMAT) throw new Error(`a record of files of format ${format}`)
  return record
}

/** Written when it resolves; synced with whatever is synced next. */
export async function writeFilesRecord(
  store: Store,
  id: RoomId,
  record: FilesRecord
): Promise<void> {
  await store.notes.set(nameOf(id), encode(codec, { format: FORMAT, ...record }))
}

/** Every room that has files. */
export async function* roomsWithFiles(store: Store): AsyncGenerator<RoomId> {
  for await (const { name } of store.notes.list(PREFIX)) {
    yield b4a.from(name.slice(PREFIX.length), 'hex') as RoomId
  }
}

/** The room has no files any more. */
export async function dropFilesRecord(store: Store, id: RoomId): Promise<void> {
  await store.notes.write([{ name: nameOf(id), value: null }])
}

function nameOf(id: RoomId): string {
  return PREFIX + mapKey(id)
}
