// Gives what was cleared back to the disk. RocksDB keeps it until it writes what is left anew, which costs
// as much as there is left: so it is done once enough has gathered, or as soon as the disk is short. One
// at a time, beside all reads and writes. How much has gathered is a note, lest restarts put it off for ever.

import { decode, encode, uint } from '../protocol/codec.ts'
import { limits } from '../limits.ts'
import type { Notes } from './notes.ts'

const NOTE = 'reclaim'

export interface ReclaimOptions {
  /** Writes what is left anew. */
  compact: () => Promise<void>
  /** Bytes that the data takes on the disk. */
  usedBytes: () => Promise<number>
  notes: () => Pick<Notes, 'get' | 'set'>
  /** Whether the disk is short. */
  short: () => boolean
  /** It could not be done; it is tried again with what is cleared later. */
  failed: (err: unknown) => void
}

export class Reclaim {
  readonly #options: ReclaimOptions
  #gathered = 0
  /** What the note says; written again after so much more as is worth it on a short disk. */
  #noted = 0
  #enough: number = limits.reclaimBytesMin
  #running: Promise<void> | null = null
  #noting: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: ReclaimOptions) {
    this.#options = options
  }

  /** Goes on with what had gathered before the database was opened. */
  async remember(): Promise<void> {
    const note = await this.#options.notes().get(NOTE)
    this.#gathered = this.#noted = note === null ? 0 : decode(uint, note)
  }

  /** So many bytes were cleared. */
  freed(bytes: number): void {
    this.#gathered += bytes
    if (this.#gathered - this.#noted >= limits.reclaimShortBytesMin) this.#note()
    this.look()
  }

  /** Looks whether it is time: something was cleared, or the disk became short. */
  look(): void {
    const enough = this.#options.short() ? limits.reclaimShortBytesMin : this.#enough
    if (this.#gathered < enough || this.#running !== null || this.#closed) return
    this.#running = this.#run().finally(() => {
      this.#running = null
      this.look()
    })
  }

  /** Resolves when nothing is being given back, or noted. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running
    await this.#noting
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.settled()
  }

  async #run(): Promise<void> {
    const { compact, usedBytes, short, failed } = this.#options
    try {
      this.#enough = Math.max(limits.reclaimBytesMin, (await usedBytes()) / limits.reclaimShare)
      if (!short() && this.#gathered < this.#enough) return
      const gathered = this.#gathered
      await compact()
      this.#gathered -= gathered
      this.#note()
      this.#enough = limits.reclaimBytesMin
    } catch (err) {
      this.#gathered = 0
      failed(err)
    }
  }

  #note(): void {
    this.#noted = this.#gathered
    const { notes } = this.#options
    // What fails is written with what is cleared later.
    this.#noting = notes()
      .set(NOTE, encode(uint, this.#noted))
      .catch(() => {})
  }
}
