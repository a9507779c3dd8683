// The time, as far as it is to be believed by what deletes. A clock that jumps ahead is not, before it has
// gone on evenly for a day: nothing is lost to a clock that was set wrong. Back it is believed at once.

import { limits } from '../limits.ts'
import { decode, encode, uint } from '../protocol/codec.ts'
import type { Store } from '../storage/store.ts'

const NOTE = 'clock'

export class Clock {
  readonly #now: () => number
  readonly #elapsed: () => number
  /** What both said when they were last asked. */
  #last: { now: number; elapsed: number }
  /** How far ahead of what is believed the clock is, and since when, by `elapsed`. */
  #ahead = 0
  #jumpedAt = 0
  #noted: number

  private constructor(now: () => number, elapsed: () => number, believed: number | null) {
    this.#now = now
    this.#elapsed = elapsed
    const last = { now: now(), elapsed: elapsed() }
    this.#last = { ...last, now: believed ?? last.now }
    this.#noted = believed ?? -Infinity
  }

  /**
   * Goes on from what was believed when it was last written down, maybe by another process.
   *
   * @param elapsed milliseconds of a clock that never jumps
   */
  static async open(store: Store, now: () => number, elapsed: () => number): Promise<Clock> {
    const note = await store.notes.get(NOTE)
    return new Clock(now, elapsed, note === null ? null : decode(uint, note))
  }

  /** Milliseconds since 1970, or less. */
  read(): number {
    const now = this.#now()
    const elapsed = this.#elapsed()
    const jump = now - this.#last.now - (elapsed - this.#last.elapsed)
    this.#last = { now, elapsed }
    if (jump > limits.clockJumpMs) {
      this.#ahead += jump
      this.#jumpedAt = elapsed
    } else if (jump < 0) {
      this.#ahead = Math.max(0, this.#ahead + jump)
    }
    if (elapsed - this.#jumpedAt >= limits.clockTrustMs) this.#ahead = 0
    return now - this.#ahead
  }

  /** Writes down what is believed, now and then. */
  async note(store: Store): Promise<void> {
    const believed = this.read()
    if (Math.abs(believed - this.#noted) < limits.clockNoteMs || !store.writable) return
    this.#noted = believed
    await store.notes.set(NOTE, encode(uint, Math.max(0, believed)))
  }
}
