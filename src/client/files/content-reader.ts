// Reading the content of a file, whole or a part, in order, each chunk checked before it is given. When a
// root goes away in the middle, it goes on where it was, at that root or at another. Holds a few chunks.

import b4a from 'b4a'
import {
  chunksOf,
  openChunk,
  openPage,
  pagePositionOf,
  positionOf
} from '../../protocol/content.ts'
import type { Content, OpenedEntry } from '../../protocol/entry.ts'
import { badContent } from '../../protocol/errors.ts'
import { badRange, fileChanged } from '../../protocol/files-errors.ts'
import type { FilePart, FileWanted } from '../../protocol/files-channel.ts'
import { FilePartKind } from '../../protocol/files-channel.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { Catalog, Located } from './catalog.ts'
import { fileNotFound, isCode, passes, pause, stopIf } from './failures.ts'
import type { FileRoots } from './file-roots.ts'
import { Parts } from './parts.ts'

const { fileChunkBytes, fileGroupChunks } = wireLimits

/** Bytes of a file: from, and up to, not including. */
export interface Range {
  from: number
  to: number
}

export interface ContentReaderOptions {
  keys: RoomKeys
  roots: FileRoots
  catalog: Catalog
}

export class ContentReader {
  readonly #options: ContentReaderOptions

  constructor(options: ContentReaderOptions) {
    this.#options = options
  }

  /**
   * The bytes of a range, in pieces of at most a chunk.
   *
   * @throws `BAD_RANGE`; `BAD_CONTENT`; `FILE_CHANGED` if a break came and the file is another since;
   *   `FILE_UNKNOWN` if no root has its content; `ABORTED`.
   */
  async *read(file: Located, range: Range, signal?: StopSignal): AsyncGenerator<Uint8Array> {
    const content = contentOf(file.entry)
    if (!(range.from >= 0 && range.from <= range.to && range.to <= content.size)) {
      throw badRange(`bytes ${range.from} to ${range.to} of a file of ${content.size}`)
    }
    let at = range.from
    let located = file
    let missing = 0
    for (let attempts = 0; at < range.to; attempts++) {
      stopIf(signal)
      try {
        const until = Math.min(range.to, endOfGroup(at))
        for await (const piece of this.#group(located, { from: at, to: until }, signal)) {
          at += piece.byteLength
          attempts = 0
          yield piece
        }
      } catch (err) {
        stopIf(signal)
        const gone = isCode(err, 'FILE_UNKNOWN')
        if (!passes(err) && !gone) throw err
        // It may only have been moved to another index: once.
        if (gone && missing++ > 0) throw err
        if (!gone) await pause(attempts, signal)
        located = await this.#again(located, signal)
      }
    }
  }

  /** Content of many small files of one root, each one chunk at most, in one question. In their order. */
  async *readSmall(files: readonly Located[]): AsyncGenerator<Uint8Array> {
    const [first] = files
    if (first === undefined) return
    const wanted = files.map(({ stored: { key, seq } }) => ({ key, seq, from: 0, to: 0 }))
    await first.link.gets.enter()
    const parts = new Parts(first.link, wanted)
    try {
      for (const [index, file] of files.entries()) {
        const content = contentOf(file.entry)
        const part = expected(await parts.next(), { file: index, chunk: 0 }, file.entry)
        const bytes =
          content.size === 0 ? b4a.alloc(0) : this.#chunk(content, 0, content.groups[0], part)
        yield bytes
      }
    } finally {
      parts.stop()
      first.link.gets.leave()
    }
  }

  /** A range that lies within one group of chunks, from one root. */
  async *#group(
    { entry, stored, link }: Located,
    { from, to }: Range,
    signal?: StopSignal
  ): AsyncGenerator<Uint8Array> {
    const content = contentOf(entry)
    const { key, seq } = stored
    const first = Math.floor(from / fileChunkBytes)
    const end = Math.ceil(to / fileChunkBytes)
    const group = Math.floor(first / fileGroupChunks)
    const page = pagePositionOf(group, content.size)
    const paged = chunksOf(content.size) > 1
    const wanted: FileWanted[] = [
      ...(paged ? [{ key, seq, from: page, to: page + 1 }] : []),
      { key, seq, from: positionOf(first), to: positionOf(end - 1) + 1 }
    ]
    await link.gets.enter()
    const parts = new Parts(link, wanted)
    const stop = (): void => parts.stop()
    signal?.addEventListener('abort', stop)
    try {
      const hash = content.groups[group] ?? b4a.alloc(0)
      const hashes = paged
        ? this.#page(
            content,
            group,
            hash,
            expected(await parts.next(), { file: 0, chunk: page }, entry)
          )
        : [hash]
      for (let number = first; number < end; number++) {
        const place = { file: wanted.length - 1, chunk: positionOf(number) }
        const part = await parts.next()
        stopIf(signal)
        const bytes = this.#chunk(
          content,
          number,
          hashes[number % fileGroupChunks],
          expected(part, place, entry)
        )
        const start = number * fileChunkBytes
        yield bytes.subarray(Math.max(0, from - start), Math.min(bytes.byteLength, to - start))
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      parts.stop()
      link.gets.leave()
    }
  }

  #chunk(
    { fileKey, size }: Content,
    number: number,
    hash: Uint8Array | undefined,
    part: FilePart
  ): Uint8Array {
    const wanted = { number, size, expected: hash ?? b4a.alloc(0) }
    return openChunk(this.#options.keys, fileKey, wanted, part.bytes)
  }

  #page({ fileKey }: Content, group: number, hash: Uint8Array, part: FilePart): Uint8Array[] {
    return openPage(this.#options.keys, fileKey, { group, expected: hash }, part.bytes)
  }

  /** The very same entry, wherever it is to be had now. */
  async #again(file: Located, signal: StopSignal | undefined): Promise<Located> {
    const { roots, catalog } = this.#options
    for (let attempts = 0; ; attempts++) {
      await roots.some(signal)
      try {
        let newer = 0
        // Whoever has just failed is asked last.
        const links = roots.open.toSorted((a, b) => +(a === file.link) - +(b === file.link))
        for (const link of links) {
          const stands = await catalog.stat(link, file.stored.key as never)
          const kept =
            stands !== null && isSame(stands, file) ? stands : await this.#kept(link, file)
          if (kept !== null) return kept
          newer = Math.max(newer, stands?.entry.number ?? 0)
        }
        throw newer > 0 ? fileChanged(newer, file.entry.number) : fileNotFound(file.entry.path)
      } catch (err) {
        if (!passes(err)) throw err
        await pause(attempts, signal)
      }
    }
  }

  async #kept(link: Located['link'], file: Located): Promise<Located | null> {
    const versions = await this.#options.catalog.versions(link, file.stored.key as never)
    return versions.find((version) => isSame(version, file)) ?? null
  }
}

function isSame(a: Located, b: Located): boolean {
  return b4a.equals(a.entry.hash, b.entry.hash)
}

function contentOf({ content, path }: OpenedEntry): Content {
  if (content === null) throw fileNotFound(path)
  return content
}

/** Where the group ends in which a byte lies. */
function endOfGroup(at: number): number {
  const bytes = fileGroupChunks * fileChunkBytes
  return (Math.floor(at / bytes) + 1) * bytes
}

/** The part, if it is the one that comes next. */
function expected(
  part: FilePart | null,
  { file, chunk }: { file: number; chunk: number },
  entry: OpenedEntry
): FilePart {
  if (part === null) throw badContent('the root peer gave less than was asked for')
  if (part.kind === FilePartKind.unknown) throw fileNotFound(entry.path)
  if (part.kind === FilePartKind.outside)
    throw badContent('the root peer has less than the entry says')
  if (part.file !== file || part.chunk !== chunk)
    throw badContent('another part than was asked for')
  return part
}
