// What a search has found, given to whoever asks as it comes: those that are held back are, until it is
// known who stands first.

import type { PersonInfo } from './types.ts'

export class Outlet {
  readonly #given: PersonInfo[] = []
  /** Null once nothing is held back any more. */
  #held: PersonInfo[] | null = []
  #ended = false
  #waiting: (() => void)[] = []

  put(person: PersonInfo, first: boolean): void {
    if (this.#held === null || first) this.#given.push(person)
    else this.#held.push(person)
    this.#wake()
  }

  release(): void {
    this.#given.push(...(this.#held ?? []))
    this.#held = null
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.release()
  }

  /** All of them, from the first on, whenever it is asked for. */
  async *items(): AsyncGenerator<PersonInfo> {
    for (let next = 0; ; next++) {
      while (next >= this.#given.length && !this.#ended) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
      const person = this.#given[next]
      if (person === undefined) return
      yield person
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
