// One chain as a reader knows it: what was shown, what is missing, what is a repeat. The one place that
// decides whether a proven message is next, late, a repeat or a fork.

import type { ChainPosition } from '../../protocol/cursor.ts'
import type { ChainId } from '../../protocol/bytes.ts'
import { clientLimits } from '../limits.ts'

/** What a proven message is to its chain. */
export type Standing =
  | 'next' // everything before it was shown, or is known to be missing
  | 'ahead' // something before it was not shown
  | 'late' // fills a range that was said to be missing
  | 'repeat' // shown before
  | 'fork' // another message was shown under this number

interface Range {
  from: number
  to: number
}

const NO_HOLES: Range[] = []

/** One past it is the greatest number that a cursor can hold. */
const LAST = Number.MAX_SAFE_INTEGER - 1

export class Chain {
  readonly id: ChainId
  /** The first number that was neither shown nor passed over. */
  #next: number
  readonly #holes: Range[]
  /** Hashes of the newest numbers shown, in a ring, to tell a repeat from a fork. */
  readonly #shown: ({ number: number; id: string } | undefined)[] = []
  /** Hashes shown as forks. */
  readonly #forks = new Set<string>()
  readonly #givenUp = new Set<number>()
  /** Whatever comes next is next: what lies before is gone at the root, not missing. */
  #forgiving: boolean
  /** Nothing was shown yet, and nothing before what will be first is wanted. */
  #anywhere: boolean

  /** @param first the number to expect; null if the reader began in the middle. */
  constructor(id: ChainId, first: number | null) {
    this.id = id
    this.#next = first ?? 0
    this.#holes = []
    this.#forgiving = first === null
    this.#anywhere = first === null
  }

  static from({ chain, next, holes }: ChainPosition): Chain {
    const restored = new Chain(chain, next)
    restored.#holes.push(...holes.map((hole) => ({ ...hole })))
    return restored
  }

  get next(): number {
    return this.#next
  }

  /** Whether exactly this message was shown, as far as is remembered. */
  has(number: number, id: string): boolean {
    const shown = this.#shown[number % clientLimits.chainMemory]
    return shown?.number === number && (shown.id === id || this.#forks.has(id))
  }

  /** Whether it was shown, or another under its number so long ago that nobody can tell which. */
  mayHave(number: number, id: string): boolean {
    const shown = this.#shown[number % clientLimits.chainMemory]
    if (shown?.number === number) return this.has(number, id)
    return number < this.#next && this.#hole(number) === -1
  }

  /** What a proven message with this number and hash is. Changes nothing. */
  standing(number: number, id: string): Standing {
    const shown = this.#shown[number % clientLimits.chainMemory]
    if (shown?.number === number) return this.has(number, id) ? 'repeat' : 'fork'
    if (number < this.#next) return this.#hole(number) === -1 ? 'repeat' : 'late'
    return this.#forgiving || number === this.#next ? 'next' : 'ahead'
  }

  /** The message was shown. Anything skipped on the way is a hole from now on, or was given up. */
  show(number: number, id: string): void {
    const place = number % clientLimits.chainMemory
    if (this.#shown[place]?.number === number) {
      if (this.#forks.size < clientLimits.chainMemory) this.#forks.add(id)
      return
    }
    this.#shown[place] = { number, id }
    if (number < this.#next) return this.#fill(number)
    // What was forgiven is a hole too, that nobody hears of: another root may still have it.
    if (!this.#anywhere && number > this.#next) this.#addHole({ from: this.#next, to: number })
    this.#forgiving = false
    this.#anywhere = false
    this.#next = Math.min(number, LAST) + 1
    this.#pass()
  }

  /** The author says that this number will never come. */
  giveUp(number: number): void {
    if (number < this.#next) return this.#fill(number)
    if (this.#givenUp.size < clientLimits.chainMemory) this.#givenUp.add(number)
    this.#pass()
  }

  /** Messages are gone at the root: what is missing next is not held against the author. */
  forgive(): void {
    this.#forgiving = true
  }

  position(): ChainPosition {
    const holes = this.#holes.length === 0 ? NO_HOLES : this.#holes.map((hole) => ({ ...hole }))
    return { chain: this.id, next: this.#next, holes }
  }

  /** Goes past what was given up. */
  #pass(): void {
    while (this.#next <= LAST && this.#givenUp.delete(this.#next)) this.#next++
  }

  #hole(number: number): number {
    return this.#holes.findIndex(({ from, to }) => from <= number && number < to)
  }

  #addHole(hole: Range): void {
    this.#holes.push(hole)
    if (this.#holes.length > clientLimits.holesMax) this.#holes.shift()
  }

  #fill(number: number): void {
    const place = this.#hole(number)
    if (place === -1) return
    const { from, to } = this.#holes[place] as Range
    const rest = [
      { from, to: number },
      { from: number + 1, to }
    ].filter((range) => range.from < range.to)
    this.#holes.splice(place, 1, ...rest)
    if (this.#holes.length > clientLimits.holesMax) this.#holes.shift()
  }
}
