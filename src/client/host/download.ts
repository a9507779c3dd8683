// One answer to a question for content: files one after the other, chunk by chunk, as far as the visitor has
// room. One that stalls costs what was read for it.

import type { FilePart, FileWanted } from '../../protocol/files-channel.ts'
import { FilePartKind } from '../../protocol/files-channel.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { clientLimits } from '../limits.ts'
import { chunksIn } from './blobs.ts'
import type { VisitorLine } from './served.ts'
import type { Kept, SpaceStore } from './space-store.ts'

interface DownloadEvents {
  chunks(parts: readonly FilePart[], end: boolean): void
  /** Nothing comes any more; why, if that is an error. */
  ended(err: unknown): void
}

interface Current {
  kept: Kept
  chunk: number
  until: number
}

/** Chunks read together, at the most: with them a message is never longer than it may be. */
const CHUNKS = Math.max(1, Math.floor(clientLimits.hostReadBytes / wireLimits.fileChunkBytes))
const { hostReadBytes } = clientLimits
const NOTHING = new Uint8Array(0)

export class Download {
  readonly #store: SpaceStore
  readonly #line: VisitorLine
  readonly #wanted: readonly FileWanted[]
  readonly #events: DownloadEvents
  /** Content stays while it is read. */
  readonly #release: () => void
  #allowed: number
  #file = 0
  /** The file whose turn it is, and the number of its next chunk. */
  #current: Current | null = null
  #running = false
  #closed = false

  constructor(
    store: SpaceStore,
    line: VisitorLine,
    { wanted, limit }: { wanted: readonly FileWanted[]; limit: number },
    events: DownloadEvents
  ) {
    this.#store = store
    this.#line = line
    this.#wanted = wanted
    this.#events = events
    this.#allowed = limit
    this.#release = store.hold()
  }

  /** Never throws, and runs once at a time. */
  pump(): void {
    if (this.#running || this.#closed) return
    this.#running = true
    this.#run()
      .catch((err: unknown) => {
        if (this.#closed) return
        this.close()
        this.#events.ended(err)
      })
      .finally(() => {
        this.#running = false
      })
      .catch(() => {})
  }

  /** The visitor has room for so many more bytes. */
  more(limit: number): void {
    this.#allowed += limit
    this.pump()
  }

  close(): void {
    this.#closed = true
    this.#release()
  }

  async #run(): Promise<void> {
    while (!this.#closed && this.#allowed > 0 && this.#file < this.#wanted.length) {
      const done = await this.#line.turn()
      try {
        await this.#line.untilReady()
        if (!this.#closed) await this.#send()
      } finally {
        done()
      }
    }
  }

  /** Reads some, and sends it in one message. */
  async #send(): Promise<void> {
    const parts: FilePart[] = []
    let bytes = 0
    while (
      bytes < Math.min(this.#allowed, hostReadBytes / 2) &&
      parts.length + CHUNKS <= wireLimits.filesWantedMax &&
      this.#file < this.#wanted.length
    ) {
      for (const part of await this.#read()) {
        parts.push(part)
        bytes += part.bytes.byteLength
      }
    }
    if (this.#closed) return
    this.#allowed -= bytes
    const end = this.#file >= this.#wanted.length
    this.#events.chunks(parts, end)
    if (!end) return
    this.close()
    this.#events.ended(null)
  }

  /** The next parts of the file whose turn it is. */
  async #read(): Promise<FilePart[]> {
    const file = this.#file
    if (this.#current === null) {
      const kind = await this.#begin(this.#wanted[file] as FileWanted)
      if (kind !== null) return this.#over(file, kind)
    }
    const { kept, chunk: first, until } = this.#current as Current
    if (first >= until) return this.#over(file, FilePartKind.last)
    const chunks = await this.#store.chunks(kept.blobs, first, Math.min(until, first + CHUNKS))
    if (chunks.length === 0) return this.#over(file, FilePartKind.unknown)
    const next = first + chunks.length
    this.#current = next < until ? { kept, chunk: next, until } : null
    if (next >= until) this.#file++
    return chunks.map((bytes, i) => ({
      file,
      kind: first + i === until - 1 ? FilePartKind.last : FilePartKind.more,
      chunk: first + i,
      bytes
    }))
  }

  /** Looks a file up; what is wrong with what is wanted of it, or null. */
  async #begin({ key, seq, from, to }: FileWanted): Promise<number | null> {
    const kept = await (seq === 0 ? this.#store.get(key) : this.#store.at(key, seq))
    if (kept === null || kept.entry.deleted) return FilePartKind.unknown
    const count = chunksIn(kept.blobs)
    const until = to === 0 ? count : to
    if (from > count || until > count) return FilePartKind.outside
    this.#current = { kept, chunk: from, until }
    return null
  }

  #over(file: number, kind: number): FilePart[] {
    const chunk = this.#current?.chunk ?? 0
    this.#current = null
    this.#file++
    return [{ file, kind, chunk, bytes: NOTHING }]
  }
}
