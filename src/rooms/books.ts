// What is kept of all rooms together: the registry, the tally, the clock that deletes. Owns how a room is
// entered and struck out. Opened and replaced as one; knows of no room that is open.

import type { RoomId } from '../protocol/bytes.ts'
import { roomDeleted, rootFull } from '../protocol/errors.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import type { Retention } from '../protocol/retention.ts'
import { Clock } from './clock.ts'
import { UNCOUNTED, useOf } from './count.ts'
import type { Use } from './count.ts'
import { lateAge } from './expiry.ts'
import type { Founder, RoomRecord } from './record.ts'
import { newRecord } from './record.ts'
import type { Tomb } from './registry.ts'
import { Registry } from './registry.ts'
import type { Account } from './tally.ts'
import { Tally } from './tally.ts'
import type { Scrap } from './waste.ts'
import { clear, clearRest, wasteOf } from './waste.ts'

export class Books {
  readonly registry: Registry
  readonly tally: Tally
  readonly clock: Clock
  readonly #store: Store
  readonly #now: () => number
  #tidiedAt = -Infinity

  private constructor(
    store: Store,
    now: () => number,
    parts: { registry: Registry; tally: Tally; clock: Clock }
  ) {
    this.#store = store
    this.#now = now
    this.registry = parts.registry
    this.tally = parts.tally
    this.clock = parts.clock
  }

  static async open(store: Store, now: () => number, elapsed: () => number): Promise<Books> {
    await clearRest(store)
    const registry = await Registry.open(store)
    const tally = await Tally.open(store, registry)
    const clock = await Clock.open(store, now, elapsed)
    return new Books(store, now, { registry, tally, clock })
  }

  /**
   * Whether a room is kept.
   *
   * @throws `ROOM_DELETED` if it is kept out
   */
  async has(id: RoomId): Promise<boolean> {
    if ((await this.registry.get(id)) !== null) return true
    await this.#refuseBuried(id)
    return false
  }

  /** What a room takes now; null if it is not kept. */
  useOf(id: RoomId): Promise<Use | null> {
    return useOf(this.#store, this.registry, id)
  }

  /**
   * Enters a room that is not kept yet.
   *
   * @throws `ROOM_DELETED`, `DISK_FULL`, what the store throws
   */
  async enter(id: RoomId, founder: Founder | null, account: Account): Promise<RoomRecord> {
    await this.#refuseBuried(id)
    if (!this.#store.writable) throw rootFull()
    const record = newRecord(this.#now(), founder)
    try {
      await account.begin(() => ({ ...UNCOUNTED }))
      await this.registry.put(id, record, null, [this.registry.bury(id, null)])
      account.registered()
    } catch (err) {
      // One that found no room is one that the store has to know of.
      throw this.#store.noteWriteError(err)
    } finally {
      account.end()
    }
    return record
  }

  /**
   * Strikes out a room that nobody has open, and clears what it took.
   *
   * @param tomb keeps it out; null: it may come again
   * @param freed told as soon as it is on disk that the room is gone
   * @returns whether it was kept
   */
  async strike(
    id: RoomId,
    tomb: Tomb | null,
    freed: (use: Use, founder: Founder | null) => void
  ): Promise<boolean> {
    const record = await this.registry.get(id)
    const grave = tomb === null ? [] : [this.registry.bury(id, tomb)]
    if (record === null) {
      await this.registry.write(grave)
      return false
    }
    const use = (await this.useOf(id)) as Use
    await this.tally.settle(id)
    const scraps: Scrap[] = record.segments.map(({ name, coreKey }) => {
      return { id, name, coreKey, blocks: 0, whole: true }
    })
    const gone = this.tally.letGo({ rooms: 1, ...use })
    await this.registry.remove(id, record, [...wasteOf(scraps), ...grave, gone])
    freed(use, record.founder)
    await clear(this.#store, scraps)
    this.#store.freed(use.bytes)
    return true
  }

  /** A room that was kept out may come again. */
  async allow(id: RoomId): Promise<void> {
    await this.registry.write([this.registry.bury(id, null)])
  }

  /** Rooms that have something to let go of by now. */
  async *due({ ageMs }: Retention): AsyncGenerator<RoomId> {
    await this.tidy()
    const now = this.clock.read()
    yield* this.registry.due(now)
    if (ageMs > 0) yield* this.registry.since(now - lateAge(ageMs))
  }

  /** Now and then: writes down the time, and lets rooms come again that were kept out for long enough. */
  async tidy(): Promise<void> {
    await this.clock.note(this.#store)
    const now = this.#now()
    if (Math.abs(now - this.#tidiedAt) < limits.clockNoteMs || !this.#store.writable) return
    this.#tidiedAt = now
    for await (const { id, tomb } of this.registry.tombs()) {
      if (isOver(tomb, now)) await this.#store.notes.write([this.registry.bury(id, null)])
    }
  }

  async close(): Promise<void> {
    await this.tally.close().catch(() => {}) // then there is more to count at the next start
  }

  async #refuseBuried(id: RoomId): Promise<void> {
    const tomb = await this.registry.tomb(id)
    if (tomb !== null && !isOver(tomb, this.#now())) throw roomDeleted()
  }
}

function isOver({ until }: Tomb, now: number): boolean {
  return until > 0 && until <= now
}
