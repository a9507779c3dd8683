// The timeline of one reader: what comes from several roots, as one row of messages. Each message once,
// per chain by number, between chains as the first root that has them says. Holds back what is ahead of
// its chain until what is missing had its chance. Knows of no channel.

import type { Cursor, ChainPosition } from '../protocol/cursor.ts'
import { mapKey } from '../protocol/bytes.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { RoomKeys } from '../protocol/keys.ts'
import { openMessage } from '../protocol/payload.ts'
import { Bookmarks } from './bookmarks.ts'
import { Chain } from './chain.ts'
import type { Standing } from './chain.ts'
import { KeyMemo } from './key-memo.ts'
import { clientLimits } from './limits.ts'
import type { Candidate } from './prover.ts'
import { Prover } from './prover.ts'

/** An entry of a page, and where it came from. */
export interface Arrival {
  /** Number of the message at the root. */
  index: number
  payload: Uint8Array
  storedAt: number
  /** The root's key as people read it. */
  root: string
}

/** A message to show, or an entry that could not be opened. */
export type Shown =
  | { arrival: Arrival; candidate: Candidate; fork: boolean; late: boolean }
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
  readonly #prover: Prover<Held>
  readonly #authors = new KeyMemo()
  readonly #chainIds = new KeyMemo()
  /** By their ids in hex; the one met last stands last. */
  readonly #chains = new Map<string, Chain>()
  #latest: Chain | null = null
  readonly #bookmarks = new Bookmarks()
  readonly #arrivals = new Map<string, Arrival>()
  /** Held back, by chain and number. */
  readonly #held = new Map<string, Map<number, Held[]>>()
  #heldCount = 0
  /** Where the batch stands that is being taken. */
  #standingRoot = ''
  #standingNext = 0
  /** Whether all of a chain that is not known is new here, so that it must begin with its first. */
  #fromStart: boolean
  /** Whether the beginning of a chain may be gone at a root, or lie before the reader's start. */
  #forgiving: boolean

  /** @param start the cursor to go on from; null to begin, with the first message if `fromStart`. */
  constructor(keys: RoomKeys, events: TimelineEvents, start: Cursor | null, fromStart: boolean) {
    this.#keys = keys
    this.#events = events
    this.#prover = new Prover(keys)
    // A cursor of one root tells no chains: then nothing is known of any.
    this.#fromStart = start === null ? fromStart : start.chains.length > 0
    this.#forgiving = start !== null
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
    const batch: Held[] = []
    const inTurn: (Held | RootPeerError)[] = []
    for (const arrival of arrivals) {
      const opened = this.#open(arrival)
      inTurn.push(opened)
      if (!(opened instanceof RootPeerError)) batch.push(opened)
    }
    const [first] = arrivals
    if (first !== undefined) this.#stand(first, 0)
    for (const late of this.#prover.prove(batch)) this.#take(late)
    for (let i = 0; i < inTurn.length; i++) {
      const arrival = arrivals[i] as Arrival
      const opened = inTurn[i] as Held | RootPeerError
      this.#stand(arrival, 1)
      if (!(opened instanceof RootPeerError)) this.#take(opened)
      else this.#events.show({ arrival, error: opened })
    }
    if (this.#heldCount > clientLimits.heldMessagesMax) this.release()
    this.#standingRoot = ''
  }

  /** The first number at a root that was not taken yet; null if all that came from there was. */
  standingAt(root: string): number | null {
    return this.#standingRoot === root ? this.#standingNext : null
  }

  /** Every root was read to its end and the wait is over: what is still missing is said, the rest shown. */
  release(): void {
    for (const [key, numbers] of this.#held) {
      this.#held.delete(key)
      const held = [...numbers.values()].flat()
      this.#heldCount -= held.length
      held.sort((a, b) => a.message.number - b.message.number)
      for (const each of held) this.#forceShow(each)
    }
  }

  /** Messages are gone at a root: what is missing next is not held against its author. */
  forgive(): void {
    this.#forgiving = true
    for (const chain of this.#chains.values()) chain.forgive()
  }

  /** The lowest number held back of what came from a root; null if none is. */
  lowestHeld(root: string): number | null {
    let lowest: number | null = null
    for (const numbers of this.#held.values()) {
      for (const { arrival } of [...numbers.values()].flat()) {
        if (arrival.root !== root) continue
        if (lowest === null || arrival.index < lowest) lowest = arrival.index
      }
    }
    return lowest
  }

  /** What was shown of each chain up to now, to be had at any later time. */
  mark(): () => ChainPosition[] {
    return this.#bookmarks.mark(this.#chains.values())
  }

  #open(arrival: Arrival): Held | RootPeerError {
    try {
      const message = openMessage(this.#keys, arrival.payload)
      const { id, author, chain } = message
      return {
        message,
        id: mapKey(id),
        author: this.#authors.of(author),
        chain: this.#chainIds.of(chain),
        proven: false,
        arrival
      }
    } catch (err) {
      return err as RootPeerError
    }
  }

  #stand({ root, index }: Arrival, taken: number): void {
    this.#standingRoot = root
    this.#standingNext = index + taken
  }

  #take(held: Held): void {
    if (!held.proven) return this.#takeUnproven(held)
    const { message, id } = held
    const chain = this.#chain(held)
    for (const { number } of message.givenUp) chain.giveUp(number)
    if (message.givenUp.length > 0) this.#bookmarks.moved(chain)
    const standing = chain.standing(message.number, id)
    if (standing === 'ahead') this.#hold(held)
    else this.#place(held, chain, standing)
    if (this.#heldCount > 0) this.#catchUp(held.chain, chain)
  }

  /** Shown at once, as nobody's: it has no place in a chain. */
  #takeUnproven(held: Held): void {
    const { message, id, chain, arrival } = held
    // The same from another root, or again; or a copy of what was proven, stripped of its proof.
    if (this.#arrivals.has(id) || this.#chains.get(chain)?.has(message.number, id) === true) return
    this.#rememberArrival(id, arrival)
    this.#show(held, false, false)
  }

  #place(held: Held, chain: Chain, standing: Standing): void {
    const { message, id } = held
    if (standing !== 'repeat') {
      chain.show(message.number, id)
      this.#bookmarks.moved(chain)
    }
    // It was shown before it was proven.
    if (this.#arrivals.size > 0 && this.#arrivals.delete(id)) this.#events.proven(id)
    else if (standing !== 'repeat') this.#show(held, standing === 'fork', standing === 'late')
  }

  /** What was held back and is next now. */
  #catchUp(key: string, chain: Chain): void {
    const numbers = this.#held.get(key)
    if (numbers === undefined) return
    for (let due = numbers.get(chain.next); due !== undefined; due = numbers.get(chain.next)) {
      numbers.delete(chain.next)
      this.#heldCount -= due.length
      for (const held of due) {
        this.#place(held, chain, chain.standing(held.message.number, held.id))
      }
    }
    if (numbers.size === 0) this.#held.delete(key)
  }

  #hold(held: Held): void {
    const { chain, id, message } = held
    let numbers = this.#held.get(chain)
    if (numbers === undefined) this.#held.set(chain, (numbers = new Map()))
    const twins = numbers.get(message.number)
    if (twins?.some((twin) => twin.id === id) === true) return
    if (twins === undefined) numbers.set(message.number, [held])
    else twins.push(held)
    this.#heldCount++
  }

  #forceShow(held: Held): void {
    const { message, id } = held
    const chain = this.#chain(held)
    const standing = chain.standing(message.number, id)
    if (standing === 'ahead') {
      this.#events.hole(held.chain, held.author, chain.next, message.number)
    }
    this.#place(held, chain, standing)
  }

  #show(held: Held, fork: boolean, late: boolean): void {
    this.#events.show({ arrival: held.arrival, candidate: held, fork, late })
  }

  #chain({ chain, message }: Candidate): Chain {
    let known = this.#chains.get(chain)
    if (known === undefined) {
      known = new Chain(message.chain, this.#fromStart ? 0 : null)
      if (this.#forgiving) known.forgive()
    } else if (known === this.#latest) {
      return known
    }
    this.#chains.delete(chain)
    this.#chains.set(chain, known)
    this.#latest = known
    if (this.#chains.size > clientLimits.chainsMax) this.#forgetOne()
    return known
  }

  /** The chain that was silent for longest. From now on one that is not known may be a forgotten one. */
  #forgetOne(): void {
    const oldest = this.#chains.keys().next()
    if (oldest.done !== true) this.#chains.delete(oldest.value)
    this.#fromStart = false
  }

  #rememberArrival(id: string, arrival: Arrival): void {
    this.#arrivals.set(id, arrival)
    if (this.#arrivals.size <= clientLimits.unprovenMax) return
    const oldest = this.#arrivals.keys().next()
    if (oldest.done !== true) this.#arrivals.delete(oldest.value)
  }
}
