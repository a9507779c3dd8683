// A room as an app sees it: send, read, and what happens in it. Owns its author, outbox and readers, and
// joins them to the ways in and out: its roots, and whatever else there is.

import { EventEmitter } from 'events'
import { formatKey, mapKey } from '../protocol/bytes.ts'
import { parseCursor } from '../protocol/cursor.ts'
import { badCursor, lesserInvite, RootPeerError } from '../protocol/errors.ts'
import type { AccessName } from '../protocol/keys.ts'
import { accessName } from '../protocol/keys.ts'
import type { Retention } from '../protocol/retention.ts'
import { UNBOUNDED } from '../protocol/retention.ts'
import { Author, toBytes } from './outbox/author.ts'
import { Company } from './company.ts'
import { filesParts } from './files/files-of.ts'
import { RoomFiles } from './files/room-files.ts'
import { RoomState } from './files/room-state.ts'
import { FROM_END } from './reading/feed.ts'
import { items } from './reading/items.ts'
import type { ReadMessage, Unreadable } from './reading/message.ts'
import { clientLimits } from './limits.ts'
import { objectionTo } from './objections.ts'
import type { MirroredCore } from './roots/mirror.ts'
import { Outbox } from './outbox/outbox.ts'
import { pipeline } from './outbox/pipeline.ts'
import { Reader } from './reading/reader.ts'
import type { Receipt } from './outbox/receipt.ts'
import { show } from './room-events.ts'
import type { RoomEvents } from './room-events.ts'
import type { Member } from './roster.ts'
import type { RoomParts } from './room-parts.ts'
import { sendingEvents } from './sending.ts'
import { startAt } from './starting.ts'
import type { Posted, ReadOptions, SendOptions, Unsent } from './room-options.ts'
import type { RootStatus } from './roots/room-root.ts'
import { RoomRoots } from './roots/room-roots.ts'
import type { Verified } from './roots/verification.ts'
import type { Inside, Way } from './way.ts'

export class Room extends EventEmitter<RoomEvents> {
  /** The room's id, in z32. */
  readonly id: string
  readonly invite: string
  readonly access: AccessName
  readonly files: RoomFiles
  readonly state: RoomState
  readonly #parts: RoomParts
  readonly #author: Author
  readonly #outbox: Outbox
  readonly #company: Company
  readonly #roots: RoomRoots
  /** The roots, and what else leads to the members. */
  readonly #ways: readonly Way[]
  readonly #readers = new Set<Reader>()
  #following = false
  #closed = false

  constructor(parts: RoomParts) {
    super()
    this.#parts = parts
    const { keys, identity, now, budget, outbox, waits } = parts
    this.id = formatKey(keys.id)
    this.invite = parts.invite
    this.access = accessName(keys.access)
    this.#author = new Author(keys, identity, now, outbox?.kept.chain)
    this.#outbox = new Outbox({
      author: this.#author,
      budget,
      events: sendingEvents(this),
      notes: outbox
    })
    this.#company = new Company(keys, identity, now, parts.self)
    const { roster } = this.#company
    roster.on('member', (member) => this.emit('member', member))
    const files = filesParts(parts, () => roster.ahead(keys.id))
    this.files = new RoomFiles(files)
    this.state = new RoomState(files)
    const inside: Inside = {
      keys,
      outbox: this.access === 'guest' ? null : this.#outbox,
      company: this.#company,
      files: files.roots,
      waits,
      tell: (name, ...event) => this.emit(name, ...(event as never))
    }
    this.#roots = new RoomRoots(inside, parts)
    this.#ways = [this.#roots, ...parts.ways.map((open) => open(inside))]
    // However it is added: in Bare `once` does not go by `on`.
    const added = (name: string): void => {
      if (name === 'message') this.#follow()
    }
    this.on('newListener', added as never) // an event of every emitter, and so not among a room's
  }

  /** Members that were seen, of those who are there now and who were; never ourselves. */
  members(): Member[] {
    return this.#company.roster.members
  }

  /** How many members a message goes to directly now. */
  get directPeers(): number {
    return this.#company.roster.direct
  }

  /** The root peers that it lives on, and how they stand. */
  get roots(): RootStatus[] {
    return this.#roots.status
  }

  /**
   * Sends one message; resolves once `acks` root peers have stored it. Without a network it waits; with a
   * profile it is kept meanwhile, and sent when the room is joined again, whatever happens to this process.
   *
   * @throws `LESSER_INVITE` for a guest, `TOO_LARGE`, `OUTBOX_FULL`, `PROFILE_FAILED`; `FEW_ACKS`; `CLOSED`
   *   if the room was closed first.
   */
  send(body: string | Uint8Array, options: SendOptions = {}): Promise<Receipt> {
    return this.#queue(body, options.acks, null)
  }

  /**
   * Sends one message and does not wait for a root peer: resolves once it is sealed, and kept if there is
   * a profile. Throws as `send` does.
   */
  post(body: string | Uint8Array, options: SendOptions = {}): Promise<Posted> {
    return new Promise((resolve, reject) => {
      // A full frame is sealed at once.
      const stored = this.#queue(body, options.acks, (id) =>
        queueMicrotask(() => resolve({ id, stored }))
      )
      stored.catch(reject)
    })
  }

  /**
   * Sends many, in order, taking bodies only as fast as they are stored; yields their receipts in order,
   * as they come. An error ends it; what was taken before is still sent.
   */
  sendAll(
    bodies: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
    options: SendOptions = {}
  ): AsyncGenerator<Receipt> {
    return pipeline(bodies, {
      run: (body) => this.#queue(body, options.acks, null),
      weigh: ({ length }) => length + clientLimits.bodyOverheadBytes,
      weightMax: clientLimits.sendAheadBytes
    })
  }

  /** What some root peer still lacks, in order; with a profile also what an earlier run has left. */
  unsent(): Unsent[] {
    return [...this.#outbox.entries].flatMap((entry) => entry.messages(this.#parts.keys))
  }

  /** The chain that this client writes in, in hex, and the number of its next message. */
  get chain(): { id: string; next: number } {
    const { chain, number } = this.#author.state
    return { id: mapKey(chain), next: number }
  }

  /** Reads the room. See `ReadOptions`. Breaking out of the loop ends it. */
  read(options: ReadOptions = {}): AsyncGenerator<ReadMessage | Unreadable> {
    const { profile } = this.#parts
    const { from } = options
    const open = async (): Promise<Reader> => {
      if (typeof from === 'number' && !(Number.isSafeInteger(from) && from >= 0)) {
        throw badCursor('a message number is a whole number from 0')
      }
      return this.#reader(from ?? (await profile?.place(this.id)) ?? null, options)
    }
    if (profile === null || from !== undefined) return items(open)
    return items(open, (item) => profile.remember(this.id, () => item.cursor))
  }

  /**
   * Holds a receipt against its root: the message is there, under the head that was signed when it was
   * stored, and the log has only grown since. Waits for a connection to that root.
   *
   * @throws see `verifyReceipt`; `NOT_KEPT` if this room is not at that root.
   */
  verify(receipt: Receipt): Promise<Verified> {
    return this.#roots.verify(receipt)
  }

  /** The cores that are mirrored, if the room was joined with `mirror`. */
  async mirrored(): Promise<MirroredCore[]> {
    return (await this.#parts.mirror?.cores()) ?? []
  }

  /** Tells all members who are there now; kept by nobody. Typing, receipts, calls. */
  broadcast(kind: number, body: string | Uint8Array): void {
    if (this.access === 'guest') throw lesserInvite('member', 'guest')
    const sealed = this.#company.seal(kind, toBytes(body))
    for (const way of this.#ways) way.broadcast(sealed)
  }

  /** For how long messages are kept, as the root peers say; null while none has the room open. */
  get retention(): Retention | null {
    return this.#roots.retention
  }

  /**
   * Has the root peers keep less; they never keep more than they did. Waits for one that has the room open;
   * resolves once it holds at all that have it then.
   * @throws `LESSER_INVITE` for who is not the owner; `CLOSED`, `TIMEOUT`; what a root refuses it for
   */
  async setRetention(retention: Partial<Retention>): Promise<void> {
    this.#ownerOnly()
    await this.#roots.retain({ ...UNBOUNDED, ...retention })
  }

  /** Deletes the room, for everybody and for good, as `setRetention` goes about it. */
  async delete(): Promise<void> {
    this.#ownerOnly()
    await this.#roots.remove()
  }

  /** The app goes to sleep. Called by the client. */
  suspend(): void {
    for (const way of this.#ways) way.suspend()
    for (const reader of this.#readers) reader.suspend()
  }

  resume(): void {
    for (const reader of this.#readers) reader.resume()
    for (const way of this.#ways) way.resume()
  }

  /** Leaves the room. Whoever waits for a receipt is told. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const reader of this.#readers) reader.end()
    this.#outbox.close()
    for (const way of this.#ways) way.close()
    this.#parts.closed()
  }

  #ownerOnly(): void {
    if (this.access !== 'owner') throw lesserInvite('owner', this.access)
  }

  // Not async: a message of many should not cost one more promise than it must.
  #queue(
    body: string | Uint8Array,
    acks: number | undefined,
    queued: ((id: string) => void) | null
  ): Promise<Receipt> {
    if (this.#closed) return Promise.reject(new RootPeerError('CLOSED', 'this room was closed'))
    if (this.access === 'guest') return Promise.reject(lesserInvite('member', 'guest'))
    const wrong = objectionTo(body, acks)
    if (wrong !== null) return Promise.reject(wrong)
    return this.#outbox.add(toBytes(body), acks, queued)
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
      waits: this.#parts.waits,
      start: ({ link }) => startAt(link, cursor, number ?? 0),
      events: {
        proven: (id) => this.emit('proven', { id }),
        hole: (chain, author, first, to) => this.emit('hole', { chain, author, from: first, to }),
        gap: (root, first, to) => this.emit('gap', { root, from: first, to }),
        reset: (root, number) => this.emit('reset', { root, number })
      },
      closed: () => {
        this.#readers.delete(reader)
        for (const way of this.#ways) way.unread(reader)
      }
    })
    this.#readers.add(reader)
    for (const way of this.#ways) way.read(reader)
    return reader
  }

  /** Feeds the `message` event for as long as the room is open. */
  #follow(): void {
    if (this.#following || this.#closed) return
    this.#following = true
    const run = async (): Promise<void> => {
      const { profile } = this.#parts
      const from = (await profile?.place(this.id)) ?? FROM_END
      for await (const item of items(async () => this.#reader(from, { follow: true }))) {
        if ('body' in item) show(item, (message) => this.emit('message', message))
        profile?.remember(this.id, () => item.cursor)
      }
    }
    run().catch((err: Error) => {
      if (!this.#closed && this.listenerCount('error') > 0) this.emit('error', err)
    })
  }
}
