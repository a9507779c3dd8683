// The newest profile seen of each identity, so that nobody can roll one back: by its sequence. Those of
// friends and pins are never forgotten, others when there are too many.

import type { AuthorKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { clientLimits } from '../limits.ts'

export class Seen {
  readonly #kept = new Map<string, number>()
  /** The one seen longest ago first. */
  readonly #passing = new Map<string, number>()

  /** Whether it is at least as new as what was seen before; remembered if so. */
  take(identity: AuthorKey, sequence: number): boolean {
    const key = mapKey(identity)
    const kept = this.#kept.get(key)
    if (sequence < (kept ?? this.#passing.get(key) ?? 0)) return false
    if (kept !== undefined) {
      this.#kept.set(key, sequence)
      return true
    }
    this.#passing.delete(key)
    this.#passing.set(key, sequence)
    for (const oldest of this.#passing.keys()) {
      if (this.#passing.size <= clientLimits.seenPeopleMax) break
      this.#passing.delete(oldest)
    }
    return true
  }

  newest(identity: AuthorKey): number {
    const key = mapKey(identity)
    return this.#kept.get(key) ?? this.#passing.get(key) ?? 0
  }

  /** From now on it is never forgotten. */
  keep(identity: AuthorKey, sequence: number): void {
    const key = mapKey(identity)
    const newest = Math.max(sequence, this.newest(identity))
    this.#passing.delete(key)
    this.#kept.set(key, newest)
  }
}
