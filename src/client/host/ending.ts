// A stop signal of our own: Bare has no AbortController.

import type { StopSignal } from '../reading/reader-options.ts'

export class Ending implements StopSignal {
  readonly #listeners = new Set<() => void>()
  #aborted = false

  get aborted(): boolean {
    return this.#aborted
  }

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  abort(): void {
    this.#aborted = true
    for (const listener of [...this.#listeners]) listener()
  }
}
