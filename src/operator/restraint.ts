// Keeps strangers from filling the log: so many lines of a kind in a while, then only how many there
// would have been. Never drops anything silently.

const WINDOW_MS = 10_000
const LINES_MAX = 50

interface Kind {
  since: number
  lines: number
  held: number
}

export class Restraint {
  readonly #now: () => number
  readonly #summary: (kind: string, held: number) => void
  readonly #kinds = new Map<string, Kind>()

  /**
   * @param now - milliseconds of a clock that never jumps
   * @param summary - told how many lines of a kind were held back
   */
  constructor(now: () => number, summary: (kind: string, held: number) => void) {
    this.#now = now
    this.#summary = summary
  }

  /** Whether one more line of this kind may be written now. Kinds are ours, so there are few. */
  allows(kind: string): boolean {
    this.flush()
    let state = this.#kinds.get(kind)
    if (state === undefined) {
      state = { since: this.#now(), lines: 0, held: 0 }
      this.#kinds.set(kind, state)
    }
    if (state.lines < LINES_MAX) {
      state.lines++
      return true
    }
    state.held++
    return false
  }

  /** Tells what was held back in windows that have ended; all of it, if it is the end. */
  flush(end = false): void {
    for (const [kind, { since, held }] of this.#kinds) {
      if (!end && this.#now() - since < WINDOW_MS) continue
      this.#kinds.delete(kind)
      if (held > 0) this.#summary(kind, held)
    }
  }
}
