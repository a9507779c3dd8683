// Which rooms get the most messages just now. Bounded: with very many rooms active the quiet ones are
// forgotten, and what is counted of a room may be a little less than it got, never more.

import type { RoomId } from '../protocol/bytes.ts'
import { formatKey, mapKey } from '../protocol/bytes.ts'
import { short } from './words.ts'

const PERIOD_MS = 5 * 60_000
const ROOMS_MAX = 4096

export interface BusyRoom {
  /** Shortened: enough to tell a few apart. */
  room: string
  /** Messages within the window. */
  messages: number
}

interface Tally {
  readonly id: RoomId
  messages: number
}

export class Busiest {
  readonly #now: () => number
  #since: number
  #current = new Map<string, Tally>()
  #previous = new Map<string, Tally>()

  /** @param now - milliseconds of a clock that never jumps */
  constructor(now: () => number) {
    this.#now = now
    this.#since = now()
  }

  add(id: RoomId, messages: number): void {
    this.#turn()
    const key = mapKey(id)
    const tally = this.#current.get(key)
    if (tally !== undefined) {
      tally.messages += messages
      return
    }
    this.#current.set(key, { id, messages })
    if (this.#current.size > ROOMS_MAX) this.#current = busier(this.#current, ROOMS_MAX / 2)
  }

  /** Rooms with the most messages in the last five to ten minutes, the busiest first. */
  top(rooms: number): BusyRoom[] {
    this.#turn()
    const sums = new Map<string, Tally>()
    for (const [key, { id, messages }] of this.#previous) sums.set(key, { id, messages })
    for (const [key, { id, messages }] of this.#current) {
      sums.set(key, { id, messages: messages + (sums.get(key)?.messages ?? 0) })
    }
    return [...busier(sums, rooms).values()].map(({ id, messages }) => ({
      room: short(formatKey(id)),
      messages
    }))
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
function busier(tallies: Map<string, Tally>, rooms: number): Map<string, Tally> {
  const sorted = [...tallies].sort(([, a], [, b]) => b.messages - a.messages)
  return new Map(sorted.slice(0, rooms))
}
