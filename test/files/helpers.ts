// What the tests of files share: files over a real store, and a look at what a crash would leave.

import type { Test } from 'brittle'
import type { RoomId } from '../../src/protocol/bytes.ts'
import type { FileEntry } from '../../src/protocol/files-channel.ts'
import type { Change } from '../../src/files/commits.ts'
import type { FilesOptions } from '../../src/files/files.ts'
import { Files } from '../../src/files/files.ts'
import type { RoomFiles } from '../../src/files/room-files.ts'
import type { Store, StoreOptions } from '../../src/storage/store.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { roomId } from '../rooms/helpers.ts'
import { openStore } from '../storage/helpers.ts'
import { bytesOf, entryOf } from '../peers/raw-files.ts'

export { bytesOf, entryOf, folderOf, hashOf, keyOf } from '../peers/raw-files.ts'
export { otherRoomId, roomId } from '../rooms/helpers.ts'

export interface FilesWorld {
  store: Store
  files: Files
  room: (id?: RoomId) => Promise<RoomFiles>
  close: () => Promise<void>
}

type Options = Partial<StoreOptions> & Partial<FilesOptions>

export async function openFiles(t: Test, options: Options = {}): Promise<FilesWorld> {
  const { now = Date.now, space, freed, idleMs, ...storeOptions } = options
  const directory = options.directory ?? (await tmpFolder(t))
  const store = await openStore(t, { ...storeOptions, directory })
  const files = await Files.open(store, {
    now,
    ...(space && { space }),
    ...(freed && { freed }),
    ...(idleMs && { idleMs })
  })
  const close = async (): Promise<void> => {
    await files.close()
    await store.close()
  }
  t.teardown(() => close().catch(() => {}), { order: -1, force: true })
  return { store, files, room: (id = roomId) => files.acquire(id), close }
}

export interface PutOptions {
  keep?: number
  contentOf?: number
  entry?: FileEntry
  blobs?: Change['blobs']
}

/** Stores an entry with small content; its seq. Rejects with what it was refused for, or with `lost`. */
export function put(
  room: RoomFiles,
  key: Uint8Array,
  version: number,
  chunks: readonly Uint8Array[],
  options: PutOptions = {}
): Promise<number> {
  const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const { keep = 0, contentOf = 0, blobs = null, entry = entryOf(version, size) } = options
  return new Promise((resolve, reject) => {
    room.put({
      ...{ key, entry, keep, chunks, blobs, contentOf },
      stored: resolve,
      refused: reject,
      lost: () => reject(new Error('lost'))
    })
  })
}

/** The chunks of what stands under a key, or of the entry of a seq; null if it is not kept. */
export async function contentOf(
  room: RoomFiles,
  key: Uint8Array,
  seq = 0
): Promise<Uint8Array[] | null> {
  const found = (await room.findAll([{ key, seq }]))[0] ?? null
  if (found === null) return null
  const chunks: Uint8Array[] = []
  const count = found.blobs.reduce((sum, { blockLength }) => sum + blockLength, 0)
  while (chunks.length < count) {
    const read = await room.content.read(found.blobs, chunks.length, count, 2 ** 20)
    if (read.length === 0) return null
    chunks.push(...read)
  }
  return chunks
}

/** Names of what was written down and not settled. */
export async function claims(store: Store): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of store.notes.list('claim/')) names.push(name)
  return names
}

/** Sends chunks as an upload; resolves once they are held. */
export async function send(
  room: RoomFiles,
  attempt: string,
  key: Uint8Array,
  size: number,
  chunks: readonly Uint8Array[]
): Promise<Awaited<ReturnType<RoomFiles['uploads']['begin']>>> {
  const upload = await room.uploads.begin(attempt, key, size, {})
  const first = upload.chunks
  await Promise.all(
    chunks.map(
      (chunk, i) =>
        new Promise<void>((resolve, reject) => {
          room.uploads.push(upload, first + i, chunk, (err) =>
            err === null ? resolve() : reject(err instanceof Error ? err : new Error('not held'))
          )
        })
    )
  )
  return upload
}

/** Resolves once `done` says so: what is looked for happens in the background, and has no event. */
export async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 5))
}

export const chunk = (value: number, length = 1000): Uint8Array => bytesOf(length, value)
