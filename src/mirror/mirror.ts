// A local folder and a folder of a room, made equal one way or the other: only what differs is sent, by size
// and content hash, many small files at a time. For Node; an app in Bare brings its own file system.

import type { FileInfo } from '../client/files/file-info.ts'
import type { FolderPage } from '../client/files/files-options.ts'
import type { RoomFiles } from '../client/files/room-files.ts'
import { pipeline } from '../client/outbox/pipeline.ts'
import type { StopSignal } from '../client/reading/reader-options.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { fileChanged } from '../protocol/files-errors.ts'
import { wireLimits } from '../protocol/limits.ts'
import { normalPath } from '../protocol/paths.ts'
import { Batch } from './batch.ts'
import { hashOf, readPieces, writeInTurn } from './local-file.ts'
import type { LocalFile } from './local-tree.ts'
import { LocalTree } from './local-tree.ts'

import type { MirrorOptions, Mirrored } from './tally.ts'
import { Tally } from './tally.ts'

export type { Skipped } from './local-tree.ts'
export type { MirrorOptions, Mirrored } from './tally.ts'

/** What is under way at a time: files weigh what they hold in memory. */
const AHEAD_BYTES = 8 * 1024 * 1024
const FILE_WEIGHT = 16 * 1024
/** What is wrong with one file only. */
const BESIDE: readonly string[] = ['BAD_PATH', 'FILE_UNKNOWN', 'FILE_CHANGED', 'BAD_CONTENT']
/** Makes a folder of a room what a local folder is. See `RoomFiles.put` for what it throws. */
export async function mirrorUp(
  files: RoomFiles,
  folder: string,
  into: string,
  options: MirrorOptions = {}
): Promise<Mirrored> {
  const tally = new Tally(options)
  const tree = await LocalTree.open(folder, false)
  const top = normalPath(into)
  const there = await remoteTree(files, top, tally, options.signal)
  const left = new Map(there)
  const work = pipeline(
    tree.walk((what) => tally.skip(what)),
    {
      run: async (local: LocalFile) => {
        const target = normalPath(`${top}/${local.path}`)
        const remote = there.get(target)
        left.delete(target)
        if (local.kind === 'folder') {
          if (remote?.kind !== 'folder') await files.makeFolder(target, stopOf(options))
          return
        }
        if (await isEqual(local.file, remote)) return tally.equal(target)
        const { mediaType, versions } = options
        await files.put(target, () => readPieces(local.file, local.size), {
          over: remote ?? null,
          size: local.size,
          modifiedAt: local.modifiedAt,
          mediaType: mediaType?.(local.path) ?? '',
          ...(versions === undefined ? {} : { versions }),
          ...stopOf(options)
        })
        tally.sent(target, local.size)
      },
      weigh: ({ size }) => Math.min(size, AHEAD_BYTES / 4) + FILE_WEIGHT,
      weightMax: AHEAD_BYTES
    }
  )
  for await (const _ of work) stopIf(options.signal)
  if (options.prune === true) {
    if (tally.result.skipped > 0) throw pruneRefused()
    for (const path of [...left.keys()].toSorted().toReversed()) {
      if (await files.delete(path, stopOf(options))) tally.deleted(path)
    }
  }
  return tally.result
}

/** Makes a local folder what a folder of a room is, and never touches anything outside it. */
export async function mirrorDown(
  files: RoomFiles,
  from: string,
  folder: string,
  options: MirrorOptions = {}
): Promise<Mirrored> {
  const tally = new Tally(options)
  const tree = await LocalTree.open(folder, true)
  const top = normalPath(from)
  const there = await remoteTree(files, top, tally, options.signal)
  const batch = new Batch(files, tally, options)
  for (const info of there.values()) {
    stopIf(options.signal)
    const inside = top === '' ? info.path : info.path.slice(top.length + 1)
    try {
      if (info.kind === 'folder') {
        await tree.makeFolder(inside)
        continue
      }
      const place = await tree.place(inside)
      if (await isEqual(place, info)) tally.equal(info.path)
      else if (info.size <= wireLimits.fileChunkBytes) await batch.add(info, place)
      else tally.sent(info.path, (await fetchFile(files, info.path, place, options)).size)
    } catch (err) {
      if (!(err instanceof RootPeerError && BESIDE.includes(err.code))) throw err
      tally.skip({ path: info.path, reason: err.message })
    }
  }
  await batch.end()
  if (options.prune === true) {
    // What could not be read may be there all the same.
    if (tally.result.skipped > 0) throw pruneRefused()
    const keeps = (path: string): boolean => there.has(normalPath(`${top}/${path}`))
    for await (const path of tree.prune(keeps)) tally.deleted(path)
  }
  return tally.result
}

/** Fetches one file into its place, as it is now. */
export async function fetchFile(
  files: RoomFiles,
  remote: string,
  place: string,
  options: MirrorOptions
): Promise<FileInfo> {
  const { info } = await files.get(remote, stopOf(options))
  await writeInTurn(place, info, async function* (from) {
    const reading = await files.get(remote, { from, ...stopOf(options) })
    if (reading.info.hash !== info.hash) throw fileChanged(reading.info.version, info.version)
    for await (const piece of reading) {
      options.onprogress?.(piece.byteLength)
      yield piece
    }
  })
  return info
}

/** All that is below a folder of a room, by path, each folder before what is in it. */
async function remoteTree(
  files: RoomFiles,
  top: string,
  tally: Tally,
  signal: StopSignal | undefined
): Promise<Map<string, FileInfo>> {
  const found = new Map<string, FileInfo>()
  const folders = [top]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let from: string | null = null
    do {
      stopIf(signal)
      const page: FolderPage = await files.list(folder, { ...(from === null ? {} : { from }) })
      for (const { message } of page.errors) tally.skip({ path: folder, reason: message })
      for (const info of page.files) {
        found.set(info.path, info)
        if (info.kind === 'folder') folders.push(info.path)
      }
      from = page.next
    } while (from !== null)
  }
  return found
}

async function isEqual(file: string, remote: FileInfo | undefined): Promise<boolean> {
  return remote?.kind === 'file' && (await hashOf(file, remote.size)) === remote.hash
}

function pruneRefused(): RootPeerError<'UNEXPECTED'> {
  return new RootPeerError(
    'UNEXPECTED',
    'nothing was deleted, for some of it could not be mirrored'
  )
}

function stopOf({ signal }: MirrorOptions): { signal?: StopSignal } {
  return signal === undefined ? {} : { signal }
}

function stopIf(signal: StopSignal | undefined): void {
  if (signal?.aborted === true) throw new RootPeerError('ABORTED', 'it was given up, as asked for')
}
