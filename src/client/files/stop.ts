// What ends work that is under way: an AbortSignal for where there may be none.

import type { StopSignal } from '../reading/reader-options.ts'

export class Stop implements StopSignal {
  readonly #listeners = new Set<() => void>()
  #aborted = false

  get aborted(): boolean {
    return this.#aborted
  }

  abort(): void {
    if (this.#aborted) return
    this.#aborted = true
    for (const listener of [...this.#listeners]) listener()
    this.#listeners.clear()
  }

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  /** Resolves after so many milliseconds, or at once when it is ended. */
  after(ms: number): Promise<void> {
    if (this.#aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#listeners.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#listeners.add(end)
    })
  }
}
