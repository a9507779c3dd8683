// The sweep: rooms that nobody opens let go of what is too old. An index says which they are, so that a
// room that is not due costs nothing. One room after the other, and one sweep at a time. See lowering.ts.

import type { RoomId } from '../protocol/bytes.ts'
import { limits } from '../limits.ts'
import type { LoweringOptions } from './lowering.ts'
import { Lowering } from './lowering.ts'

/** Rooms that are looked up at a time. */
const BATCH = 64

export interface SweepOptions extends LoweringOptions {
  /** The rooms that are due now, those that have waited longest first. */
  due: () => Promise<AsyncIterable<RoomId>>
}

export class Sweep {
  readonly #options: SweepOptions
  readonly #lowering: Lowering
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | null = null
  #closed = false

  constructor(options: SweepOptions, intervalMs: number = limits.sweepMs) {
    this.#options = options
    this.#lowering = new Lowering(options)
    this.#timer = setInterval(() => this.#begin(), intervalMs)
    this.#timer.unref()
    this.lower().catch(() => {})
  }

  /** Looks at every room, if less may be kept now than when that was last done. */
  lower(): Promise<void> {
    return this.#lowering.run()
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
    await this.#lowering.close()
    await this.#running?.catch(() => {})
  }

  /** What fails is tried again: the store has failed, or is about to be opened anew. */
  #begin(): void {
    for (const each of [this.run(), this.lower()]) each.catch(() => {})
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
