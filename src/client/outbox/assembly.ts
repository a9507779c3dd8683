// Bodies on their way into a frame: those of one turn of the event loop, as many as a frame may hold.

import { clientLimits } from '../limits.ts'
import type { Waiter } from './outbox-entry.ts'

const { frameBytes, frameMessages } = clientLimits

export class Assembly {
  readonly #full: (waiters: Waiter[]) => void
  #waiters: Waiter[] = []
  #bytes = 0
  #timer: ReturnType<typeof setImmediate> | null = null

  /** @param full given what is to be one frame. */
  constructor(full: (waiters: Waiter[]) => void) {
    this.#full = full
  }

  add(waiter: Waiter): void {
    this.#waiters.push(waiter)
    this.#bytes += waiter.body.byteLength
    if (this.#waiters.length >= frameMessages || this.#bytes >= frameBytes) this.flush()
    else this.#timer ??= setImmediate(() => this.flush())
  }

  /** What waits becomes one frame: it was closed before it could be more. */
  flush(): void {
    const waiters = this.clear()
    if (waiters.length > 0) this.#full(waiters)
  }

  /** Takes back what waits. */
  clear(): Waiter[] {
    if (this.#timer !== null) clearImmediate(this.#timer)
    this.#timer = null
    const waiters = this.#waiters
    this.#waiters = []
    this.#bytes = 0
    return waiters
  }
}
