// Ctrl-C, SIGTERM and SIGHUP: the first asks whatever runs to end, the second ends the process at once.
// To a command that can reload, SIGHUP says that, unless it says that the terminal is gone.
// Never decides how to end or what to reload: that is the command's part.

import { closeSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { isatty } from 'node:tty'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Interruption {
  readonly #controller = new AbortController()
  #received: NodeJS.Signals | null = null
  #reload: (() => void) | null = null
  /** False under nohup, a service manager, in a container: there is no terminal to lose. */
  readonly #onTerminal = [0, 1, 2].some(isatty) && hasTerminal()

  constructor() {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (signal === 'SIGHUP' && this.#reload !== null && (!this.#onTerminal || hasTerminal())) {
          if (this.#received === null) this.#reload()
          return
        }
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

  /** From now on SIGHUP does this instead of ending the command, and nothing once that ends. */
  onhangup(reload: () => void): void {
    this.#reload = reload
  }

  /** Resolves at the first signal. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve()
      else this.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

/** Whether the terminal that controls this process is still there. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
