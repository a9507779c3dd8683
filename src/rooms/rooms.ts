// All rooms: opened on demand, shared while anybody has them open, closed when idle. Neither start nor
// memory grows with the number of rooms kept.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { shuttingDown } from '../protocol/errors.ts'
import type { Retention } from '../protocol/retention.ts'
import { UNBOUNDED } from '../protocol/retention.ts'
import { Counters } from '../counters.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import { Books } from './books.ts'
import type { Use } from './count.ts'
import { Entry } from './entry.ts'
import { Log } from './log.ts'
import type { Founder } from './record.ts'
import type { Tomb } from './registry.ts'
import { Retainer } from './retainer.ts'
import type { RoomEvents } from './room.ts'
import { Room } from './room.ts'
import type { OpenRoom, RoomsEvents, RoomsOptions } from './rooms-options.ts'
import { Sweep } from './sweep.ts'
import type { Totals } from './tally.ts'

export type { RoomsEvents, RoomsOptions } from './rooms-options.ts'

export class Rooms {
  readonly #store: Store
  readonly #events: RoomsEvents
  readonly #now: () => number
  readonly #open = new Map<string, OpenRoom>()
  /** Rooms on their way out: an open of the same one waits for it. */
  readonly #closing = new Map<string, Promise<void>>()
  readonly #resting: NodeJS.Timeout
  readonly #sweep: Sweep
  readonly #roomEvents: RoomEvents
  readonly #openBooks: () => Promise<Books>
  #books: Promise<Books>
  /** The newest ones: while the store is opened anew, those before. */
  #lastBooks: Books
  /** The longest that anything is kept. May be changed at any time. */
  retention: Retention
  #closed = false

  private constructor(
    store: Store,
    books: Books,
    events: RoomsEvents,
    now: () => number,
    openBooks: () => Promise<Books>,
    { idleMs = limits.roomIdleMs, counters = new Counters(), retention }: RoomsOptions
  ) {
    this.#store = store
    this.#openBooks = openBooks
    this.#books = Promise.resolve(books)
    this.#lastBooks = books
    this.#events = events
    this.#now = now
    this.retention = retention ?? UNBOUNDED
    this.#roomEvents = {
      stored: (room, messages, bytes) => {
        counters.commits++
        events.stored(room.id, messages, bytes, room.log.next)
      },
      retained: (room) => events.retained(room)
    }
    this.#resting = setInterval(() => this.#closeIdle(idleMs), idleMs / 2)
    this.#resting.unref()
    const due = async (): Promise<AsyncIterable<RoomId>> => (await this.#books).due(this.retention)
    this.#sweep = new Sweep({ due, expire: (id) => this.#expire(id) })
  }

  static async open(
    store: Store,
    events: RoomsEvents,
    now: () => number,
    options: RoomsOptions = {}
  ): Promise<Rooms> {
    const elapsed = options.elapsed ?? (() => performance.now())
    const openBooks = (): Promise<Books> => Books.open(store, now, elapsed)
    return new Rooms(store, await openBooks(), events, now, openBooks, options)
  }

  /** All that is kept, as of now. */
  get totals(): Totals {
    return this.#lastBooks.tally.totals
  }

  /** The time by which things are deleted, in milliseconds since 1970: a clock that jumps is not believed. */
  get time(): number {
    return this.#lastBooks.clock.read()
  }

  /** What a room takes, open or not; null if it is not kept. */
  async useOf(id: RoomId): Promise<Use | null> {
    const open = this.#open.get(mapKey(id))?.loaded
    if (open !== undefined && open !== null) return open.use
    return (await this.#books).useOf(id)
  }

  async *founded(by: keyof Founder, hash: Uint8Array): AsyncGenerator<RoomId> {
    yield* (await this.#books).registry.founded(by, hash)
  }

  /** Who answers for a room; null if it is not kept, or nobody does. */
  async founderOf(id: RoomId): Promise<Founder | null> {
    return (await (await this.#books).registry.get(id))?.founder ?? null
  }

  /** Whether a room is kept. Throws `ROOM_DELETED` if it is kept out. */
  async isKept(id: RoomId): Promise<boolean> {
    return (await this.#books).has(id)
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
   * @throws `SHUTTING_DOWN`; `ROOM_DELETED`; `DISK_FULL` if there is no room to create it; what the store throws.
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

  /** The owner has deleted a room: it is not kept again for long. Resolves once it is gone. */
  async delete(id: RoomId): Promise<void> {
    await this.#strike(id, this.#now() + limits.tombMs)
  }

  /**
   * The operator drops a room. Resolves once it is gone.
   *
   * @param keepOut whether it may not come again, until it is allowed to
   * @returns whether it was kept
   */
  async drop(id: RoomId, { keepOut }: { keepOut: boolean }): Promise<boolean> {
    return this.#strike(id, keepOut ? 0 : null)
  }

  /** A room that is kept out may come again. */
  async allow(id: RoomId): Promise<void> {
    const { registry } = await this.#books
    await registry.write([registry.bury(id, null)])
  }

  async *keptOut(): AsyncGenerator<{ id: RoomId; tomb: Tomb }> {
    yield* (await this.#books).registry.tombs()
  }

  /** Has all rooms that are due let go of what is too old; it is done by itself every minute. */
  sweep(): Promise<void> {
    return this.#sweep.run()
  }

  /** Commits and answers all that was accepted, then closes every room. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#resting)
    await this.#sweep.close()
    await this.#closeAll()
  }

  /**
   * Closes every room, does `work` on the store under them, and goes on. An open in the meantime waits.
   * Whoever holds a room must have been sent away before. If it fails, opens fail likewise until the
   * next reopen.
   */
  async reopen(work: () => Promise<void>): Promise<void> {
    const closed = this.#closeAll()
    this.#books = closed.then(work).then(this.#openBooks)
    this.#lastBooks = await this.#books
  }

  // What is closed is settled in the turn of the call: an open after it is not waited for, but waits.
  async #closeAll(): Promise<void> {
    const books = this.#books
    for (const key of [...this.#open.keys()]) this.#closeOne(key)
    await Promise.all(this.#closing.values())
    const last = await books.catch(() => null) // the last reopen failed: there is none
    await last?.close()
  }

  async #load(id: RoomId, founder: Founder | null): Promise<Room> {
    const books = await this.#books
    const { registry, tally, clock } = books
    const account = tally.account(id)
    try {
      let record = await registry.get(id)
      if (record === null) {
        record = await books.enter(id, founder, account)
        this.#events.registered(id)
      }
      const store = this.#store
      const log = await Log.open({ store, entry: new Entry(id, registry, record), account })
      const retainer = new Retainer(log, {
        store,
        most: () => this.retention,
        time: () => clock.read(),
        letGo: (gone) => tally.letGo({ rooms: 0, ...gone }),
        freed: (use) => this.#events.freed(id, use, log.founder, false)
      })
      return new Room(log, { retainer, store, events: this.#roomEvents, now: this.#now })
    } catch (err) {
      account.close()
      throw err
    }
  }

  // Settled in the turn of the call, as a close is: whoever opens it from now on finds it gone.
  async #strike(id: RoomId, until: number | null): Promise<boolean> {
    if (this.#closed) throw shuttingDown()
    const key = mapKey(id)
    const books = this.#books
    this.#closeOne(key)
    const closing = this.#closing.get(key)
    const tomb = until === null ? null : { deletedAt: this.#now(), until }
    const struck = (async () => {
      await closing
      return (await books).strike(id, tomb, (use, by) => {
        this.#events.deleted(id)
        this.#events.freed(id, use, by, true)
      })
    })()
    this.#leave(key, struck)
    try {
      return await struck
    } catch (err) {
      throw this.#store.noteWriteError(err)
    }
  }

  async #expire(id: RoomId): Promise<void> {
    const room = await this.acquire(id, false)
    if (room === null) return
    try {
      await room.retainer.expire()
    } finally {
      this.release(room)
    }
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
    const gone = open.room.then((room) => room.close())
    this.#leave(key, gone)
  }

  /** Whoever opens this room waits until then; if it goes wrong, it never opened, or the store is gone. */
  #leave(key: string, gone: Promise<unknown>): void {
    const over = (async () => {
      await gone.catch(() => {})
    })()
    this.#closing.set(key, over)
    void over.then(() => this.#closing.get(key) === over && this.#closing.delete(key))
  }
}
