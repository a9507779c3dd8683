// How much one member may make us do in a while: a bucket that fills with time.

import { steadyNow } from '../clock.ts'

export class Allowance {
  readonly #perSecond: number
  readonly #most: number
  readonly #now: () => number
  #left: number
  #at: number

  /** @param perSecond what fills it; as much as `seconds` bring it holds. */
  constructor(perSecond: number, seconds: number, now: () => number = steadyNow) {
    this.#perSecond = perSecond
    this.#most = perSecond * seconds
    this.#now = now
    this.#left = this.#most
    this.#at = now()
  }

  /** Takes what there is room for; gives 0, or the milliseconds after which to ask again. */
  take(amount: number): number {
    this.#fill()
    // What is more than it ever holds passes when it is full.
    const missing = Math.min(amount, this.#most) - this.#left
    if (missing > 0) return Math.ceil((1000 * missing) / this.#perSecond)
    this.#left -= amount
    return 0
  }

  #fill(): void {
    const now = this.#now()
    const passed = Math.max(0, now - this.#at) / 1000
    this.#at = now
    this.#left = Math.min(this.#most, this.#left + passed * this.#perSecond)
  }
}
