// The timeline of one reader: what comes from several roots, as one row of messages. Each message once,
// per chain by number, between chains as the first root that has them says. Holds back what is ahead of
// its chain until what is missing had its chance. Knows of no channel.

import type { Cursor, ChainPosition } from '../../protocol/cursor.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { openMessage } from '../../protocol/payload.ts'
import { Bookmarks } from './bookmarks.ts'
import { chainName, ChainNames } from './chain-names.ts'
import { Chain } from './chain.ts'
import type { Standing } from './chain.ts'
import { HeldBack, withoutPayload } from './held-back.ts'
import type { Held } from './held-back.ts'
import { KeyMemo } from './key-memo.ts'
import { clientLimits } from '../limits.ts'
import type { Candidate } from './prover.ts'
import { Prover } from './prover.ts'

/** A sealed message, and where it came from: an entry of a root's page, or directly, which has no place. */
export interface Arrival {
  /** Number of the message at the root. */
  index: number | null
  payload: Uint8Array
  storedAt: number | null
  /** The root's key as people read it. */
  root: string | null
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

export class Timeline {
  readonly #keys: RoomKeys
  readonly #events: TimelineEvents
  readonly #prover: Prover<Held>
  readonly #authors = new KeyMemo()
  readonly #chainIds = new KeyMemo()
  readonly #names = new ChainNames()
  /** By their names; the one met last stands last. */
  readonly #chains = new Map<string, Chain>()
  #latest: Chain | null = null
  readonly #bookmarks = new Bookmarks()
  /** Ids of what was shown unproven. */
  readonly #unproven = new Set<string>()
  readonly #held = new HeldBack()
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
    return this.#held.count
  }

  /** Whether any of them came directly, and from no root. */
  get holdsDirect(): boolean {
    return this.#held.hasDirect
  }

  /** Takes entries of one root, in its order, or what came directly. */
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
    if (this.#held.isFull) this.release()
    this.#standingRoot = ''
  }

  /** The first number at a root that was not taken yet; null if all that came from there was. */
  standingAt(root: string): number | null {
    return this.#standingRoot === root ? this.#standingNext : null
  }

  /** Every root was read to its end and the wait is over: what is still missing is said, the rest shown. */
  release(): void {
    // A cursor between two of them is not beyond those that are still to be shown.
    for (const each of this.#held.drain()) this.#forceShow(each)
  }

  /** Messages are gone at a root: what is missing next is not held against its author. */
  forgive(): void {
    this.#forgiving = true
    for (const chain of this.#chains.values()) chain.forgive()
  }

  /** The lowest number held back of what came from a root; null if none is. */
  lowestHeld(root: string): number | null {
    return this.#held.lowestAt(root)
  }

  /** What was shown of each chain up to now, to be had at any later time. */
  mark(): () => ChainPosition[] {
    return this.#bookmarks.mark(this.#chains.values())
  }

  #open(arrival: Arrival): Held | RootPeerError {
    try {
      const message = openMessage(this.#keys, arrival.payload)
      const author = this.#authors.of(message.author)
      const chain = this.#chainIds.of(message.chain)
      const name = this.#names.of(message, author, chain)
      const id = mapKey(message.id)
      return { message, id, author, chain, proven: false, name, arrival }
    } catch (err) {
      return err as RootPeerError
    }
  }

  #stand({ root, index }: Arrival, taken: number): void {
    if (root === null || index === null) return
    this.#standingRoot = root
    this.#standingNext = index + taken
  }

  #take(held: Held): void {
    if (!held.proven) return this.#takeUnproven(held)
    const { message, id } = held
    const chain = this.#chain(held)
    for (const { number } of message.givenUp) chain.giveUp(number)
    if (message.givenUp.length > 0) this.#bookmarks.moved(chain)
    // What came directly may be ahead of what a root still has to give, also where a gap is forgiven.
    const early = held.arrival.root === null && message.number > chain.next
    const standing = early ? 'ahead' : chain.standing(message.number, id)
    if (standing === 'ahead') this.#held.add(held)
    else this.#place(held, chain, standing)
    if (this.#held.count > 0) this.#catchUp(held.name, chain)
  }

  /** Shown at once, as nobody's: it has no place in a chain. */
  #takeUnproven(held: Held): void {
    const { message, id, name } = held
    // The same from another root, or again; or a copy of what was proven, stripped of its proof.
    if (this.#unproven.has(id)) return
    if (this.#chains.get(name)?.mayHave(message.number, id) === true) return
    this.#rememberUnproven(id)
    this.#show(held, false, false)
    held.arrival = withoutPayload(held.arrival) // it may be kept for long, to be proven
  }

  #place(held: Held, chain: Chain, standing: Standing): void {
    const { message, id } = held
    if (standing !== 'repeat') {
      chain.show(message.number, id)
      this.#bookmarks.moved(chain)
    }
    // It was shown before it was proven.
    if (this.#unproven.size > 0 && this.#unproven.delete(id)) this.#events.proven(id)
    else if (standing !== 'repeat') this.#show(held, standing === 'fork', standing === 'late')
  }

  /** What was held back and is next now. */
  #catchUp(name: string, chain: Chain): void {
    let due = this.#held.take(name, chain.next)
    while (due.length > 0) {
      for (const held of due) {
        this.#place(held, chain, chain.standing(held.message.number, held.id))
      }
      due = this.#held.take(name, chain.next)
    }
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

  #chain({ name, message, arrival }: Held): Chain {
    let known = this.#chains.get(name)
    if (known === undefined) {
      // Where it begins only a root can tell, which gives what is before it later, if at all.
      const first = this.#fromStart || arrival.root === null ? 0 : null
      known = new Chain(chainName(message), first)
      if (this.#forgiving || !this.#fromStart) known.forgive()
    } else if (known === this.#latest) {
      return known
    }
    this.#chains.delete(name)
    this.#chains.set(name, known)
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

  #rememberUnproven(id: string): void {
    this.#unproven.add(id)
    if (this.#unproven.size <= clientLimits.unprovenMax) return
    const oldest = this.#unproven.keys().next()
    if (oldest.done !== true) this.#unproven.delete(oldest.value)
  }
}
