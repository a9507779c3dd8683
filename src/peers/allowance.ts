// An allowance: so many bytes a second, as a bucket that refills. What does not fit is not spent.

export class Allowance {
  readonly #perSecond: number
  readonly #now: () => number
  #left: number
  #at: number

  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond
    this.#now = now
    this.#left = perSecond
    this.#at = now()
  }

  /** Spends `amount` if it is there. */
  spend(amount: number): boolean {
    const now = this.#now()
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#perSecond
    this.#left = Math.min(this.#perSecond, this.#left + earned)
    this.#at = now
    if (amount > this.#left) return false
    this.#left -= amount
    return true
  }
}
