// What is ahead of its chain and is held back, by chain and number: each message once, with all the places
// where roots have it. Owns how much it is; when it is let go is the timeline's business.

import type { Arrival } from './timeline.ts'
import { clientLimits } from '../limits.ts'
import type { Candidate } from './prover.ts'

export interface Held extends Candidate {
  /** What its chain is known by here. */
  name: string
  arrival: Arrival
}

interface Entry {
  held: Held
  /** Where else it is: any of these may be what is left of it after a restart. */
  elsewhere: Arrival[]
}

const NOTHING = new Uint8Array(0)

export class HeldBack {
  readonly #chains = new Map<string, Map<number, Entry[]>>()
  #count = 0
  #bytes = 0

  get count(): number {
    return this.#count
  }

  /** Whether it is more than may be held. */
  get isFull(): boolean {
    const { heldMessagesMax, heldBytesMax } = clientLimits
    return this.#count > heldMessagesMax || this.#bytes > heldBytesMax
  }

  /** Whether any of it came directly, and no root has given it. */
  get hasDirect(): boolean {
    for (const { held, elsewhere } of this.#entries()) {
      if (held.arrival.root === null && elsewhere.length === 0) return true
    }
    return false
  }

  /** The lowest number of what came from a root; null if nothing did. */
  lowestAt(root: string): number | null {
    let lowest: number | null = null
    for (const { held, elsewhere } of this.#entries()) {
      for (const { root: at, index } of [held.arrival, ...elsewhere]) {
        if (at === root && index !== null && index < (lowest ?? Infinity)) lowest = index
      }
    }
    return lowest
  }

  add(held: Held): void {
    const { name, id, message } = held
    held.arrival = withoutPayload(held.arrival)
    let numbers = this.#chains.get(name)
    if (numbers === undefined) this.#chains.set(name, (numbers = new Map()))
    const entries = numbers.get(message.number) ?? []
    numbers.set(message.number, entries)
    const known = entries.find((entry) => entry.held.id === id)
    if (known !== undefined) return addPlace(known, held.arrival)
    entries.push({ held, elsewhere: [] })
    this.#count++
    this.#bytes += weigh(held)
  }

  /** Takes what stands at one place of a chain. */
  take(name: string, number: number): Held[] {
    const numbers = this.#chains.get(name)
    const entries = numbers?.get(number)
    if (numbers === undefined || entries === undefined) return []
    numbers.delete(number)
    if (numbers.size === 0) this.#chains.delete(name)
    this.#count -= entries.length
    for (const { held } of entries) this.#bytes -= weigh(held)
    return entries.map(({ held }) => held)
  }

  /** Takes all, chain by chain, in order; one place at a time, so that what is still here is known. */
  *drain(): Generator<Held> {
    for (const [name, numbers] of [...this.#chains]) {
      for (const number of [...numbers.keys()].toSorted((a, b) => a - b)) {
        yield* this.take(name, number)
      }
    }
  }

  *#entries(): Generator<Entry> {
    for (const numbers of this.#chains.values()) for (const each of numbers.values()) yield* each
  }
}

/** What is kept for long must not keep all that it came with. */
export function withoutPayload(arrival: Arrival): Arrival {
  return { ...arrival, payload: NOTHING }
}

function addPlace({ held, elsewhere }: Entry, arrival: Arrival): void {
  if ([held.arrival, ...elsewhere].some(({ root }) => root === arrival.root)) return
  elsewhere.push(arrival)
}

function weigh({ message }: Held): number {
  return message.body.byteLength + clientLimits.bodyOverheadBytes
}
