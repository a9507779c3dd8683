// A room as an app sees it: send, read, and what happens in it. Wires outbox, deliveries and readers to
// the links of its roots; decides nothing that these decide.

import { EventEmitter } from 'events'
import type { KeyPair } from '../protocol/bytes.ts'
import { formatKey } from '../protocol/bytes.ts'
import type { Cursor, RootPosition } from '../protocol/cursor.ts'
import { parseCursor } from '../protocol/cursor.ts'
import { badCursor, lesserInvite, RootPeerError, tooLarge } from '../protocol/errors.ts'
import type { WireCode } from '../protocol/errors.ts'
import type { AccessName, RoomKeys } from '../protocol/keys.ts'
import { accessName } from '../protocol/keys.ts'
import { wireLimits } from '../protocol/limits.ts'
import { Author, toBytes } from './author.ts'
import { Company } from './company.ts'
import type { BroadcastEvent, PresenceEvent } from './company.ts'
import { Delivery } from './delivery.ts'
import { FROM_END } from './feed.ts'
import type { ReadMessage, Unreadable } from './message.ts'
import { clientLimits } from './limits.ts'
import type { Mirror, MirroredCore } from './mirror.ts'
import { Outbox } from './outbox.ts'
import type { Budget } from './outbox.ts'
import type { Profile } from './profile.ts'
import { pipeline } from './pipeline.ts'
import { items, Reader } from './reader.ts'
import type { Receipt } from './receipt.ts'
import { RoomLink } from './room-link.ts'
import { verifyReceipt } from './verification.ts'
import type { Verified } from './verification.ts'
import type { RootLink } from './root-link.ts'

export interface ReadOptions {
  /**
   * A cursor, or the number of a message (with one root only). Without: where the profile left off, else
   * the oldest message kept.
   */
  from?: string | number
  /** Go on with new messages as they come. Default: to the end. */
  follow?: boolean
  /** Ends the read quietly. */
  signal?: AbortSignal
}

export interface RoomEvents {
  /** Every new message; listening to it follows the room from now on, or from the profile's place. */
  message: [message: ReadMessage]
  /** A message that was shown unproven is proven now. */
  proven: [event: { id: string }]
  /** Messages of one chain from `from` up to, not including, `to` are missing here. */
  hole: [event: { chain: string; author: string; from: number; to: number }]
  /** Messages from `from` up to, not including, `to` are gone at this root. */
  gap: [event: { root: string; from: number; to: number }]
  /** This root's log was rolled back to before `number`: reading goes on from there. */
  reset: [event: { root: string; number: number }]
  /** A root did not take what was sent. It is sent again unless `send` rejects. */
  refused: [event: { root: string; code: WireCode; detail: string }]
  /** A root does not let us in. */
  denied: [event: { root: string; error: RootPeerError }]
  presence: [event: PresenceEvent]
  broadcast: [event: BroadcastEvent]
  error: [error: Error]
}

/** What a room is made from; the client's business. */
export interface RoomParts {
  keys: RoomKeys
  invite: string
  identity: KeyPair
  profile: Profile | null
  /** Keeps the room's cores whole; null if that was not asked for. */
  mirror: Mirror | null
  budget: Budget
  now: () => number
  closed: () => void
}

export class Room extends EventEmitter<RoomEvents> {
  /** The room's id, in z32. */
  readonly id: string
  readonly invite: string
  readonly access: AccessName
  readonly #parts: RoomParts
  readonly #author: Author
  readonly #outbox: Outbox
  readonly #company: Company
  readonly #links: RoomLink[] = []
  readonly #deliveries: Delivery[] = []
  readonly #readers = new Set<Reader>()
  #chosen: () => void = () => {}
  /** Resolves once the roots are chosen. */
  readonly #rooted: Promise<void> = new Promise((resolve) => {
    this.#chosen = resolve
  })
  #following = false
  #closed = false

  constructor(parts: RoomParts) {
    super()
    this.#parts = parts
    const { keys, identity, now } = parts
    this.id = formatKey(keys.id)
    this.invite = parts.invite
    this.access = accessName(keys.access)
    this.#author = new Author(keys, identity, now)
    this.#outbox = new Outbox(this.#author, parts.budget)
    this.#company = new Company(keys, identity, now)
  }

  /** As any emitter; the first listener to `message` begins to follow the room. */
  override on<Name extends keyof RoomEvents>(
    name: Name,
    listener: (...event: RoomEvents[Name]) => void
  ): this {
    if (name === 'message') this.#follow()
    return super.on(name, listener as never)
  }

  /** Reads from and writes to these. Called by the client, once the roots are chosen. */
  addRoots(roots: readonly RootLink[]): void {
    for (const root of roots) this.#addRoot(root)
    this.#chosen()
  }

  #addRoot(root: RootLink): void {
    if (this.#closed) return
    const link = new RoomLink(root, this.#parts.keys)
    this.#links.push(link)
    link.on('denied', (error) => this.emit('denied', { root: link.root, error }))
    link.on('closed', () => this.#company.forget(link.root))
    link.on('presence', (message) =>
      this.emit('presence', this.#company.presence(link.root, message))
    )
    link.on('broadcast', (sealed) => {
      const event = this.#company.open(sealed)
      if (event !== null) this.emit('broadcast', event)
    })
    if (this.access !== 'guest') {
      const delivery = new Delivery(link, this.#outbox, this.#parts.keys, (code, detail) =>
        this.emit('refused', { root: link.root, code, detail })
      )
      this.#deliveries.push(delivery)
      this.#outbox.carry(delivery)
    }
    this.#parts.mirror?.add(link)
    for (const reader of this.#readers) reader.add(link)
    link.start()
  }

  /**
   * Sends one message; resolves once a root has stored it. Without a network it waits.
   *
   * @throws `LESSER_INVITE` for a guest, `TOO_LARGE`, `OUTBOX_FULL`; `CLOSED` if the room was closed
   *   first, when nobody knows whether it was stored.
   */
  send(body: string | Uint8Array): Promise<Receipt> {
    return this.#queue(body)
  }

  /**
   * Sends many, in order, taking bodies only as fast as they are stored; yields their receipts in order,
   * as they come. An error ends it; what was taken before is still sent.
   */
  sendAll(
    bodies: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>
  ): AsyncGenerator<Receipt> {
    return pipeline(bodies, {
      run: (body) => this.#queue(body),
      weigh: ({ length }) => length + clientLimits.bodyOverheadBytes,
      weightMax: clientLimits.sendAheadBytes
    })
  }

  /** Reads the room. See `ReadOptions`. Breaking out of the loop ends it. */
  read(options: ReadOptions = {}): AsyncGenerator<ReadMessage | Unreadable> {
    const { profile, keys } = this.#parts
    const { from } = options
    const open = async (): Promise<Reader> => {
      if (typeof from === 'number' && !(Number.isSafeInteger(from) && from >= 0)) {
        throw badCursor('a message number is a whole number from 0')
      }
      return this.#reader(from ?? (await profile?.place(keys.id, this.id)) ?? null, options)
    }
    if (profile === null || from !== undefined) return items(open)
    return items(open, (item) => profile.remember(keys.id, this.id, () => item.cursor))
  }

  /**
   * Holds a receipt against its root: the message is there, under the head that was signed when it was
   * stored, and the log has only grown since. Waits for a connection to that root.
   *
   * @throws see `verifyReceipt`; `NOT_KEPT` if this room is not at that root.
   */
  async verify(receipt: Receipt): Promise<Verified> {
    await this.#rooted
    const link = this.#links.find(({ root }) => root === receipt.root)
    if (link === undefined) {
      throw new RootPeerError(
        'NOT_KEPT',
        `root peer ${receipt.root} is none of this room's: name it`
      )
    }
    if (link.open === null) {
      await new Promise<void>((resolve, reject) => {
        link.once('granted', () => resolve())
        link.once('denied', reject)
      })
    }
    return verifyReceipt(link, this.#parts.keys, receipt)
  }

  /** The cores that are mirrored, if the room was joined with `mirror`. */
  async mirrored(): Promise<MirroredCore[]> {
    return (await this.#parts.mirror?.cores()) ?? []
  }

  /** Tells all members who are there now; kept by nobody. Typing, receipts, calls. */
  broadcast(kind: number, body: string | Uint8Array): void {
    if (this.access === 'guest') throw lesserInvite('member', 'guest')
    const sealed = this.#company.seal(kind, toBytes(body))
    for (const link of this.#links) link.open?.send.broadcast(sealed)
  }

  /** Leaves the room. Whoever waits for a receipt is told that nobody knows. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const reader of this.#readers) reader.end()
    for (const delivery of this.#deliveries) delivery.close()
    this.#outbox.close()
    for (const link of this.#links) link.close()
    this.#parts.closed()
  }

  // Not async: a message of many should not cost one more promise than it must.
  #queue(body: string | Uint8Array): Promise<Receipt> {
    const wrong = this.#objection(body)
    if (wrong !== null) return Promise.reject(wrong)
    return this.#outbox.add(toBytes(body))
  }

  /** Why a body can't be sent; null if it can. */
  #objection(body: string | Uint8Array): RootPeerError | null {
    if (this.#closed) return new RootPeerError('CLOSED', 'this room was closed')
    if (this.access === 'guest') return lesserInvite('member', 'guest')
    const { bodyBytesMax } = wireLimits
    const bytes = toBytes(body).byteLength
    return bytes > bodyBytesMax ? tooLarge('a message in bytes', bodyBytesMax, bytes) : null
  }

  #reader(from: string | number | null, { follow = false, signal }: ReadOptions): Reader {
    if (this.#closed) throw new RootPeerError('CLOSED', 'this room was closed')
    const cursor = typeof from === 'string' ? parseCursor(from) : null
    const number = typeof from === 'number' ? from : null
    const reader = new Reader({
      keys: this.#parts.keys,
      follow,
      signal,
      cursor,
      number,
      start: ({ link }) => startAt(link, cursor, number ?? 0),
      events: {
        proven: (id) => this.emit('proven', { id }),
        hole: (chain, author, first, to) => this.emit('hole', { chain, author, from: first, to }),
        gap: (root, first, to) => this.emit('gap', { root, from: first, to }),
        reset: (root, number) => this.emit('reset', { root, number })
      },
      closed: () => this.#readers.delete(reader)
    })
    this.#readers.add(reader)
    for (const link of this.#links) reader.add(link)
    return reader
  }

  /** Feeds the `message` event for as long as the room is open. */
  #follow(): void {
    if (this.#following || this.#closed) return
    this.#following = true
    const run = async (): Promise<void> => {
      const { profile, keys } = this.#parts
      const from = (await profile?.place(keys.id, this.id)) ?? FROM_END
      for await (const item of items(async () => this.#reader(from, { follow: true }))) {
        if ('body' in item) this.emit('message', item)
        profile?.remember(keys.id, this.id, () => item.cursor)
      }
    }
    run().catch((err: Error) => {
      if (!this.#closed && this.listenerCount('error') > 0) this.emit('error', err)
    })
  }
}

function startAt({ root }: RootLink, cursor: Cursor | null, number: number): RootPosition {
  const known = cursor?.roots.find((each) => formatKey(each.root) === formatKey(root))
  return known ?? { root, coreKey: null, next: number, head: null }
}
