// One upload: an attempt to store the content of one key, chunk by chunk, over as many connections as it
// takes. Owns how far it is; never writes anything.

import b4a from 'b4a'
import { tooLarge } from '../protocol/errors.ts'
import { badChunk } from '../protocol/files-errors.ts'
import type { Blob } from '../protocol/files-index.ts'
import { limits } from '../limits.ts'
import { bytesOf, chunksOf } from './blobs.ts'
import type { Claim } from './claims.ts'
import type { Reservation } from './space.ts'

export class Upload {
  /** Its attempt. */
  readonly id: string
  readonly key: Uint8Array
  readonly size: number
  /** When it began, in milliseconds since 1970. */
  readonly since: number
  readonly reservation: Reservation
  /** What is held, and synced. */
  blobs: readonly Blob[]
  /** Whoever sends it now: another than that has lost it. */
  owner: object | null = null
  /** Set once it is given up, or its entry stands. */
  ended = false
  /** Set while its commit is under way. */
  committing = false
  #chunks: number
  #bytes: number
  #waiting = 0
  #turns: (() => void)[] = []

  constructor(claim: Claim, size: number, reservation: Reservation) {
    const [item] = claim.items
    if (item === undefined) throw new Error('an upload without a key')
    this.id = claim.id
    this.key = b4a.from(item.key)
    this.size = size
    this.since = claim.since
    this.blobs = item.blobs
    this.reservation = reservation
    this.#chunks = chunksOf(item.blobs)
    this.#bytes = bytesOf(item.blobs)
  }

  /** Chunks that are held. */
  get chunks(): number {
    return chunksOf(this.blobs)
  }

  /** Takes the next chunk on its way; {@link Upload.landed} says that it is held. Throws `BAD_CHUNK`, `TOO_LARGE`. */
  take(index: number, bytes: Uint8Array): void {
    if (this.ended || this.committing) throw badChunk('a chunk of an upload that has ended')
    if (index !== this.#chunks) throw badChunk(`chunk ${index} where ${this.#chunks} comes next`)
    if (bytes.byteLength === 0) throw badChunk('a chunk of nothing')
    if (this.#bytes + bytes.byteLength > this.size) {
      throw badChunk(`more than the ${this.size} bytes that were said`)
    }
    if (this.#chunks >= limits.fileChunksMax) {
      throw tooLarge('the count of chunks', limits.fileChunksMax, this.#chunks + 1)
    }
    this.#chunks++
    this.#bytes += bytes.byteLength
    this.#waiting++
  }

  landed(chunks: number): void {
    this.#waiting -= chunks
    if (this.#waiting === 0) for (const resolve of this.#turns.splice(0)) resolve()
  }

  /** Some of what was taken was not written: goes on after what is held. */
  setBack(chunks: number): void {
    this.#chunks = this.chunks
    this.#bytes = bytesOf(this.blobs)
    this.landed(chunks)
  }

  /** Resolves when nothing of it is on its way. */
  async settled(): Promise<void> {
    while (this.#waiting > 0) {
      await new Promise<void>((resolve) => this.#turns.push(resolve))
    }
  }

  /** As it is written down. */
  claim(blobs: readonly Blob[]): Claim {
    const { id, since, key, size } = this
    return { id, since, upload: { size }, items: [{ key, blobs }] }
  }
}
