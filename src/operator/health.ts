// Whether the store answers: asks it with a real read and a real sync, one question at a time, and never
// makes whoever wants to know wait for a store that hangs. Never does anything about it.

import { settles } from './patience.ts'

/** An answer so fresh is not asked for again. */
const FRESH_MS = 500

export interface HealthOptions {
  /** A real question to the store; rejects, or never resolves, when it does not answer. */
  probe: () => Promise<void>
  /** Milliseconds of a clock that never jumps. */
  now: () => number
}

export class Health {
  readonly #probe: () => Promise<void>
  readonly #now: () => number
  #asking: Promise<void> | null = null
  #askedAt = 0
  #answeredAt = -Infinity
  #complaint: string | null = null

  constructor({ probe, now }: HealthOptions) {
    this.#probe = probe
    this.#now = now
  }

  /**
   * What is wrong with the store; null when it answers. Resolves after `patienceMs` at the latest, at once
   * if a question has been waiting for that long.
   */
  async complaint(patienceMs: number): Promise<string | null> {
    if (this.#asking === null && this.#now() - this.#answeredAt < FRESH_MS) return this.#complaint
    this.#asking ??= this.#ask()
    const patience = this.#askedAt + patienceMs - this.#now()
    if (patience > 0 && (await settles(this.#asking, patience))) return this.#complaint
    const seconds = Math.floor((this.#now() - this.#askedAt) / 1000)
    return `the store has not answered for ${seconds} s`
  }

  async #ask(): Promise<void> {
    this.#askedAt = this.#now()
    try {
      await this.#probe()
      this.#complaint = null
    } catch (err) {
      this.#complaint = err instanceof Error ? err.message : String(err)
    }
    this.#answeredAt = this.#now()
    this.#asking = null
  }
}
