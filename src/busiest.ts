// Which of many names are busiest just now: rooms, holders, addresses. Bounded: with very many of them
// active the quiet ones are forgotten, and what is counted of one may be a little less than it was, never
// more.

const PERIOD_MS = 5 * 60_000
const NAMES_MAX = 4096

export interface Busy {
  name: string
  /** Messages within the window. */
  messages: number
}

export class Busiest {
  readonly #now: () => number
  #since: number
  #current = new Map<string, number>()
  #previous = new Map<string, number>()

  /** @param now - milliseconds of a clock that never jumps */
  constructor(now: () => number) {
    this.#now = now
    this.#since = now()
  }

  add(name: string, messages: number): void {
    this.#turn()
    const before = this.#current.get(name)
    this.#current.set(name, (before ?? 0) + messages)
    if (before === undefined && this.#current.size > NAMES_MAX) {
      this.#current = busier(this.#current, NAMES_MAX / 2)
    }
  }

  /** Those with the most messages in the last five to ten minutes, the busiest first. */
  top(count: number): Busy[] {
    this.#turn()
    const sums = new Map(this.#previous)
    for (const [name, messages] of this.#current) {
      sums.set(name, messages + (sums.get(name) ?? 0))
    }
    return [...busier(sums, count)].map(([name, messages]) => ({ name, messages }))
  }

  #turn(): void {
    const periods = Math.floor((this.#now() - this.#since) / PERIOD_MS)
    if (periods < 1) return
    this.#previous = periods === 1 ? this.#current : new Map()
    this.#current = new Map()
    this.#since += periods * PERIOD_MS
  }
}

/** The busiest of them, in order. */
function busier(tallies: Map<string, number>, count: number): Map<string, number> {
  const sorted = [...tallies].sort(([, a], [, b]) => b - a)
  return new Map(sorted.slice(0, count))
}
