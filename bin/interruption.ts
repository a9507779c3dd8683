// Ctrl-C, SIGTERM and SIGHUP: the first asks whatever runs to end, the second ends the process at once.
// Never decides how to end: that is the command's part.

import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Interruption {
  readonly #controller = new AbortController()
  #received: NodeJS.Signals | null = null

  constructor() {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (this.#received !== null) process.exit(128 + constants.signals[signal])
        this.#received = signal
        this.#controller.abort()
      })
    }
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get received(): NodeJS.Signals | null {
    return this.#received
  }

  /** What a shell expects of a process that a signal ended; null without one. */
  get exitCode(): number | null {
    return this.#received === null ? null : 128 + constants.signals[this.#received]
  }

  /** Resolves at the first signal. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve()
      else this.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
