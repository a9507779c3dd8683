// Dice with a seed: the same seed throws the same. For what is too much for fast-check to hold in hand,
// hundreds of thousands of frames; a failure names its seed.

export class Dice {
  readonly seed: number
  #state: number

  constructor(seed: number = Math.floor(Math.random() * 0x7fffffff)) {
    this.seed = seed
    this.#state = seed >>> 0
  }

  /** From 0 up to, not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  /** True so often. */
  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i++) out[i] = this.below(256)
    return out
  }

  /** Dice of their own for a part, so that parts that run at once do not share one row of throws. */
  fork(): Dice {
    return new Dice(this.below(0x7fffffff))
  }
}
