// Who may use this root, and how much: its tickets, bans and lists, and who is connected as whom. Opened on
// the store, asked by the peers; never knows what a connection is, nor what a room holds.

import { isIP } from 'node:net'
import type { PeerKey } from '../protocol/bytes.ts'
import { formatKey, parsePeerKey } from '../protocol/bytes.ts'
import { banned, notAllowed } from '../protocol/access-errors.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { QuotaKind } from '../protocol/quota.ts'
import type { Scopes } from '../protocol/ticket.ts'
import type { Busy } from '../busiest.ts'
import { Busiest } from '../busiest.ts'
import type { RootPeerConfig } from '../config.ts'
import type { AccessMode } from '../entries.ts'
import { limits } from '../limits.ts'
import type { Founder } from '../rooms/record.ts'
import type { Store } from '../storage/store.ts'
import type { Allowances } from './allowances.ts'
import { ADDRESS_TIMES, allowancesOf, diskBytesOf } from './allowances.ts'
import { KeyList } from './key-lists.ts'
import { Names, networkOf } from './names.ts'
import type { Ledger } from './payers.ts'
import type { SenderLimits } from './senders.ts'
import { Sender, Senders } from './senders.ts'
import type { KeptTicket } from './ticket-book.ts'
import { TicketBook } from './ticket-book.ts'
import { Treasury } from './treasury.ts'
import { dayOf, UsageBook } from './usage-book.ts'
import type { Holder, VisitorEvents } from './visitor.ts'
import { Visitor } from './visitor.ts'

export interface AccessOptions {
  config: RootPeerConfig
  ledger: Ledger
  now: () => number
}

export class Access {
  readonly tickets: TicketBook
  readonly bans: KeyList
  readonly allowed: KeyList
  readonly usage: UsageBook
  readonly now: () => number
  readonly treasury: Treasury
  #mode: AccessMode
  #allow: ReadonlySet<string>
  #allowances: Allowances
  /** What the disk could give to rooms when it was opened. */
  readonly #diskBytes: number
  readonly #names: Names
  readonly #holders = new Senders()
  readonly #addresses = new Senders()
  readonly #visitors = new Set<Visitor>()
  readonly #busiest = new Busiest(() => performance.now())
  readonly #ticking: NodeJS.Timeout
  #flushedAt: number
  #flushing: Promise<void> = Promise.resolve()

  static async open(store: Store, options: AccessOptions): Promise<Access> {
    const { now } = options
    const names = new Names(store.keyPair.secretKey)
    const [tickets, bans, allowed, usage] = await Promise.all([
      TicketBook.open(store, { now, holderOf: (hash) => names.ticket(hash) }),
      KeyList.open(store, { name: 'bans', what: 'bans', now }),
      KeyList.open(store, { name: 'allowed', what: 'allowed keys', now }),
      UsageBook.open(store, now)
    ])
    const keptBytes = options.ledger.totals.bytesKept
    const diskBytes = await diskBytesOf(store.directory, keptBytes)
    return new Access(options, { tickets, bans, allowed, usage, names, diskBytes })
  }

  private constructor(
    options: AccessOptions,
    kept: Pick<Access, 'tickets' | 'bans' | 'allowed' | 'usage'> & {
      names: Names
      diskBytes: number
    }
  ) {
    const { config, ledger, now } = options
    const allowances = allowancesOf(config, kept.diskBytes)
    const keptBytes = ledger.totals.bytesKept
    this.#diskBytes = kept.diskBytes
    this.tickets = kept.tickets
    this.bans = kept.bans
    this.allowed = kept.allowed
    this.usage = kept.usage
    this.now = now
    this.#mode = config.access ?? 'open'
    this.#allow = listOf(config)
    this.#allowances = allowances
    this.#names = kept.names
    const scopesOf = (holder: Uint8Array): Scopes | null =>
      this.tickets.heldBy(holder)?.scopes ?? null
    this.treasury = new Treasury({ allowances, ledger, keptBytes, scopesOf })
    this.#flushedAt = now()
    this.#ticking = setInterval(() => this.tick(), limits.accessTickMs)
    this.#ticking.unref()
  }

  get mode(): AccessMode {
    return this.#mode
  }

  get allowances(): Allowances {
    return this.#allowances
  }

  /** Whether this key or this address is banned now. */
  isBanned(peer: PeerKey, address: string): boolean {
    return this.bans.hasKey(peer) || this.bans.has(networkOf(address))
  }

  /**
   * A peer has spoken: from now on it is somebody.
   *
   * @throws `BANNED`, `TOO_MANY`
   */
  enter(peer: PeerKey, address: string, events: VisitorEvents): Visitor {
    if (this.isBanned(peer, address)) throw banned()
    const holder = this.holderOfKey(peer)
    const network = networkOf(address)
    const sender = this.#addresses.enter(network, () =>
      this.#newSender('address-day-messages', this.#addressLimits, 0)
    )
    const networkHash = this.#names.network(network)
    const who = { peer, network, networkHash, events, address: sender }
    const visitor = new Visitor(this, who, holder)
    this.#visitors.add(visitor)
    return visitor
  }

  /**
   * As bans are listed: a key in z32, or the network of an address.
   *
   * @throws `BAD_KEY` if it is neither
   */
  nameOf(keyOrAddress: string): string {
    const [bare = ''] = keyOrAddress.split('/')
    return isIP(bare) === 0 ? formatKey(parsePeerKey(keyOrAddress)) : networkOf(bare)
  }

  forget(visitor: Visitor): void {
    this.#visitors.delete(visitor)
  }

  holderOfKey(peer: PeerKey): Holder {
    return this.#holder(formatKey(peer), this.#names.key(peer), null)
  }

  /** @throws `TOO_MANY` connections */
  holderOfTicket(ticket: KeptTicket): Holder {
    return this.#holder(`ticket:${ticket.name}`, this.#names.ticket(ticket.hash), ticket)
  }

  /** @throws `NOT_ALLOWED` */
  checkListed({ peer }: Visitor): void {
    if (!this.#isListed(peer)) throw notListed()
  }

  /** Who is answerable for a room that a peer has registered. */
  founderOf({ holder, isCharged, networkHash }: Visitor): Founder {
    return { holder: holder.hash, address: isCharged ? networkHash : holder.hash }
  }

  /** Who sent most of late: holders, and networks for those whom no ticket vouches for. */
  talkers(count: number): Busy[] {
    this.#gather()
    return this.#busiest.top(count)
  }

  /** Ends at once what is revoked, expired or banned by now. */
  enforce(): void {
    for (const visitor of this.#visitors) {
      const { ticket } = visitor.holder
      const ended = ticket === null ? null : this.tickets.ended(ticket)
      if (this.bans.hasKey(visitor.peer) || this.bans.has(visitor.network)) {
        visitor.events.banned(banned())
      } else if (ended !== null) {
        this.#unticket(visitor, ended)
      } else if (!this.#isListed(visitor.peer)) {
        visitor.events.roomsEnded(notListed(), false)
      }
    }
  }

  /** What has to be done now and then. */
  tick(): void {
    const now = this.now()
    const day = dayOf(now)
    this.enforce()
    this.#gather()
    for (const senders of [this.#holders, this.#addresses]) {
      senders.sweep(now)
      senders.turn(day)
    }
    if (Math.abs(now - this.#flushedAt) < limits.usageFlushMs) return
    this.#flushedAt = now
    this.#flushing = this.flush().catch(() => {}) // full, or failing: the store says so itself
  }

  /** Keeps what was counted. */
  async flush(): Promise<void> {
    await this.usage.flush((hash) => this.treasury.keptOf(hash))
    await this.tickets.flush()
  }

  /** The configuration was read again. */
  reconfigure(config: RootPeerConfig): void {
    const allowances = allowancesOf(config, this.#diskBytes)
    this.#mode = config.access ?? 'open'
    this.#allow = listOf(config)
    this.#allowances = allowances
    this.treasury.allowances = allowances
    for (const { holder, address } of this.#visitors) {
      holder.sender.limit(this.#holderLimits(holder.ticket))
      address.limit(this.#addressLimits)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#ticking)
    await this.#flushing
    await this.flush().catch(() => {}) // the store has failed, or is full
  }

  /** Its ticket has ended. There may be too many of its key: then it goes. */
  #unticket(visitor: Visitor, ended: RootPeerError): void {
    try {
      visitor.unticket()
      visitor.events.roomsEnded(ended, true)
    } catch (err) {
      visitor.events.banned(err as RootPeerError)
    }
  }

  // By and by: each frame would cost more than it does to charge it.
  #gather(): void {
    for (const senders of [this.#holders, this.#addresses]) senders.tell(this.#busiest)
  }

  #isListed(peer: PeerKey): boolean {
    if (this.#mode !== 'allowlist') return true
    return this.#allow.has(formatKey(peer)) || this.allowed.hasKey(peer)
  }

  #holder(name: string, hash: Uint8Array, ticket: KeptTicket | null): Holder {
    const bounds = this.#holderLimits(ticket)
    const known = this.#holders.find(name)
    if ((known?.connections ?? 0) >= bounds.connections) {
      throw new RootPeerError(
        'TOO_MANY',
        `more than ${bounds.connections} connections ${ticket === null ? 'of one key' : 'with one ticket'}`,
        { expected: bounds.connections }
      )
    }
    const sender = this.#holders.enter(name, () =>
      this.#newSender('day-messages', bounds, this.usage.sentToday(name))
    )
    return { name, hash, ticket, sender }
  }

  #newSender(kind: QuotaKind, bounds: SenderLimits, sent: number): Sender {
    const now = this.now()
    return new Sender(kind, bounds, { day: dayOf(now), now, sent })
  }

  #holderLimits(ticket: KeptTicket | null): SenderLimits {
    const { messagesPerSecond, bytesPerSecond, messagesPerDay, connectionsPerKey } =
      this.#allowances
    return {
      messagesPerSecond,
      bytesPerSecond,
      messagesPerDay: ticket?.scopes.messagesPerDay ?? messagesPerDay,
      connections: connectionsPerKey
    }
  }

  get #addressLimits(): SenderLimits {
    const { messagesPerSecond, bytesPerSecond, messagesPerDay } = this.#allowances
    return {
      messagesPerSecond: messagesPerSecond * ADDRESS_TIMES,
      bytesPerSecond: bytesPerSecond * ADDRESS_TIMES,
      messagesPerDay: messagesPerDay * ADDRESS_TIMES,
      connections: limits.connectionsMax
    }
  }
}

/** Keys that the configuration lets in, beside those that were added since. */
function listOf({ allow = [] }: Pick<RootPeerConfig, 'allow'>): ReadonlySet<string> {
  return new Set(allow.map((key) => formatKey(parsePeerKey(key))))
}

function notListed(): RootPeerError<'NOT_ALLOWED'> {
  return notAllowed('this root peer serves the keys on its list only, and this one is not there')
}
