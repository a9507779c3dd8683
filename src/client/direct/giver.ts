// What we give one member in one room: every frame as soon as it is kept, and before these what waits for
// root peers and the member lacks. A place in the outbox and a window: what the roots have stored
// meanwhile is passed over, so a member that is slow costs nothing.

import FIFO from 'fast-fifo'
import type { MessageHash } from '../../protocol/bytes.ts'
import type { DirectSenders } from '../../protocol/direct-channel.ts'
import { unexpected } from '../../protocol/errors.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { Window } from '../../protocol/window.ts'
import { clientLimits } from '../limits.ts'
import type { OutboxEntry } from '../outbox/outbox-entry.ts'

/** Entries that wait before those that are gone are looked for. */
const TRIM_MIN = 256

export class Giver {
  readonly #send: DirectSenders
  readonly #window = new Window(clientLimits.directWindowBytes)
  /** What was in the outbox when we met, and was not offered yet. */
  #before: OutboxEntry[]
  #offered: OutboxEntry[] | null = null
  readonly #wanted = new FIFO<OutboxEntry>()
  /** What came after we met. */
  #new: OutboxEntry[] = []
  #trimAt = TRIM_MIN
  #frame = 0
  readonly #underway = new Map<number, number>()

  constructor(send: DirectSenders, entries: Iterable<OutboxEntry>) {
    this.#send = send
    this.#before = [...entries].toReversed()
    this.#goOn()
  }

  /** A new frame was kept. */
  give(entry: OutboxEntry): void {
    this.#new.push(entry)
    if (this.#new.length > this.#trimAt) {
      this.#new = this.#new.filter(isThere)
      this.#before = this.#before.filter(isThere)
      this.#trimAt = Math.max(TRIM_MIN, 2 * this.#new.length)
    }
    this.#goOn()
  }

  /** The member says what it lacks of what it was offered. Throws `UNEXPECTED`. */
  wanted(places: readonly number[]): void {
    const offered = this.#offered
    if (offered === null) throw unexpected('an answer to no offer')
    this.#offered = null
    for (const place of places) {
      const entry = offered[place]
      if (entry === undefined) throw unexpected('a place that was not offered')
      this.#wanted.push(entry)
    }
    this.#goOn()
  }

  /** The member has a frame. Throws `UNEXPECTED`. */
  received(frame: number): void {
    const weight = this.#underway.get(frame)
    if (weight === undefined) throw unexpected('an answer to a frame that was not sent')
    this.#underway.delete(frame)
    this.#window.release(weight)
    this.#goOn()
  }

  // In the order of the outbox: what waited is all given before what is new.
  #goOn(): void {
    while (true) {
      if (!this.#pass()) return
      if (this.#offered !== null) return
      if (!this.#offer()) break
    }
    let given = 0
    for (const entry of this.#new) {
      if (!this.#passOne(entry)) break
      given++
    }
    if (given > 0) this.#new.splice(0, given)
  }

  /** Sends what is wanted; false if the window is full. */
  #pass(): boolean {
    for (let entry = this.#wanted.peek(); entry !== undefined; entry = this.#wanted.peek()) {
      if (!this.#passOne(entry)) return false
      this.#wanted.shift()
    }
    return true
  }

  /** False, and nothing sent, if the window is full. */
  #passOne(entry: OutboxEntry): boolean {
    if (!isThere(entry)) return true
    if (!this.#window.take(entry.weight)) return false
    const frame = this.#frame++
    this.#underway.set(frame, entry.weight)
    this.#send.pass({ frame, payloads: entry.frame.payloads })
    return true
  }

  /** Offers more of what waited; false if there is none. */
  #offer(): boolean {
    const offered: OutboxEntry[] = []
    while (offered.length < wireLimits.offerMax) {
      const entry = this.#before.pop()
      if (entry === undefined) break
      if (isThere(entry)) offered.push(entry)
    }
    if (offered.length === 0) return false
    this.#offered = offered
    this.#send.offer({ ids: offered.map(({ frame }) => frame.ids.at(-1) as MessageHash) })
    return true
  }
}

/** Whether it still waits for a root: what all of them have comes from them. */
function isThere({ owed, stored }: OutboxEntry): boolean {
  return owed > 0 || stored === 0
}
