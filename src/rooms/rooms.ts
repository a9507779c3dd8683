// All rooms: opened on demand, shared while anybody has them open, closed when idle. Neither start nor
// memory grows with the number of rooms kept.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { rootFull, shuttingDown } from '../protocol/errors.ts'
import { Counters } from '../counters.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import { UNCOUNTED, useOf } from './count.ts'
import type { Use } from './count.ts'
import { Log } from './log.ts'
import type { Founder, RoomRecord } from './record.ts'
import { newRecord } from './record.ts'
import { Registry } from './registry.ts'
import type { RoomEvents } from './room.ts'
import { Room } from './room.ts'
import type { Account, Totals } from './tally.ts'
import { Tally } from './tally.ts'

export interface RoomsEvents {
  /** A member opened a room that was not kept before. */
  registered(id: RoomId): void
  /** Once a commit, after its sync. */
  stored(id: RoomId, messages: number, bytes: number, next: number): void
  /**
   * So much less is kept of a room: it expired, or the room was deleted and is `gone`. Also of one that
   * is not open.
   */
  freed(id: RoomId, freed: Use, founder: Founder | null, gone: boolean): void
}

export interface RoomsOptions {
  /** Time after which a room that nobody has open is closed; `limits.roomIdleMs` unless given. */
  idleMs?: number | undefined
  counters?: Counters
}

/** What is kept of all rooms; replaced as one by a reopen. */
interface Books {
  registry: Registry
  tally: Tally
}

interface OpenRoom {
  room: Promise<Room>
  /** Once it is open. */
  loaded: Room | null
  users: number
  /** When the last user left, in milliseconds; 0 while there are some. */
  idleSince: number
}

export class Rooms {
  readonly #store: Store
  readonly #events: RoomsEvents
  readonly #now: () => number
  readonly #open = new Map<string, OpenRoom>()
  /** Rooms on their way out: an open of the same one waits for it. */
  readonly #closing = new Map<string, Promise<void>>()
  readonly #sweep: NodeJS.Timeout
  readonly #roomEvents: RoomEvents
  #books: Promise<Books>
  /** The newest one: while the store is opened anew, the one before. */
  #tally: Tally
  #closed = false

  private constructor(
    store: Store,
    books: Books,
    events: RoomsEvents,
    now: () => number,
    { idleMs = limits.roomIdleMs, counters = new Counters() }: RoomsOptions
  ) {
    this.#store = store
    this.#books = Promise.resolve(books)
    this.#tally = books.tally
    this.#events = events
    this.#now = now
    this.#roomEvents = {
      stored: (room, messages, bytes) => {
        counters.commits++
        events.stored(room.id, messages, bytes, room.log.next)
      }
    }
    this.#sweep = setInterval(() => this.#closeIdle(idleMs), idleMs / 2)
    this.#sweep.unref()
  }

  static async open(
    store: Store,
    events: RoomsEvents,
    now: () => number,
    options: RoomsOptions = {}
  ): Promise<Rooms> {
    return new Rooms(store, await openBooks(store), events, now, options)
  }

  /** All that is kept, as of now. */
  get totals(): Totals {
    return this.#tally.totals
  }

  /** What a room takes, open or not; null if it is not kept. */
  async useOf(id: RoomId): Promise<Use | null> {
    const open = this.#open.get(mapKey(id))?.loaded
    if (open !== undefined && open !== null) return open.use
    return useOf(this.#store, (await this.#books).registry, id)
  }

  /** The rooms that somebody has founded. See {@link Founder}. */
  async *founded(by: keyof Founder, hash: Uint8Array): AsyncGenerator<RoomId> {
    yield* (await this.#books).registry.founded(by, hash)
  }

  async isKept(id: RoomId): Promise<boolean> {
    return (await (await this.#books).registry.get(id)) !== null
  }

  /** Rooms open now. */
  get size(): number {
    return this.#open.size
  }

  /**
   * Opens a room for one user, who must `release` it.
   *
   * @param create registers the room if it is not kept; a guest never does.
   * @param founder who is answerable for it if it is registered now.
   * @returns null if the room is not kept and may not be created.
   * @throws `SHUTTING_DOWN`; `DISK_FULL` if there is no room to create it; what the store throws.
   */
  async acquire(id: RoomId, create: boolean, founder: Founder | null = null): Promise<Room | null> {
    const key = mapKey(id)
    if (this.#closed) throw shuttingDown()
    if (!create && !this.#open.has(key) && !(await this.isKept(id))) return null
    while (this.#closing.has(key)) await this.#closing.get(key)
    if (this.#closed) throw shuttingDown()
    let open = this.#open.get(key)
    if (open === undefined) {
      open = { room: this.#load(id, founder), loaded: null, users: 0, idleSince: 0 }
      this.#open.set(key, open)
    }
    open.users++
    open.idleSince = 0
    try {
      open.loaded = await open.room
      return open.loaded
    } catch (err) {
      if (this.#open.get(key) === open) this.#open.delete(key)
      throw err
    }
  }

  /** One user of the room is gone. */
  release(room: Room): void {
    const open = this.#open.get(mapKey(room.id))
    // After a reopen another room goes by this name.
    if (open?.loaded === room && --open.users === 0) open.idleSince = this.#now()
  }

  /** Commits and answers all that was accepted, then closes every room. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweep)
    await this.#closeAll()
  }

  /**
   * Closes every room, does `work` on the store under them, and goes on. An open in the meantime waits.
   * Whoever holds a room must have been sent away before. If it fails, opens fail likewise until the
   * next reopen.
   */
  async reopen(work: () => Promise<void>): Promise<void> {
    const closed = this.#closeAll()
    this.#books = closed.then(work).then(() => openBooks(this.#store))
    this.#tally = (await this.#books).tally
  }

  // What is closed is settled in the turn of the call: an open after it is not waited for, but waits.
  async #closeAll(): Promise<void> {
    const books = this.#books
    for (const key of [...this.#open.keys()]) this.#closeOne(key)
    await Promise.all(this.#closing.values())
    const last = await books.catch(() => null) // the last reopen failed: there is none
    await last?.tally.close().catch(() => {}) // then there is more to count at the next start
  }

  async #load(id: RoomId, founder: Founder | null): Promise<Room> {
    const { registry, tally } = await this.#books
    const account = tally.account(id)
    try {
      const record =
        (await registry.get(id)) ?? (await this.#register(id, founder, registry, account))
      const log = await Log.open(id, { store: this.#store, registry, account }, record)
      return new Room(id, log, this.#store, this.#roomEvents, this.#now)
    } catch (err) {
      account.close()
      throw err
    }
  }

  async #register(
    id: RoomId,
    founder: Founder | null,
    registry: Registry,
    account: Account
  ): Promise<RoomRecord> {
    if (!this.#store.writable) throw rootFull()
    const record = newRecord(this.#now(), founder)
    try {
      await account.begin(() => ({ ...UNCOUNTED }))
      await registry.put(id, record)
      account.registered()
    } catch (err) {
      // One that found no room is one that the store has to know of.
      throw this.#store.noteWriteError(err)
    } finally {
      account.end()
    }
    this.#events.registered(id)
    return record
  }

  #closeIdle(idleMs: number): void {
    const until = this.#now() - idleMs
    for (const [key, open] of this.#open) {
      if (open.users > 0)
        open.loaded?.log.rest().catch(() => {}) // the store is gone
      else if (open.idleSince <= until) this.#closeOne(key)
    }
  }

  #closeOne(key: string): void {
    const open = this.#open.get(key)
    if (open === undefined) return
    this.#open.delete(key)
    const closing = open.room
      .then((room) => room.close())
      .catch(() => {}) // it never opened, or the store is gone: nothing to close
      .finally(() => this.#closing.delete(key))
    this.#closing.set(key, closing)
  }
}

async function openBooks(store: Store): Promise<Books> {
  const registry = await Registry.open(store)
  return { registry, tally: await Tally.open(store, registry) }
}
