// Small files on their way down: fetched together, in one question, and written while the next are fetched.

import type { FileInfo } from '../client/files/file-info.ts'
import type { RoomFiles } from '../client/files/room-files.ts'
import { writeWhole } from './local-file.ts'
import type { MirrorOptions, Tally } from './tally.ts'

/** Small files that are fetched and written together. */
const BATCH_FILES = 128
const BATCH_BYTES = 4 * 1024 * 1024

/** Small files that are fetched together; the next ones while these are written. */
export class Batch {
  readonly #files: RoomFiles
  readonly #tally: Tally
  readonly #options: MirrorOptions
  readonly #stop: Pick<MirrorOptions, 'signal'>
  #wanted = new Map<FileInfo, string>()
  #bytes = 0
  #under: Promise<void> = Promise.resolve()

  constructor(files: RoomFiles, tally: Tally, options: MirrorOptions) {
    this.#files = files
    this.#tally = tally
    this.#options = options
    this.#stop = options.signal === undefined ? {} : { signal: options.signal }
  }

  async add(info: FileInfo, place: string): Promise<void> {
    this.#wanted.set(info, place)
    this.#bytes += info.size
    if (this.#wanted.size >= BATCH_FILES || this.#bytes >= BATCH_BYTES) await this.#flush()
  }

  async end(): Promise<void> {
    await this.#flush()
    await this.#under
  }

  async #flush(): Promise<void> {
    await this.#under
    const wanted = this.#wanted
    this.#wanted = new Map()
    this.#bytes = 0
    this.#under = this.#fetch(wanted)
    this.#under.catch(() => {}) // thrown with the next batch, or at the end
  }

  async #fetch(wanted: Map<FileInfo, string>): Promise<void> {
    const asked = [...wanted.keys()]
    const writes: Promise<void>[] = []
    let next = 0
    for await (const { info, bytes } of this.#files.getMany(asked, this.#stop)) {
      const place = wanted.get(asked[next++] as FileInfo) as string
      writes.push(this.#write(place, info, bytes))
    }
    await Promise.all(writes)
  }

  async #write(place: string, info: FileInfo, bytes: Uint8Array): Promise<void> {
    await writeWhole(place, info, bytes)
    this.#options.onprogress?.(bytes.byteLength)
    this.#tally.sent(info.path, bytes.byteLength)
  }
}
