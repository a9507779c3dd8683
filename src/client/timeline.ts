// The timeline of one reader: what comes from several roots, as one row of messages. Each message once,
// per chain by number, between chains as the first root that has them says. Holds back what is ahead of
// its chain until what is missing had its chance. Knows of no channel.

import type { Cursor, ChainPosition } from '../protocol/cursor.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import type { RoomKeys } from '../protocol/keys.ts'
import type { PageEntry } from '../protocol/page.ts'
import { openMessage } from '../protocol/payload.ts'
import type { OpenedMessage } from '../protocol/payload.ts'
import { Chain } from './chain.ts'
import { clientLimits } from './limits.ts'
import type { Candidate } from './prover.ts'
import { Prover } from './prover.ts'

/** An entry of a page, and where it came from. */
export interface Arrival {
  entry: PageEntry
  storedAt: number
  /** The root's key as people read it. */
  root: string
}

/** A message to show, or an entry that could not be opened. */
export type Shown =
  | {
      arrival: Arrival
      message: OpenedMessage
      id: string
      proven: boolean
      fork: boolean
      late: boolean
    }
  | { arrival: Arrival; error: RootPeerError }

export interface TimelineEvents {
  show(shown: Shown): void
  /** A message that was shown unproven is proven now. */
  proven(id: string): void
  /** Proven messages of one chain from `from` up to, not including, `to` are missing here. */
  hole(chain: string, author: string, from: number, to: number): void
}

interface Held extends Candidate {
  arrival: Arrival
}

export class Timeline {
  readonly #keys: RoomKeys
  readonly #events: TimelineEvents
  readonly #prover: Prover
  readonly #chains = new Map<string, Chain>()
  readonly #arrivals = new Map<string, Arrival>()
  readonly #held = new Map<string, Held[]>()
  #heldCount = 0
  /** Whether the reader began with the first message: then a chain must begin with its first too. */
  #fromStart: boolean

  constructor(keys: RoomKeys, events: TimelineEvents, start: Cursor | null, fromStart: boolean) {
    this.#keys = keys
    this.#events = events
    this.#prover = new Prover(keys)
    this.#fromStart = fromStart
    for (const position of start?.chains ?? []) {
      this.#chains.set(mapKey(position.chain), Chain.from(position))
    }
  }

  /** Messages that are held back. */
  get held(): number {
    return this.#heldCount
  }

  /** Takes entries of one root, in its order. */
  accept(arrivals: readonly Arrival[]): void {
    const batch: (Held | null)[] = []
    const errors: (RootPeerError | null)[] = []
    for (const arrival of arrivals) {
      try {
        const message = openMessage(this.#keys, arrival.entry.payload)
        batch.push({ message, id: mapKey(message.id), proven: false, arrival })
        errors.push(null)
      } catch (err) {
        batch.push(null)
        errors.push(err as RootPeerError)
      }
    }
    const late = this.#prover.prove(batch.filter((each) => each !== null))
    for (const candidate of late) this.#provenLate(candidate)
    for (const [i, held] of batch.entries()) {
      if (held !== null) this.#take(held)
      else this.#events.show({ arrival: arrivals[i] as Arrival, error: errors[i] as RootPeerError })
    }
    if (this.#heldCount > clientLimits.heldMessagesMax) this.release()
  }

  /** Every root was read to its end and the wait is over: what is still missing is said, the rest shown. */
  release(): void {
    for (const [key, held] of this.#held) {
      this.#held.delete(key)
      this.#heldCount -= held.length
      held.sort((a, b) => a.message.number - b.message.number)
      for (const each of held) this.#forceShow(each)
    }
  }

  /** Messages are gone at a root, or the reader was stepped: nothing before is held against an author. */
  forgive(): void {
    this.#fromStart = false
    for (const chain of this.#chains.values()) chain.forgive()
  }

  /** The lowest number held back of what came from a root; null if none is. */
  lowestHeld(root: string): number | null {
    let lowest: number | null = null
    for (const held of this.#held.values()) {
      for (const { arrival } of held) {
        if (arrival.root !== root) continue
        if (lowest === null || arrival.entry.index < lowest) lowest = arrival.entry.index
      }
    }
    return lowest
  }

  /** What was shown of each chain. */
  positions(): ChainPosition[] {
    return [...this.#chains.values()].map((chain) => chain.position())
  }

  #take(held: Held): void {
    const { message, id, proven, arrival } = held
    if (!proven) {
      if (this.#arrivals.has(id)) return // the same unproven message from another root, or again
      this.#rememberArrival(id, arrival)
      this.#show(held, false, false)
      return
    }
    const chain = this.#chain(message)
    for (const { number } of message.givenUp) chain.giveUp(number)
    const standing = chain.standing(message.number, id)
    if (standing === 'repeat') return
    if (standing === 'ahead') return this.#hold(held)
    chain.show(message.number, id)
    // It was shown before it was proven, from another root.
    if (this.#arrivals.delete(id)) this.#events.proven(id)
    else this.#show(held, standing === 'fork', standing === 'late')
    if (standing === 'next') this.#catchUp(message)
  }

  /** What was held back and is next now. */
  #catchUp({ chain }: OpenedMessage): void {
    const key = mapKey(chain)
    const held = this.#held.get(key)
    if (held === undefined) return
    this.#held.delete(key)
    this.#heldCount -= held.length
    held.sort((a, b) => a.message.number - b.message.number)
    for (const each of held) this.#take(each)
  }

  #hold(held: Held): void {
    const key = mapKey(held.message.chain)
    const list = this.#held.get(key)
    if (list?.some(({ id }) => id === held.id) === true) return
    if (list === undefined) this.#held.set(key, [held])
    else list.push(held)
    this.#heldCount++
  }

  #forceShow(held: Held): void {
    const { message, id } = held
    const chain = this.#chain(message)
    if (chain.standing(message.number, id) !== 'ahead') return this.#take(held)
    const from = chain.next
    chain.show(message.number, id)
    this.#events.hole(mapKey(message.chain), mapKey(message.author), from, message.number)
    this.#show(held, false, false)
  }

  #provenLate({ message, id }: Candidate): void {
    const chain = this.#chain(message)
    for (const { number } of message.givenUp) chain.giveUp(number)
    chain.show(message.number, id)
    this.#arrivals.delete(id)
    this.#events.proven(id)
    this.#catchUp(message)
  }

  #show({ message, id, proven, arrival }: Held, fork: boolean, late: boolean): void {
    this.#events.show({ arrival, message, id, proven, fork, late })
  }

  #chain({ chain }: OpenedMessage): Chain {
    const key = mapKey(chain)
    let known = this.#chains.get(key)
    if (known === undefined) {
      known = new Chain(chain, this.#fromStart ? 0 : null)
      this.#chains.set(key, known)
      if (this.#chains.size > clientLimits.chainsMax) {
        const oldest = this.#chains.keys().next()
        if (oldest.done !== true) this.#chains.delete(oldest.value)
      }
    }
    return known
  }

  #rememberArrival(id: string, arrival: Arrival): void {
    this.#arrivals.set(id, arrival)
    if (this.#arrivals.size <= clientLimits.unprovenMax) return
    const oldest = this.#arrivals.keys().next()
    if (oldest.done !== true) this.#arrivals.delete(oldest.value)
  }
}
