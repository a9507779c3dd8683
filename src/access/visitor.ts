// One peer that is connected, as who it may be and what it may send: its holder (a ticket, or its key) and
// its address. Made with the first decrypted frame, never before.

import type { PeerKey } from '../protocol/bytes.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { ticketNeeded } from '../protocol/access-errors.ts'
import type { QuotaState } from '../protocol/quota.ts'
import type { Scopes, Ticket } from '../protocol/ticket.ts'
import { limits } from '../limits.ts'
import type { Access } from './access.ts'
import type { Quota } from './quota.ts'
import type { Sender } from './senders.ts'
import type { KeptTicket } from './ticket-book.ts'
import type { UsageLine } from './usage-book.ts'

/** Told of what ends while a peer is connected. */
export interface VisitorEvents {
  /** It may have no room open any more: its ticket has ended, or it was struck off the list. */
  roomsEnded(reason: RootPeerError, ticket: boolean): void
  /** It is not to be served at all any more, here or by this key. */
  banned(reason: RootPeerError): void
}

/** Who holds what a visitor sends and founds. */
export interface Holder {
  /** For people: a key in z32, or `ticket:` and a name. */
  name: string
  /** As the store keeps it. */
  hash: Uint8Array
  ticket: KeptTicket | null
  sender: Sender
}

export class Visitor {
  readonly peer: PeerKey
  /** The network of its address, as people read it and as the store keeps it. */
  readonly network: string
  readonly networkHash: Uint8Array
  readonly events: VisitorEvents
  readonly address: Sender
  readonly #access: Access
  #holder: Holder
  #line: { day: number; line: UsageLine } | null = null

  constructor(
    access: Access,
    who: Pick<Visitor, 'peer' | 'network' | 'networkHash' | 'events' | 'address'>,
    holder: Holder
  ) {
    this.#access = access
    this.peer = who.peer
    this.network = who.network
    this.networkHash = who.networkHash
    this.events = who.events
    this.address = who.address
    this.#holder = holder
  }

  get holder(): Holder {
    return this.#holder
  }

  /** Its line for today. */
  get line(): UsageLine {
    const { day } = this.#access.usage
    if (this.#line?.day !== day) {
      const { name, hash } = this.#holder
      this.#line = { day, line: this.#access.usage.line(name, hash) }
    }
    return this.#line.line
  }

  /** Whether what it does is charged to its address too: not if an operator has vouched for it. */
  get isCharged(): boolean {
    return this.#holder.ticket === null
  }

  /**
   * Presents a ticket: from now on it holds what this peer sends.
   *
   * @throws `TICKET_FOREIGN`, `BAD_TICKET`, `TICKET_REVOKED`, `TICKET_EXPIRED`, `TOO_MANY`
   */
  present(ticket: Ticket): Scopes {
    const kept = this.#access.tickets.check(ticket)
    this.#hold(this.#access.holderOfTicket(kept))
    return kept.scopes
  }

  /** The ticket has ended: it is who its key says. */
  unticket(): void {
    this.#hold(this.#access.holderOfKey(this.peer))
  }

  /**
   * Says why it may open no room.
   *
   * @throws `TICKET_NEEDED`, `NOT_ALLOWED`, `TICKET_EXPIRED`
   */
  admit(): void {
    const { ticket } = this.#holder
    const ended = ticket === null ? null : this.#access.tickets.ended(ticket)
    if (ended !== null) throw ended
    if (this.#access.mode === 'tickets' && ticket === null) throw ticketNeeded()
    this.#access.checkListed(this)
  }

  /**
   * How long the answer to a frame has to wait; charged for it from now on.
   *
   * @returns what has no room for it, and then nothing is charged; null if it would have to wait too long
   */
  charge(messages: number, bytes: number): number | Quota | null {
    const { sender } = this.#holder
    const now = this.#access.now()
    const { address, isCharged } = this
    if (!sender.today.fits(messages)) return sender.today
    if (isCharged && !address.today.fits(messages)) return address.today
    const own = sender.delay(messages, bytes, now)
    const delay = isCharged ? Math.max(own, address.delay(messages, bytes, now)) : own
    if (delay > limits.paceDelayMsMax) return null
    sender.spend(messages, bytes)
    if (isCharged) address.spend(messages, bytes)
    return delay
  }

  /** Whether one more signature may be checked for it in this moment; charged for it then. */
  affordsCheck(): boolean {
    const now = this.#access.now()
    const paces = [this.#holder.sender.checks, ...(this.isCharged ? [this.address.checks] : [])]
    if (paces.some((pace) => pace.delay(1, now) > 0)) return false
    for (const pace of paces) pace.spend(1)
    return true
  }

  /** What was stored of it. */
  stored(messages: number, bytes: number): void {
    const { line } = this
    line.messages += messages
    line.bytesIn += bytes
  }

  served(bytes: number): void {
    this.line.bytesOut += bytes
  }

  /** What bounds it in what it sends. */
  get usage(): QuotaState[] {
    const today = [this.#holder.sender.today]
    if (this.isCharged) today.push(this.address.today)
    return today.map(({ state }) => state)
  }

  /** The connection is gone. */
  leave(): void {
    this.#holder.sender.connections--
    this.address.connections--
    this.#access.forget(this)
  }

  #hold(holder: Holder): void {
    this.#holder.sender.connections--
    this.#holder = holder
    this.#line = null
  }
}
