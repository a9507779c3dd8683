// Gives what was cleared back to the disk. RocksDB keeps it until it writes what is left anew, which costs
// as much as there is left: so it is done once enough has gathered, or as soon as the disk is short. One
// at a time, beside all reads and writes.

import { limits } from '../limits.ts'

export interface ReclaimOptions {
  /** Writes what is left anew. */
  compact: () => Promise<void>
  /** Bytes that the data takes on the disk. */
  usedBytes: () => Promise<number>
  /** Whether the disk is short. */
  short: () => boolean
  /** It could not be done; it is tried again with what is cleared later. */
  failed: (err: unknown) => void
}

export class Reclaim {
  readonly #options: ReclaimOptions
  #gathered = 0
  #enough: number = limits.reclaimBytesMin
  #running: Promise<void> | null = null
  #closed = false

  constructor(options: ReclaimOptions) {
    this.#options = options
  }

  /** So many bytes were cleared. */
  freed(bytes: number): void {
    this.#gathered += bytes
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

  /** Resolves when nothing is being given back. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running
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
      this.#enough = limits.reclaimBytesMin
    } catch (err) {
      this.#gathered = 0
      failed(err)
    }
  }
}
