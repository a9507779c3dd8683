// The uploads of one room that have not ended: begun, gone on with, given up. Chunks that arrive while
// others are being written are appended together. Owns what is written down of each before it is appended.

import { tooMany } from '../protocol/errors.ts'
import { limits } from '../limits.ts'
import { bytesIn, grown } from './blobs.ts'
import type { Claim, Claims } from './claims.ts'
import type { Content } from './content.ts'
import type { Reservation } from './space.ts'
import { Upload } from './upload.ts'

interface Arrived {
  upload: Upload
  bytes: Uint8Array
  /** It is held and synced, or the error says why not. */
  done: (err: unknown) => void
}

export interface UploadsParts {
  claims: Claims
  content: Content
  /** Throws `ROOM_FULL`. */
  reserve: (bytes: number) => Reservation
  /** Makes sure that a power cut can't take what was written before. */
  sync: () => Promise<void>
  now: () => number
}

export class Uploads {
  readonly #claims: Claims
  readonly #content: Content
  readonly #reserve: (bytes: number) => Reservation
  readonly #sync: () => Promise<void>
  readonly #now: () => number
  readonly #uploads = new Map<string, Upload>()
  #queue: Arrived[] = []
  #running: Promise<void> | null = null

  constructor({ claims, content, reserve, sync, now }: UploadsParts) {
    this.#claims = claims
    this.#content = content
    this.#reserve = reserve
    this.#sync = sync
    this.#now = now
  }

  /** Bytes that uploads hold. */
  get bytes(): number {
    let bytes = 0
    for (const { size } of this.#uploads.values()) bytes += size
    return bytes
  }

  /** The upload of an attempt; null if there is none. */
  of(id: string): Upload | null {
    return this.#uploads.get(id) ?? null
  }

  /** One that a claim tells of. Throws `ROOM_FULL` if there is no space for it any more. */
  restore(claim: Claim, size: number): void {
    this.#uploads.set(claim.id, new Upload(claim, size, this.#reserve(size)))
  }

  /** A new upload, or the one of this attempt: whoever sent it before has lost it. */
  async begin(id: string, key: Uint8Array, size: number, owner: object): Promise<Upload> {
    let upload = this.#uploads.get(id)
    if (upload !== undefined && (upload.size !== size || !isSame(upload.key, key))) {
      await this.end(upload)
      upload = undefined
    }
    if (upload === undefined) {
      if (this.#uploads.size >= limits.fileUploadsKeptMax) {
        throw tooMany('unfinished uploads in this room', limits.fileUploadsKeptMax)
      }
      const claim = { id, since: this.#now(), upload: { size }, items: [{ key, blobs: [] }] }
      upload = new Upload(claim, size, this.#reserve(size))
      this.#uploads.set(id, upload)
    }
    upload.owner = owner
    await upload.settled()
    return upload
  }

  /** The next chunk of an upload. Throws if it is not that. */
  push(upload: Upload, index: number, bytes: Uint8Array, done: (err: unknown) => void): void {
    upload.take(index, bytes)
    this.#queue.push({ upload, bytes, done })
    this.#running ??= this.#run()
  }

  /** Its entry stands: nothing of it is an upload's any more. */
  async committed(upload: Upload): Promise<void> {
    upload.ended = true
    this.#uploads.delete(upload.id)
    upload.reservation.keep()
    await this.#claims.drop(upload.id)
  }

  /** Gives it up, and clears what was sent of it. */
  async end(upload: Upload): Promise<void> {
    if (upload.ended) return
    upload.ended = true
    this.#uploads.delete(upload.id)
    await upload.settled()
    upload.reservation.release()
    await this.#content.clear(upload.blobs, () => this.#claims.drop(upload.id))
  }

  /** Gives up those that began before `until`. */
  async expire(until: number): Promise<void> {
    for (const upload of [...this.#uploads.values()]) {
      if (upload.since <= until) await this.end(upload)
    }
  }

  /** Resolves when nothing is on its way. What was reserved for those that are left is told again later. */
  async close(): Promise<void> {
    await this.#running
    for (const { reservation } of this.#uploads.values()) reservation.release()
    this.#uploads.clear()
  }

  async #run(): Promise<void> {
    // What arrives in one turn of the event loop is appended together.
    await new Promise(setImmediate)
    while (this.#queue.length > 0) await this.#write(this.#take())
    this.#running = null
  }

  #take(): Map<Upload, Arrived[]> {
    const taken = new Map<Upload, Arrived[]>()
    let bytes = 0
    let count = 0
    for (const arrived of this.#queue) {
      bytes += arrived.bytes.byteLength
      if (count > 0 && bytes > limits.fileAppendBytesMax) break
      count++
      const group = taken.get(arrived.upload)
      if (group === undefined) taken.set(arrived.upload, [arrived])
      else group.push(arrived)
    }
    this.#queue.splice(0, count)
    return taken
  }

  async #write(groups: Map<Upload, Arrived[]>): Promise<void> {
    const next = new Map<Upload, Upload['blobs']>()
    let failure: unknown = null
    try {
      await this.#content.append(async (place) => {
        const chunks: Uint8Array[] = []
        let { block, byte } = place
        for (const [upload, arrived] of groups) {
          const group = arrived.map(({ bytes }) => bytes)
          next.set(upload, grown(upload.blobs, { core: place.core, block, byte }, group))
          block += group.length
          byte += bytesIn(group)
          chunks.push(...group)
        }
        await this.#claims.keep(...[...next].map(([upload, blobs]) => upload.claim(blobs)))
        return chunks
      })
      await this.#sync()
    } catch (err) {
      failure = err ?? new Error('not written')
    }
    for (const [upload, arrived] of groups) {
      if (failure === null) upload.blobs = next.get(upload) ?? upload.blobs
      for (const { done } of arrived) done(failure)
      if (failure === null) upload.landed(arrived.length)
      else upload.setBack(arrived.length)
    }
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((value, i) => value === b[i])
}
