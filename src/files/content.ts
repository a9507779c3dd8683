// The content of a room's files: cores with a chunk a block. Owns the order of appends, reading in
// batches, and that nothing is cleared while it is read. Never knows whose chunks they are.
// An append is in the log of RocksDB when it ends, and not synced: what refers to it comes behind it in that
// log, and the sync of that covers both.

import type Hypercore from 'hypercore'
import type { Blob } from '../protocol/files-index.ts'
import { limits } from '../limits.ts'
import type { Place } from './blobs.ts'
import { bytesOf, chunksOf, locate, nameOf } from './blobs.ts'

/** The cores of a content, opened on demand. */
export interface ContentCores {
  core(position: number): Promise<Hypercore>
  /** Position of the one to append to. */
  writable(): Promise<number>
}

interface Hold {
  readers: number
  /** When the first of them began, in milliseconds since 1970. */
  since: number
  /** To be cleared when nobody reads it any more. */
  doomed: (() => Promise<void>) | null
}

export class Content {
  readonly #cores: ContentCores
  readonly #now: () => number
  readonly #held = new Map<string, Hold>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(cores: ContentCores, now: () => number) {
    this.#cores = cores
    this.#now = now
  }

  /**
   * Appends what `prepare` gives, which learns where that will be, and writes down beforehand what must
   * be known of it. One at a time. Resolves once it is written; whoever tells of it syncs first.
   */
  append(prepare: (place: Place) => Promise<readonly Uint8Array[]>): Promise<void> {
    const done = this.#append(this.#turn, prepare)
    this.#turn = done.catch(() => {})
    return done
  }

  async #append(
    before: Promise<unknown>,
    prepare: (place: Place) => Promise<readonly Uint8Array[]>
  ): Promise<void> {
    await before
    const position = await this.#cores.writable()
    const core = await this.#cores.core(position)
    const chunks = await prepare({ core: position, block: core.length, byte: core.byteLength })
    if (chunks.length > 0) await core.append(chunks)
  }

  /**
   * The next chunks from number `chunk` on, at least one, and by and large so many bytes; as many as
   * there are of them in one place.
   *
   * @returns none if they are not kept
   */
  async read(
    blobs: readonly Blob[],
    chunk: number,
    until: number,
    bytes: number
  ): Promise<Uint8Array[]> {
    const found = locate(blobs, chunk)
    if (found === null) return []
    const average = bytesOf(blobs) / chunksOf(blobs)
    const fitting = Math.max(1, Math.floor(bytes / Math.max(1, average)))
    const count = Math.min(found.count, until - chunk, fitting)
    const core = await this.#cores.core(found.core)
    const reader = core.core.state.storage.read()
    const wanted: Promise<Uint8Array | null>[] = []
    for (let i = 0; i < count; i++) wanted.push(reader.getBlock(found.block + i))
    reader.tryFlush()
    const chunks: Uint8Array[] = []
    for (const each of await Promise.all(wanted)) {
      if (each === null) break
      chunks.push(each)
    }
    return chunks
  }

  /** What Hypercore has hashed the chunks to, in their order. */
  async *leaves(blobs: readonly Blob[]): AsyncGenerator<Uint8Array> {
    for (const { core: position, blockOffset, blockLength } of blobs) {
      const { state } = (await this.#cores.core(position)).core
      for (let from = 0; from < blockLength; from += limits.fileBlocksTogether) {
        const reader = state.storage.read()
        const nodes = []
        const to = Math.min(blockLength, from + limits.fileBlocksTogether)
        for (let i = from; i < to; i++) nodes.push(reader.getTreeNode(2 * (blockOffset + i)))
        reader.tryFlush()
        for (const node of await Promise.all(nodes)) {
          if (node === null) throw new Error('a node of a content core is missing')
          yield node.hash
        }
      }
    }
  }

  /** Keeps content from being cleared until what it gives is called. */
  hold(blobs: readonly Blob[]): () => void {
    const name = nameOf(blobs)
    const hold = this.#held.get(name) ?? { readers: 0, since: this.#now(), doomed: null }
    this.#held.set(name, hold)
    hold.readers++
    let once = true
    return () => {
      if (!once) return
      once = false
      if (--hold.readers === 0) this.#let(name, hold)
    }
  }

  /** Clears content, now or as soon as nobody reads it; `done` is called after that. */
  async clear(blobs: readonly Blob[], done: () => Promise<void>): Promise<void> {
    const work = async (): Promise<void> => {
      await this.#clear(blobs)
      await done()
    }
    const hold = this.#held.get(nameOf(blobs))
    if (hold === undefined) await work()
    else hold.doomed = work
  }

  /** Lets go of what is held too long by readers that do not read on. */
  expire(): void {
    const until = this.#now() - limits.fileHoldMs
    for (const [name, hold] of this.#held) {
      if (hold.doomed !== null && hold.since <= until) this.#let(name, hold)
    }
  }

  /** Resolves when nothing is being appended. */
  async settled(): Promise<void> {
    await this.#turn
  }

  #let(name: string, hold: Hold): void {
    if (this.#held.get(name) === hold) this.#held.delete(name)
    const { doomed } = hold
    hold.doomed = null
    doomed?.().catch(() => {}) // its claim is still there: the next open does it
  }

  async #clear(blobs: readonly Blob[]): Promise<void> {
    for (const { core: position, blockOffset, blockLength } of blobs) {
      const core = await this.#cores.core(position)
      await core.clear(blockOffset, blockOffset + blockLength)
    }
  }
}
