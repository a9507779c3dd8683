// The bytes that all outboxes of a client may hold together, and who can make room when they are used up.

import { clientLimits } from '../limits.ts'

export class Budget {
  bytes = 0
  readonly #relievers = new Set<(reachable: boolean) => void>()

  /** Whether so much more fits; whoever can make room is asked first. */
  fits(weight: number): boolean {
    const { outboxBytesMax } = clientLimits
    for (const reachable of [false, true]) {
      if (this.bytes + weight <= outboxBytesMax) return true
      for (const relieve of this.#relievers) relieve(reachable)
    }
    return this.bytes + weight <= outboxBytesMax
  }

  /**
   * Asks `relieve` whenever there is no room, first for what roots out of reach hold up, then for what
   * those do that are there; returns the end of it.
   */
  onfull(relieve: (reachable: boolean) => void): () => void {
    this.#relievers.add(relieve)
    return () => this.#relievers.delete(relieve)
  }
}
