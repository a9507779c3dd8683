// The tickets that this root has given: a hash of each secret, what it allows, and whether it still does.
// Never has a secret longer than it takes to show it.

import b4a from 'b4a'
import type { PeerKey } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Codec } from '../protocol/codec.ts'
import { kept, optional, struct, text, uint } from '../protocol/codec.ts'
import { randomBytes } from '../protocol/derive.ts'
import {
  badTicket,
  ticketExpired,
  ticketForeign,
  ticketRevoked
} from '../protocol/access-errors.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import type { Scopes, Ticket } from '../protocol/ticket.ts'
import { printTicket, scopesCodec, ticketHash } from '../protocol/ticket.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import { noMore, TableNote } from './table-note.ts'

/** When a ticket was last used is told by the hour: no more is needed, and no more is known. */
const COARSE_MS = 3_600_000

export interface KeptTicket {
  hash: Uint8Array
  name: string
  scopes: Scopes
  createdAt: number
  /** By the hour; null if it never was. */
  usedAt: number | null
  revokedAt: number | null
}

export interface TicketBookOptions {
  now: () => number
  /** The name of who holds a ticket, by its hash. */
  holderOf: (hash: Uint8Array) => Uint8Array
}

export const keptTicketCodec: Codec<KeptTicket> = struct({
  hash: kept(32),
  name: text(limits.ticketNameBytesMax),
  scopes: scopesCodec,
  createdAt: uint,
  usedAt: optional(uint),
  revokedAt: optional(uint)
})

export class TicketBook {
  readonly #root: PeerKey
  readonly #note: TableNote<KeptTicket>
  readonly #now: () => number
  readonly #holderOf: TicketBookOptions['holderOf']
  readonly #tickets = new Map<string, KeptTicket>()
  /** The same by the names of their holders. */
  readonly #holders = new Map<string, KeptTicket>()
  #unwritten = false

  private constructor(store: Store, { now, holderOf }: TicketBookOptions) {
    this.#root = store.keyPair.publicKey as PeerKey
    this.#note = new TableNote(store, 'tickets', keptTicketCodec, limits.ticketsMax)
    this.#now = now
    this.#holderOf = holderOf
  }

  static async open(store: Store, options: TicketBookOptions): Promise<TicketBook> {
    const book = new TicketBook(store, options)
    for (const ticket of await book.#note.read()) book.#put(ticket)
    return book
  }

  /** All of them, the oldest first; those that were revoked as well. */
  get all(): readonly KeptTicket[] {
    return [...this.#tickets.values()]
  }

  /**
   * A new ticket, as a text that is nowhere else.
   *
   * @throws `TOO_MANY`; `BAD_TICKET` if one of this name is good already; what the store throws
   */
  async create(name: string, scopes: Scopes): Promise<string> {
    if (this.#named(name) !== undefined) {
      throw badTicket(
        `there is a ticket of the name "${name}" already: revoke it, or choose another`
      )
    }
    this.#makeRoom()
    const ticket = { root: this.#root, secret: randomBytes(32) }
    const hash = ticketHash(ticket.secret)
    const createdAt = this.#now()
    const made = { hash, name, scopes, createdAt, usedAt: null, revokedAt: null }
    this.#put(made)
    try {
      await this.#write()
    } catch (err) {
      this.#forget(made)
      throw err
    }
    return printTicket(ticket)
  }

  /**
   * Takes a ticket back.
   *
   * @returns the ticket
   * @throws `BAD_TICKET` if none of this name is good; what the store throws
   */
  async revoke(name: string): Promise<KeptTicket> {
    const ticket = this.#named(name)
    if (ticket === undefined) throw badTicket(`there is no ticket of the name "${name}"`)
    ticket.revokedAt = this.#now()
    try {
      await this.#write()
    } catch (err) {
      ticket.revokedAt = null
      throw err
    }
    return ticket
  }

  /**
   * Looks at a ticket that somebody presents.
   *
   * @throws `TICKET_FOREIGN`, `BAD_TICKET`, `TICKET_REVOKED`, `TICKET_EXPIRED`
   */
  check({ root, secret }: Ticket): KeptTicket {
    if (!b4a.equals(root, this.#root)) throw ticketForeign()
    const ticket = this.#tickets.get(mapKey(ticketHash(secret)))
    if (ticket === undefined) throw badTicket('this root peer has given no such ticket')
    const ended = this.ended(ticket)
    if (ended !== null) throw ended
    const hour = Math.floor(this.#now() / COARSE_MS) * COARSE_MS
    if (ticket.usedAt === null || ticket.usedAt < hour) {
      ticket.usedAt = hour
      this.#unwritten = true
    }
    return ticket
  }

  /** The ticket that a holder has, good or not; null if it is none, or forgotten. */
  heldBy(holder: Uint8Array): KeptTicket | null {
    return this.#holders.get(mapKey(holder)) ?? null
  }

  /** Why a ticket is not good any more; null if it is. */
  ended({ revokedAt, scopes }: KeptTicket): RootPeerError | null {
    if (revokedAt !== null) return ticketRevoked()
    return scopes.expiresAt !== null && this.#now() >= scopes.expiresAt ? ticketExpired() : null
  }

  /** Keeps when tickets were used. */
  async flush(): Promise<void> {
    if (this.#unwritten) await this.#write()
  }

  #named(name: string): KeptTicket | undefined {
    return this.all.find((ticket) => ticket.name === name && ticket.revokedAt === null)
  }

  /** Those that were taken back long ago are forgotten first: who has one is then told that it is none. */
  #makeRoom(): void {
    for (const ticket of this.all) {
      if (this.#tickets.size < limits.ticketsMax) return
      if (this.ended(ticket) !== null) this.#forget(ticket)
    }
    if (this.#tickets.size >= limits.ticketsMax) throw noMore('tickets', limits.ticketsMax)
  }

  #put(ticket: KeptTicket): void {
    this.#tickets.set(mapKey(ticket.hash), ticket)
    this.#holders.set(mapKey(this.#holderOf(ticket.hash)), ticket)
  }

  #forget({ hash }: KeptTicket): void {
    this.#tickets.delete(mapKey(hash))
    this.#holders.delete(mapKey(this.#holderOf(hash)))
  }

  async #write(): Promise<void> {
    await this.#note.write(this.all)
    this.#unwritten = false
  }
}
