// What an outbox owes one root: all from some entry on, but for a few that it has already. And where that
// root's log stood when the oldest unanswered entry was first sent, so that it is looked for from there.

import type { CoreKey } from '../../protocol/bytes.ts'
import type { OutboxEntry } from './outbox-entry.ts'

/** A place in a root's log. */
export interface Mark {
  coreKey: CoreKey | null
  next: number
}

/** Who brings entries to one root. */
export interface Carrier {
  /** The root's key as people read it. */
  readonly root: string
  /** Whether the root can be reached now. */
  readonly reachable: boolean
  /** What is sent now can't come to lie before this; null if nobody knows. */
  readonly mark: Mark | null
  /** @param sent where to look for it, if it may have been sent before; null if it was not. */
  take(entry: OutboxEntry, sent: Mark | null): void
  /** The root is owed nothing any more. */
  forget(): void
}

export class Debt {
  readonly root: string
  /** Null for a root that is not waited for now. */
  carrier: Carrier | null = null
  /** What was sent and not answered can't lie before this; null if nothing was. */
  floor: Mark | null
  #done: number
  /** Paid before what comes before them. */
  readonly #ahead = new Set<number>()

  constructor(root: string, done: number, floor: Mark | null) {
    this.root = root
    this.#done = done
    this.floor = floor
  }

  /** The first entry that it may lack. */
  get done(): number {
    return this.#done
  }

  owes(seq: number): boolean {
    return seq >= this.#done && !this.#ahead.has(seq)
  }

  paid(seq: number): void {
    this.#ahead.add(seq)
    while (this.#ahead.delete(this.#done)) this.#done++
  }

  /** All before `seq` is gone, whether it has it or not. */
  forgive(seq: number): void {
    for (const each of this.#ahead) if (each < seq) this.#ahead.delete(each)
    if (seq > this.#done) this.#done = seq
    while (this.#ahead.delete(this.#done)) this.#done++
  }
}
