// All rooms: opened on demand, shared while anybody has them open, closed when idle. Neither start nor
// memory grows with the number of rooms kept.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { rootFull, shuttingDown } from '../protocol/errors.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import { Log } from './log.ts'
import { Registry } from './registry.ts'
import { Room } from './room.ts'

export interface RoomsEvents {
  /** A member opened a room that was not kept before. */
  registered(id: RoomId): void
  /** Once a commit, after its sync. */
  stored(id: RoomId, messages: number, bytes: number, next: number): void
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
  #registry: Promise<Registry>
  #closed = false

  private constructor(
    store: Store,
    registry: Registry,
    events: RoomsEvents,
    now: () => number,
    idleMs: number
  ) {
    this.#store = store
    this.#registry = Promise.resolve(registry)
    this.#events = events
    this.#now = now
    this.#sweep = setInterval(() => this.#closeIdle(idleMs), idleMs / 2)
    this.#sweep.unref()
  }

  static async open(
    store: Store,
    events: RoomsEvents,
    now: () => number,
    idleMs: number = limits.roomIdleMs
  ): Promise<Rooms> {
    return new Rooms(store, await Registry.open(store), events, now, idleMs)
  }

  /** Rooms open now. */
  get size(): number {
    return this.#open.size
  }

  /**
   * Opens a room for one user, who must `release` it.
   *
   * @param create registers the room if it is not kept; a guest never does.
   * @returns null if the room is not kept and may not be created.
   * @throws `SHUTTING_DOWN`; `DISK_FULL` if there is no room to create it; what the store throws.
   */
  async acquire(id: RoomId, create: boolean): Promise<Room | null> {
    const key = mapKey(id)
    if (this.#closed) throw shuttingDown()
    if (!create && !this.#open.has(key) && !(await this.#isKept(id))) return null
    while (this.#closing.has(key)) await this.#closing.get(key)
    if (this.#closed) throw shuttingDown()
    let open = this.#open.get(key)
    if (open === undefined) {
      open = { room: this.#load(id), loaded: null, users: 0, idleSince: 0 }
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

  /** Commits and answers all that was accepted, then closes every room and the registry. */
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
    this.#registry = closed.then(work).then(() => Registry.open(this.#store))
    await this.#registry
  }

  // What is closed is settled in the turn of the call: an open after it is not waited for, but waits.
  async #closeAll(): Promise<void> {
    const registry = this.#registry
    for (const key of [...this.#open.keys()]) this.#closeOne(key)
    await Promise.all(this.#closing.values())
    await registry.then(
      (each) => each.close(),
      () => {} // the last reopen failed: there is none
    )
  }

  /** A write that found no room is one that the store has to know of. */
  async #write(written: Promise<void>): Promise<void> {
    try {
      await written
    } catch (err) {
      throw this.#store.noteWriteError(err)
    }
  }

  async #isKept(id: RoomId): Promise<boolean> {
    return (await (await this.#registry).get(id)) !== null
  }

  async #load(id: RoomId): Promise<Room> {
    const registry = await this.#registry
    let record = await registry.get(id)
    if (record === null) {
      if (!this.#store.writable) throw rootFull()
      record = { createdAt: this.#now(), oldest: 0, segments: [] }
      await this.#write(registry.put(id, record))
      this.#events.registered(id)
    }
    const log = await Log.open(id, this.#store, registry, record)
    const stored = (room: Room, messages: number, bytes: number) =>
      this.#events.stored(room.id, messages, bytes, room.log.next)
    return new Room(id, log, this.#store, { stored }, this.#now)
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
