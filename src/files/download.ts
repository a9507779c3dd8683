// One answer to a question for content: files one after the other, chunk by chunk, as far as the reader
// has room. A stalled reader costs what was read for it, and one answer of a connection reads at a time.

import type { FilePart, FileWanted } from '../protocol/files-messages.ts'
import { FilePartKind } from '../protocol/files-messages.ts'
import { limits } from '../limits.ts'
import { chunksOf } from './blobs.ts'
import type { Found } from './index-core.ts'
import type { RoomFiles } from './room-files.ts'

/** Where chunks go. */
export interface ChunkSink {
  /** Whether more may be sent now. */
  readonly ready: boolean
  /** Resolves when `ready` is true, or the reader is gone. */
  untilReady(): Promise<void>
  turn(): Promise<() => void>
  chunks(parts: readonly FilePart[], end: boolean): void
  fail(err: unknown): void
}

/** Entries looked up together. */
const LOOKUPS = 32
const NOTHING = new Uint8Array(0)

export class Download {
  readonly #files: RoomFiles
  readonly #wanted: readonly FileWanted[]
  readonly #sink: ChunkSink
  /** Called after the last was sent. */
  readonly #ended: () => void
  readonly #found = new Map<number, Found | null>()
  #file = 0
  /** Number of the next chunk of that file; null before it was begun. */
  #chunk: number | null = null
  #release: () => void = () => {}
  #allowed: number
  #running = false
  #closed = false

  constructor(
    files: RoomFiles,
    wanted: readonly FileWanted[],
    limit: number,
    sink: ChunkSink,
    ended: () => void
  ) {
    this.#files = files
    this.#wanted = wanted
    this.#sink = sink
    this.#ended = ended
    this.#allowed = limit
  }

  /** Never throws, and runs once at a time. */
  pump(): void {
    if (this.#running || this.#closed) return
    this.#running = true
    this.#run().catch((err: unknown) => {
      const wasClosed = this.#closed
      this.close()
      if (!wasClosed) this.#sink.fail(err)
    })
  }

  /** The reader has room for so many more bytes. */
  more(limit: number): void {
    this.#allowed += limit
    this.pump()
  }

  close(): void {
    this.#closed = true
    this.#release()
  }

  async #run(): Promise<void> {
    const release = this.#files.use()
    try {
      while (!this.#closed && this.#allowed > 0 && this.#file < this.#wanted.length) {
        const done = await this.#sink.turn()
        try {
          await this.#send()
        } finally {
          done()
        }
      }
    } finally {
      release()
      this.#running = false
    }
  }

  /** Reads some, and sends it in messages. */
  async #send(): Promise<void> {
    const parts: FilePart[] = []
    let bytes = 0
    const room = Math.min(this.#allowed, limits.fileReadBytes)
    while (!this.#closed && bytes < room && this.#file < this.#wanted.length) {
      for (const part of await this.#read(room - bytes)) {
        parts.push(part)
        bytes += part.bytes.byteLength
      }
    }
    this.#allowed -= bytes
    const isEnd = this.#file >= this.#wanted.length
    const messages = packed(parts)
    for (const [i, message] of messages.entries()) {
      if (!this.#sink.ready) await this.#sink.untilReady()
      if (this.#closed) return
      this.#sink.chunks(message, isEnd && i === messages.length - 1)
    }
    if (!isEnd) return
    this.close()
    this.#ended()
  }

  /** The next parts of the file whose turn it is. */
  async #read(bytes: number): Promise<FilePart[]> {
    const file = this.#file
    const wanted = this.#wanted[file] as FileWanted
    const found = await this.#lookUp(file)
    if (found === null || found.entry.deleted) return this.#over(file, FilePartKind.unknown)
    const count = chunksOf(found.blobs)
    const until = wanted.to === 0 ? count : wanted.to
    if (wanted.from > count || until > count) return this.#over(file, FilePartKind.outside)
    if (this.#chunk === null) {
      this.#chunk = wanted.from
      this.#release = this.#files.content.hold(found.blobs)
    }
    const first = this.#chunk
    if (first >= until) return this.#over(file, FilePartKind.last)
    const chunks = await this.#files.content.read(found.blobs, first, until, bytes)
    if (chunks.length === 0) return this.#over(file, FilePartKind.unknown)
    this.#chunk += chunks.length
    const isLast = this.#chunk >= until
    if (isLast) this.#next()
    return chunks.map((each, i) => ({
      file,
      kind: isLast && i === chunks.length - 1 ? FilePartKind.last : FilePartKind.more,
      chunk: first + i,
      bytes: each
    }))
  }

  #over(file: number, kind: number): FilePart[] {
    const chunk = this.#chunk ?? 0
    this.#next()
    return [{ file, kind, chunk, bytes: NOTHING }]
  }

  #next(): void {
    this.#release()
    this.#release = () => {}
    this.#found.delete(this.#file)
    this.#file++
    this.#chunk = null
  }

  /** Many small files are looked up at once: one after the other, each would wait for the disk. */
  async #lookUp(file: number): Promise<Found | null> {
    if (!this.#found.has(file)) {
      const some = this.#wanted.slice(file, file + LOOKUPS)
      const found = await this.#files.findAll(some)
      for (const [i, each] of found.entries()) this.#found.set(file + i, each)
    }
    return this.#found.get(file) ?? null
  }
}

/** Parts as messages: small ones share one, and no message is long. */
function packed(parts: readonly FilePart[]): FilePart[][] {
  const messages: FilePart[][] = []
  let last: FilePart[] = []
  let bytes = 0
  for (const part of parts) {
    const { byteLength } = part.bytes
    const isFull =
      bytes + byteLength > limits.fileMessageBytes || last.length === limits.filesWantedMax
    if (last.length === 0 || isFull) {
      last = []
      bytes = 0
      messages.push(last)
    }
    last.push(part)
    bytes += byteLength
  }
  return messages
}
