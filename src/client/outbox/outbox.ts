// The outbox of one room: sealed frames, in order, until every chosen root has stored them; kept, where
// there is a profile, before anybody is given them. Says when a message is stored by as many roots as
// were asked for; how it gets there is the business of its carriers.

import { RootPeerError } from '../../protocol/errors.ts'
import { Assembly } from './assembly.ts'
import type { Author } from './author.ts'
import type { Budget } from './budget.ts'
import type { Carrier, Mark } from './debt.ts'
import { Debt } from './debt.ts'
import { clientLimits } from '../limits.ts'
import { OutboxEntry } from './outbox-entry.ts'
import type { Waiter } from './outbox-entry.ts'
import type { OutboxEvents } from './outbox-events.ts'
import type { KeptOutbox, OutboxNotes } from './outbox-notes.ts'
import type { Receipt, StoredAt } from './receipt.ts'

export interface OutboxParts {
  author: Author
  budget: Budget
  events: OutboxEvents
  /** Where it is kept, with what is there already; null to keep nothing. */
  notes: { notes: OutboxNotes; kept: KeptOutbox } | null
}

export class Outbox {
  readonly #author: Author
  readonly #budget: Budget
  readonly #events: OutboxEvents
  readonly #notes: OutboxNotes | null
  readonly #debts = new Map<string, Debt>()
  /** By their places, in order. */
  readonly #entries = new Map<number, OutboxEntry>()
  readonly #listeners = new Set<(entry: OutboxEntry) => void>()
  readonly #off: () => void
  readonly #assembly = new Assembly((waiters) => this.#seal(waiters))
  #bytes = 0
  /** The place that the next frame gets, and the first that carriers were not given. */
  #seq = 0
  #given = 0
  #closed = false

  constructor({ author, budget, events, notes }: OutboxParts) {
    this.#author = author
    this.#budget = budget
    this.#events = events
    this.#notes = notes?.notes ?? null
    this.#off = budget.onfull((reachable) => this.#relieve(reachable))
    if (notes !== null) this.#takeUp(notes.kept)
  }

  /** Bytes that wait to be stored. */
  get bytes(): number {
    return this.#bytes
  }

  /** What is still here, in order. */
  get entries(): Iterable<OutboxEntry> {
    return this.#entries.values()
  }

  /** A root is waited for, from now on or again: it is owed everything that is still here. */
  carry(carrier: Carrier): void {
    const debt = this.#debt(carrier.root)
    if (debt.carrier === carrier) return
    this.drop(carrier.root)
    debt.carrier = carrier
    const first = this.#entries.keys().next()
    debt.forgive(first.done === true ? this.#given : first.value)
    for (const entry of this.#entries.values()) {
      if (!debt.owes(entry.seq)) continue
      entry.owed++
      carrier.take(entry, debt.floor)
    }
  }

  /** A root is not waited for any more; what only it lacked is done with. */
  drop(root: string): void {
    const debt = this.#debt(root)
    const { carrier } = debt
    if (carrier === null) return
    debt.carrier = null
    carrier.forget()
    for (const entry of [...this.#entries.values()]) {
      if (!debt.owes(entry.seq)) continue
      entry.owed--
      this.#maybeDone(entry)
    }
  }

  /** All chosen roots are carried to: what an earlier run left and every one of them has is done with. */
  settle(): void {
    for (const entry of [...this.#entries.values()]) this.#maybeDone(entry)
  }

  /** Tells of each new entry once it is kept, before roots are given it; returns the end of it. */
  onkept(listener: (entry: OutboxEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Queues a body; bodies of one turn of the event loop travel in one frame. Resolves once `acks` roots
   * have stored it.
   *
   * @param queued told the message's id once it is sealed and kept.
   * @throws `OUTBOX_FULL`, `PROFILE_FAILED`: nothing was queued; `FEW_ACKS`.
   */
  add(body: Uint8Array, acks = 1, queued: ((id: string) => void) | null = null): Promise<Receipt> {
    const weight = body.byteLength + clientLimits.bodyOverheadBytes
    if (!this.#budget.fits(weight)) {
      return Promise.reject(
        new RootPeerError('OUTBOX_FULL', 'too much waits to be stored already: try again later')
      )
    }
    this.#count(weight)
    return new Promise<Receipt>((resolve, reject) => {
      this.#assembly.add({ body, acks, queued, resolve, reject })
    })
  }

  /** A root has stored an entry. */
  stored(entry: OutboxEntry, at: StoredAt): void {
    const debt = this.#owing(at.root, entry)
    if (debt === null) return
    entry.acknowledge(at)
    this.#events.stored(entry, at)
    this.#pay(debt, entry)
  }

  /**
   * A root did not take an entry.
   *
   * @param final whether it never will. If no root did, whoever sent it is told.
   */
  refused(root: string, entry: OutboxEntry, error: RootPeerError, final: boolean): void {
    this.#events.refused(root, entry, error)
    const debt = this.#owing(root, entry)
    if (debt === null || !final) return
    if (entry.owed === 1 && entry.stored === 0) this.#giveUp(entry, error)
    this.#pay(debt, entry)
  }

  /**
   * Something is about to be sent to a root, and can't come to lie before `mark`.
   *
   * @returns null if it may be sent at once, else when. Rejects with `PROFILE_FAILED`.
   */
  pin(root: string, mark: Mark): Promise<void> | null {
    const debt = this.#debt(root)
    if (debt.floor !== null) return null // an older one is as good
    debt.floor = mark
    return this.#notes?.root(debt) ?? null
  }

  /** What this root has not answered can't lie before `mark`; if it is `idle`, there is no such thing. */
  raise(root: string, mark: Mark, idle: boolean): void {
    const debt = this.#debt(root)
    debt.floor = idle && this.#given === this.#seq ? null : mark
    this.#notes?.rootLater(debt)
  }

  /** Whoever waits is told; what is kept is sent once the room is joined again. */
  close(): void {
    if (this.#closed) return
    if (this.#notes !== null) this.#assembly.flush()
    this.#closed = true
    this.#off()
    for (const { reject } of this.#assembly.clear()) reject(this.#closedError())
    for (const entry of this.#entries.values()) entry.reject(this.#closedError())
    this.#entries.clear()
    this.#count(-this.#bytes)
  }

  /** What an earlier run has left. */
  #takeUp({ entries, roots }: KeptOutbox): void {
    for (const { root, done, floor } of roots) {
      this.#debts.set(root, new Debt(root, done, floor))
      this.#seq = Math.max(this.#seq, done)
    }
    for (const { seq, frame } of entries) {
      const stored = roots.filter(({ done }) => done > seq).length
      const entry = new OutboxEntry(seq, frame, [], stored)
      this.#entries.set(seq, entry)
      this.#count(entry.weight)
      this.#seq = Math.max(this.#seq, seq + 1)
    }
    this.#given = this.#seq
  }

  #seal(waiters: readonly Waiter[]): void {
    const frame = this.#author.seal(waiters.map(({ body }) => body))
    const entry = new OutboxEntry(this.#seq++, frame, waiters)
    let bodies = 0
    for (const { body } of waiters) bodies += body.byteLength + clientLimits.bodyOverheadBytes
    this.#count(entry.weight - bodies)
    if (this.#notes === null) return this.#give(entry)
    this.#notes.keep(entry.seq, frame, this.#author.state, this.#pinned()).then(
      () => this.#give(entry),
      (error: RootPeerError) => this.#lose(entry, error)
    )
  }

  /** Roots that it can be sent to at once: where it can't lie before is kept with it. */
  #pinned(): Debt[] {
    return [...this.#debts.values()].filter((debt) => {
      if (debt.floor !== null) return false
      debt.floor = debt.carrier?.mark ?? null
      return debt.floor !== null
    })
  }

  /** It is kept: from now on it may be seen by others. */
  #give(entry: OutboxEntry): void {
    entry.tell()
    if (this.#closed) return entry.reject(this.#closedError())
    this.#given = entry.seq + 1
    this.#entries.set(entry.seq, entry)
    this.#events.queued(entry, this.#notes !== null)
    for (const listener of this.#listeners) listener(entry)
    for (const { carrier } of this.#debts.values()) {
      if (carrier === null) continue
      entry.owed++
      carrier.take(entry, null)
    }
  }

  // Its numbers are used up all the same: it may have been written.
  #lose(entry: OutboxEntry, error: RootPeerError): void {
    entry.reject(error)
    if (this.#closed) return
    this.#given = entry.seq + 1
    for (const debt of this.#debts.values()) debt.paid(entry.seq)
    this.#author.giveUp(entry.frame)
    this.#count(-entry.weight)
  }

  #giveUp(entry: OutboxEntry, error: RootPeerError): void {
    this.#author.giveUp(entry.frame)
    this.#notes?.chainLater(() => this.#author.state)
    entry.reject(error)
    this.#remove(entry)
  }

  #debt(root: string): Debt {
    const debt = this.#debts.get(root) ?? new Debt(root, 0, null)
    this.#debts.set(root, debt)
    return debt
  }

  /** The debt that an answer is about; null if it was paid, or the root is not waited for. */
  #owing(root: string, { seq }: OutboxEntry): Debt | null {
    const debt = this.#debt(root)
    return debt.carrier !== null && this.#entries.has(seq) && debt.owes(seq) ? debt : null
  }

  #pay(debt: Debt, entry: OutboxEntry): void {
    debt.paid(entry.seq)
    this.#notes?.rootLater(debt)
    entry.owed--
    this.#maybeDone(entry)
  }

  /** What nobody has stored stays, for whoever may come to take it. */
  #maybeDone(entry: OutboxEntry): void {
    if (entry.owed > 0 || entry.stored === 0) return
    entry.done()
    this.#remove(entry)
  }

  #remove({ seq, weight }: OutboxEntry): void {
    if (!this.#entries.delete(seq)) return
    this.#count(-weight)
    this.#notes?.forget(seq)
  }

  /** Lets go of what others have stored and these roots lack: first those that can't be reached. */
  #relieve(reachable: boolean): void {
    const stored = [...this.#entries.values()].filter((entry) => entry.stored > 0)
    for (const debt of this.#debts.values()) {
      const { root, carrier } = debt
      if (carrier?.reachable !== reachable || !stored.some(({ seq }) => debt.owes(seq))) continue
      this.drop(root)
      this.#events.dropped(root)
      // One that is there and takes nothing, or too little, is owed what nobody has.
      if (reachable) this.carry(carrier)
    }
  }

  #closedError(): RootPeerError<'CLOSED'> {
    const fate =
      this.#notes === null ? 'may or may not be stored' : 'is sent when it is joined again'
    return new RootPeerError('CLOSED', `the room was closed first: what waited there ${fate}`)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#budget.bytes += bytes
  }
}
