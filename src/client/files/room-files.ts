// The files of a room as an app sees them. What stands at a path is the newest entry that a member signed;
// a root can hide it, and never make one up.

import b4a from 'b4a'
import { fromZ32, toZ32 } from '../../protocol/bytes.ts'
import { EntryKind, isThere } from '../../protocol/entry.ts'
import { badCursor, badPath, lesserInvite } from '../../protocol/errors.ts'
import { badRange } from '../../protocol/files-errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { folderHash, normalPath } from '../../protocol/paths.ts'
import { clientLimits } from '../limits.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { Catalog } from './catalog.ts'
import type { Changes } from './changes.ts'
import type { ContentReader } from './content-reader.ts'
import type { Couriers } from './couriers.ts'
import { fileNotFound } from './failures.ts'
import type { Lookup } from './lookup.ts'
import type { FileInfo } from './file-info.ts'
import { foundAt, infoOf, isFile } from './file-info.ts'
import type { FileRoots } from './file-roots.ts'
import { Folders } from './folders.ts'
import type {
  FileChange,
  FileReading,
  FolderPage,
  GetOptions,
  PutOptions
} from './files-options.ts'
import { readMany } from './many.ts'
import { Source } from './source.ts'
import type { FileSource } from './source.ts'
import { walk } from './walk.ts'
import type { Writer } from './writer.ts'

export interface FilesParts {
  keys: RoomKeys
  roots: FileRoots
  catalog: Catalog
  lookup: Lookup
  writer: Writer
  reader: ContentReader
  changes: Changes
  /** Null where nothing is brought from root to root: for a guest, or who does not wish it. */
  couriers: Couriers | null
}

export class RoomFiles {
  readonly #parts: FilesParts
  readonly #folders: Folders

  constructor(parts: FilesParts) {
    this.#parts = parts
    this.#folders = new Folders(parts.lookup, parts.writer)
  }

  /**
   * Puts a file, and the folders above it; resolves once a root peer has stored all of it. Without a
   * network it waits, and after a break it goes on where it was.
   *
   * @throws `LESSER_INVITE`, `BAD_PATH`, `BAD_SOURCE`, `TOO_LARGE`, `DISK_FULL`, `ROOM_FULL`, `UPLOAD_LOST`, …
   */
  async put(path: string, source: FileSource, options: PutOptions = {}): Promise<FileInfo> {
    const normal = this.#writable(path)
    const from = new Source(source, options.size)
    const { mediaType = '', modifiedAt, versions = 0, over, onprogress, signal } = options
    const draft = { kind: EntryKind.file, path: normal, mediaType }
    const isNew = await this.#folders.makeAbove(normal, signal)
    const located = await this.#parts.writer.writeFile(
      modifiedAt === undefined
        ? draft
        : { ...draft, modifiedAt: Math.max(0, Math.round(modifiedAt)) },
      from,
      {
        keep: keepOf(versions),
        signal,
        // In a folder that is new nothing stands; should somebody be faster, the root says so.
        known: over === undefined && isNew ? null : over && (foundAt(over) ?? undefined),
        progress: onprogress && ((stored) => onprogress(stored, from.size))
      }
    )
    return infoOf(located)
  }

  /**
   * Waits until every root peer of the room has what was put here, or nothing has moved for `patienceMs`. A
   * `put` resolves once one of them has it; the others are brought it by whoever of the members is there.
   *
   * @returns how many have it, of how many that let us in; 1 of 1 where nothing is brought.
   */
  async copied(patienceMs: number = clientLimits.copiedMs): Promise<{ roots: number; of: number }> {
    return (await this.#parts.couriers?.copied(patienceMs)) ?? { roots: 1, of: 1 }
  }

  /** Makes a folder, and those above it. Folders of files need not be made. */
  async makeFolder(path: string, { signal }: { signal?: StopSignal } = {}): Promise<void> {
    const normal = this.#writable(path)
    await this.#folders.makeAbove(`${normal}/_`, signal)
  }

  /**
   * A file's bytes, or a part of them: iterate over it, or ask for its `bytes()`. Goes on by itself when a
   * root peer goes away in the middle.
   *
   * @throws `FILE_UNKNOWN`, `BAD_RANGE`, `BAD_PATH`; while it is read also `BAD_CONTENT`, `FILE_CHANGED`,
   *   `ABORTED`.
   */
  async get(path: string, options: GetOptions = {}): Promise<FileReading> {
    const { version, signal } = options
    const located =
      version === undefined
        ? await this.#parts.lookup.stands(path, signal)
        : await this.#parts.lookup.version(path, version, signal)
    if (!isFile(located)) throw fileNotFound(path)
    const size = located.entry.content?.size ?? 0
    const { from = 0, to = size } = options
    if (!(
      Number.isSafeInteger(from) &&
      Number.isSafeInteger(to) &&
      from >= 0 &&
      from <= to &&
      to <= size
    )) {
      throw badRange(`${path} has ${size} bytes: there is no ${from} to ${to}`)
    }
    const read = (): AsyncGenerator<Uint8Array> =>
      this.#parts.reader.read(located, { from, to }, signal)
    return {
      info: infoOf(located),
      [Symbol.asyncIterator]: read,
      bytes: async () => {
        const pieces: Uint8Array[] = []
        for await (const piece of read()) pieces.push(piece)
        return b4a.concat(pieces)
      }
    }
  }

  /**
   * The bytes of many files, each of one chunk at most (128 KiB), in their order: asked for in a few questions.
   *
   * @throws as `get` does, at the first that is not to be had.
   */
  getMany(
    files: readonly FileInfo[],
    options: { signal?: StopSignal } = {}
  ): AsyncGenerator<{ info: FileInfo; bytes: Uint8Array }> {
    return readMany(this.#parts.reader, files, async ({ path }) => {
      const reading = await this.get(path, options)
      return { info: reading.info, bytes: await reading.bytes() }
    })
  }

  /** What is at a path; null if nothing is. */
  async stat(path: string, { signal }: { signal?: StopSignal } = {}): Promise<FileInfo | null> {
    const located = await this.#parts.lookup.stands(path, signal)
    return located === null ? null : infoOf(located)
  }

  /** What is in a folder, a page at a time, in an order that stays. Throws `BAD_PATH`, `BAD_CURSOR`. */
  async list(
    path: string = '',
    {
      from,
      limit = clientLimits.folderPage,
      signal
    }: { from?: string; limit?: number; signal?: StopSignal } = {}
  ): Promise<FolderPage> {
    const folder = folderHash(this.#parts.keys, normalPath(path))
    const after = from === undefined ? null : fromZ32(from)
    if (from !== undefined && after?.byteLength !== 32) throw badCursor('not a place in a folder')
    const { roots, catalog } = this.#parts
    const which = { folder, after, limit: Math.min(limit, wireLimits.fileEntriesMax) }
    const page = await roots.ask((link) => catalog.list(link, which), signal)
    return {
      files: page.found.filter(({ entry }) => isThere(entry)).map(infoOf),
      errors: page.unreadable.map(({ error }) => error),
      next: page.next === null ? null : toZ32(page.next)
    }
  }

  /** Everything below a folder, each folder before what is in it. */
  walk(path: string = '', options: { signal?: StopSignal } = {}): AsyncGenerator<FileInfo> {
    return walk(this, path, options)
  }

  /**
   * Deletes a file, or a folder with all that is in it; false if there was nothing.
   *
   * @throws as `put` does.
   */
  async delete(path: string, { signal }: { signal?: StopSignal } = {}): Promise<boolean> {
    const normal = this.#writable(path)
    const located = await this.#parts.lookup.stands(normal, signal)
    if (located === null) return false
    if (located.entry.kind === EntryKind.folder) {
      const inside: string[] = []
      for await (const file of this.walk(normal, signal === undefined ? {} : { signal }))
        inside.push(file.path)
      // The deepest first, so that a folder is gone only once it is empty.
      for (const each of inside.toReversed()) await this.#remove(each, signal)
    }
    await this.#remove(normal, signal)
    return true
  }

  /** The older versions of a file that are kept, newest first. */
  async versions(path: string, { signal }: { signal?: StopSignal } = {}): Promise<FileInfo[]> {
    return (await this.#parts.lookup.versions(path, signal)).filter(isFile).map(infoOf)
  }

  /** Makes an older version the newest again, without sending its content. Throws `FILE_UNKNOWN`. */
  async restore(
    path: string,
    version: number,
    { versions = 1, signal }: { versions?: number; signal?: StopSignal } = {}
  ): Promise<FileInfo> {
    const normal = this.#writable(path)
    const { entry } = await this.#parts.lookup.version(normal, version, signal)
    const { kind, mediaType, modifiedAt } = entry
    const draft = { kind, path: normal, mediaType, modifiedAt }
    return infoOf(
      await this.#parts.writer.rewrite(draft, entry, { keep: keepOf(versions), signal })
    )
  }

  /**
   * What changes, as it does, until `signal` ends it; over breaks, and at whichever root peer there is.
   *
   * @param from the cursor of the last change that was seen; `start` for all there is; from now on without.
   * @param folder only what is in this folder itself.
   * @param live false to end once all that there is was told.
   */
  async *watch({
    from,
    folder,
    live = true,
    signal
  }: {
    from?: string
    folder?: string
    live?: boolean
    signal?: StopSignal
  } = {}): AsyncGenerator<FileChange> {
    const hash = folder === undefined ? null : folderHash(this.#parts.keys, normalPath(folder))
    for await (const change of this.#parts.changes.follow({ from, folder: hash, live, signal })) {
      if (change.kind !== 'entry') {
        yield change
        continue
      }
      const { located, cursor } = change
      const { kind } = located.entry
      const { path, author, version } = infoOf(located)
      if (kind === EntryKind.deleted) yield { kind: 'deleted', path, author, version, cursor }
      else if (kind === EntryKind.file || kind === EntryKind.folder) {
        yield { kind: 'put', file: infoOf(located), cursor }
      }
    }
  }

  #writable(path: string): string {
    const { keys } = this.#parts
    if (keys.writer === null) throw lesserInvite('member', 'guest')
    const normal = normalPath(path)
    if (normal === '') throw badPath('the folder that holds all is always there', path)
    return normal
  }

  async #remove(path: string, signal: StopSignal | undefined): Promise<void> {
    this.#folders.forget(path)
    await this.#parts.writer.write(
      { kind: EntryKind.deleted, path, modifiedAt: 0 },
      { keep: 0, signal }
    )
  }
}

function keepOf(versions: number): number {
  if (!Number.isSafeInteger(versions) || versions < 0)
    throw badRange('versions is a whole number from 0')
  return Math.min(versions, wireLimits.fileVersionsMax)
}
