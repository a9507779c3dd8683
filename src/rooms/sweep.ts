// The sweep: rooms that nobody opens let go of what is too old. An index says which they are, so that a
// room that is not due costs nothing. One room after the other, and one sweep at a time.

import type { RoomId } from '../protocol/bytes.ts'
import { limits } from '../limits.ts'

/** Rooms that are looked up at a time. */
const BATCH = 64

export interface SweepOptions {
  /** The rooms that are due now, those that have waited longest first. */
  due: () => Promise<AsyncIterable<RoomId>>
  /** Has one let go of what it need not keep. */
  expire: (id: RoomId) => Promise<void>
}

export class Sweep {
  readonly #options: SweepOptions
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | null = null
  #closed = false

  constructor(options: SweepOptions, intervalMs: number = limits.sweepMs) {
    this.#options = options
    // What fails is tried again: the store has failed, or is about to be opened anew.
    this.#timer = setInterval(() => void this.run().catch(() => {}), intervalMs)
    this.#timer.unref()
  }

  /** Resolves when nothing is due any more. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** Ends after the room that it is at. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#running?.catch(() => {})
  }

  async #run(): Promise<void> {
    const done = new Set<string>()
    for (;;) {
      const batch: RoomId[] = []
      for await (const id of await this.#options.due()) {
        if (done.has(String(id))) continue // it stays due, for what reason ever: not again in this sweep
        if (batch.push(id) === BATCH) break
      }
      for (const id of batch) {
        if (this.#closed) return
        done.add(String(id))
        await this.#options.expire(id)
      }
      if (batch.length < BATCH || this.#closed) return
    }
  }
}
