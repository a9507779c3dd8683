// One chain as a reader knows it: what was shown, what is missing, what is a repeat. The one place that
// decides whether a proven message is next, late, a repeat or a fork.

import type { ChainPosition } from '../protocol/cursor.ts'
import type { ChainId } from '../protocol/bytes.ts'
import { clientLimits } from './limits.ts'

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

export class Chain {
  readonly id: ChainId
  /** The first number that was neither shown nor passed over. */
  #next: number
  readonly #holes: Range[]
  /** Hashes of the newest numbers shown, to tell a repeat from a fork. */
  readonly #shown = new Map<number, string>()
  readonly #givenUp = new Set<number>()
  /** Whatever comes next is next: what lies before is gone at the root, not missing. */
  #forgiving: boolean

  /** @param first the number to expect; null if the reader began in the middle. */
  constructor(id: ChainId, first: number | null) {
    this.id = id
    this.#next = first ?? 0
    this.#holes = []
    this.#forgiving = first === null
  }

  static from({ chain, next, holes }: ChainPosition): Chain {
    const restored = new Chain(chain, next)
    restored.#holes.push(...holes.map((hole) => ({ ...hole })))
    return restored
  }

  get next(): number {
    return this.#next
  }

  /** What a proven message with this number and hash is. Changes nothing. */
  standing(number: number, id: string): Standing {
    const shown = this.#shown.get(number)
    if (shown !== undefined) return shown === id ? 'repeat' : 'fork'
    if (number < this.#next) return this.#hole(number) === -1 ? 'repeat' : 'late'
    if (this.#forgiving) return 'next'
    return this.#passes(number) ? 'next' : 'ahead'
  }

  /** The message was shown. Anything skipped on the way is a hole from now on, or was given up. */
  show(number: number, id: string): void {
    this.#shown.set(number, id)
    if (this.#shown.size > clientLimits.chainMemory) {
      const oldest = this.#shown.keys().next()
      if (oldest.done !== true) this.#shown.delete(oldest.value)
    }
    if (number < this.#next) return this.#fill(number)
    if (!this.#forgiving && !this.#passes(number)) this.#addHole({ from: this.#next, to: number })
    this.#forgiving = false
    this.#next = number + 1
  }

  /** The author says that this number will never come. */
  giveUp(number: number): void {
    if (number < this.#next) return this.#fill(number)
    if (this.#givenUp.size < clientLimits.chainMemory) this.#givenUp.add(number)
  }

  /** Messages are gone at the root: what is missing next is not held against the author. */
  forgive(): void {
    this.#forgiving = true
  }

  position(): ChainPosition {
    return { chain: this.id, next: this.#next, holes: this.#holes.map((hole) => ({ ...hole })) }
  }

  /** Whether everything from `next` up to `number` was given up. */
  #passes(number: number): boolean {
    for (let each = this.#next; each < number; each++) if (!this.#givenUp.has(each)) return false
    return true
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
  }
}
