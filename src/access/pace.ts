// The pace of one sender: so much a second, with a store to draw on. What goes beyond it is answered
// later, by as much as it came too early; only what would have to wait too long is refused.

export class Pace {
  /** What refills in a second. */
  perSecond: number
  readonly #burstS: number
  #left: number
  #at: number

  constructor(perSecond: number, burstS: number, now: number) {
    this.perSecond = perSecond
    this.#burstS = burstS
    this.#left = perSecond * burstS
    this.#at = now
  }

  /** How long what comes now would have to wait, in milliseconds. The time is asked for only if it matters. */
  delay(amount: number, clock: () => number): number {
    if (amount <= this.#left) return 0
    this.refill(clock())
    const missing = amount - this.#left
    return missing <= 0 ? 0 : (missing / this.perSecond) * 1000
  }

  /** Takes it, into debt if need be. */
  spend(amount: number): void {
    this.#left -= amount
  }

  /** Whether nothing would be different if it was made anew. */
  rested(now: number): boolean {
    this.refill(now)
    return this.#left >= this.perSecond * this.#burstS
  }

  /** To be called now and then: what was earned before counts for no more than the store holds. */
  refill(now: number): void {
    const earned = (Math.max(0, now - this.#at) / 1000) * this.perSecond
    this.#left = Math.min(this.perSecond * this.#burstS, this.#left + earned)
    this.#at = now
  }
}
