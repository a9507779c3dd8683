// Pauses between attempts: doubling, with chance, from the first again once something worked.

import { clientLimits } from './limits.ts'

export class Backoff {
  #attempts = 0
  #timer: ReturnType<typeof setTimeout> | null = null

  /** Runs `work` after the next pause; an attempt that waits already is replaced. */
  schedule(work: () => void, atLeastMs = 0): void {
    this.cancel()
    const { retryMinMs, retryMaxMs } = clientLimits
    const pause = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(this.#attempts++, 16))
    const chance = pause / 2 + (Math.random() * pause) / 2
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        work()
      },
      Math.max(atLeastMs, chance)
    )
  }

  /** Something worked: the next failure is the first again. */
  reset(): void {
    this.#attempts = 0
  }

  cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
