// A room's log: its segments as one row of numbered messages. Owns which segment is appended to, when
// a new one begins, and where a message number is found. Never knows who reads or writes.

import b4a from 'b4a'
import type Hypercore from 'hypercore'
import type { CoreKey, RoomId } from '../protocol/bytes.ts'
import { randomBytes } from '../protocol/derive.ts'
import type { Head } from '../protocol/head.ts'
import { isHeadOf } from '../protocol/head.ts'
import { SegmentList } from '../protocol/segments.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import type { StoredPage } from './pager.ts'
import { Recent } from './recent.ts'
import type { KeptSegment, Registry, RoomRecord } from './registry.ts'
import { fit, runOf } from './run.ts'
import type { Place, Run } from './run.ts'
import type { SegmentCore } from './segment.ts'
import { endOf, openSegment } from './segment.ts'
import type { Account, Reach } from './tally.ts'

export type { Place, Run } from './run.ts'

/** Where a commit's first page is, and the head that covers all of it. */
export interface Written {
  segment: number
  block: number
  head: Head
}

export interface LogParts {
  store: Store
  registry: Registry
  /** Closed with the log. */
  account: Account
}

export class Log {
  readonly id: RoomId
  readonly #store: Store
  readonly #registry: Registry
  readonly #account: Account
  #record: RoomRecord
  #segments: SegmentList
  readonly #cores = new Map<number, Promise<SegmentCore>>()
  /** What uses the cores now, and whether anything did since `rest` was last called. */
  #users = 0
  #touched = false
  /** What is signed of the last segment; null until something was appended here. */
  #head: Head | null = null
  /** Blocks of the last segment that we know to be ours: more would mean that somebody else wrote. */
  #length = 0
  #next = 0
  readonly #recent = new Recent()
  #outdated: Promise<void> = Promise.resolve()

  private constructor(id: RoomId, { store, registry, account }: LogParts, record: RoomRecord) {
    this.id = id
    this.#store = store
    this.#registry = registry
    this.#account = account
    this.#record = record
    this.#segments = new SegmentList(record.segments)
  }

  static async open(id: RoomId, parts: LogParts, record: RoomRecord): Promise<Log> {
    const log = new Log(id, parts, record)
    await log.#openLast()
    return log
  }

  get segments(): SegmentList {
    return this.#segments
  }

  /** Number of the oldest message kept. */
  get oldest(): number {
    return this.#record.oldest
  }

  /** Number that the next message will get; all below it are synced. */
  get next(): number {
    return this.#next
  }

  /**
   * Appends pages made from `next` on; resolves once they are synced.
   *
   * @returns where the first of them is, and the head that covers them all.
   */
  async append(pages: readonly StoredPage[]): Promise<Written> {
    const release = this.hold()
    try {
      const last = await this.#writable()
      const block = last.length
      const segment = this.#segments.all.length - 1
      const marked = this.#account.begin(() => this.#counted(segment, last))
      if (marked !== null) await marked
      await last.append(pages.map(({ bytes }) => bytes))
      this.#length = last.length
      this.#head = last.head()
      for (const [i, page] of pages.entries()) {
        this.#recent.add({ ...page, segment, block: block + i })
      }
      const end = pages[pages.length - 1] as StoredPage
      this.#next = end.first + end.count
      this.#account.stored(this.#next, segment, last.core.byteLength)
      return { segment, block, head: this.#head as Head }
    } finally {
      this.#account.end()
      release()
    }
  }

  /**
   * The next pages from a place up to number `until`, rounded up to a whole page, if they are all in
   * memory; null if the disk has to be asked.
   */
  recent({ number }: Place, until: number): Run | null {
    const found = this.#recent.from(number, until)
    if (found === null) return null
    const { segment, block, pages, next } = found
    const head = segment === this.#segments.all.length - 1 ? this.#head : null
    return runOf(segment, block, pages, next, head)
  }

  /**
   * The next pages from a place up to number `until`, rounded up to a whole page, from disk.
   *
   * @returns null if the page that held `place.number` is gone: look at `oldest` again.
   */
  async read(place: Place, until: number): Promise<Run | null> {
    const release = this.hold()
    try {
      return await this.#read(place, until)
    } finally {
      release()
    }
  }

  /**
   * Looks at a head that a client presents. One that we signed ourselves, over more than we hold, proves
   * that the store was rolled back: the next append begins a new segment, even if the room is closed
   * until then.
   */
  witness(coreKey: CoreKey, head: Head): void {
    const last = this.#segments.last
    if (last === undefined || !b4a.equals(last.coreKey, coreKey) || head.length <= this.#length)
      return
    if (isHeadOf(head, coreKey, last.signer)) this.#outdate()
  }

  /** Keeps the cores open until what it gives is called; so does every append and read while it runs. */
  hold(): () => void {
    this.#users++
    return () => {
      this.#users--
      this.#touched = true
    }
  }

  /**
   * Closes the cores, and forgets the newest pages, if nothing has used them since the last call. What
   * is needed next opens them again: a room that many have open and nobody uses costs little.
   */
  async rest(): Promise<void> {
    const idle = this.#users === 0 && !this.#touched
    this.#touched = false
    if (idle) await this.#closeCores()
  }

  async close(): Promise<void> {
    this.#account.close()
    await this.#outdated
    await this.#closeCores()
  }

  async #closeCores(): Promise<void> {
    const cores = [...this.#cores.values()]
    this.#cores.clear()
    this.#recent.clear()
    for (const core of cores) await (await core).close()
  }

  async #openLast(): Promise<void> {
    const position = this.#record.segments.length - 1
    const kept = this.#record.segments[position]
    if (kept === undefined) return
    const { length, next } = await endOf(this.#store, kept, () => {
      this.#touched = true
      return this.core(position)
    })
    this.#length = length
    this.#next = next
  }

  /** How far the tally counts this room before its first write: everything. */
  #counted(segment: number, last: SegmentCore): Reach {
    return { known: true, next: this.#next, segment, bytes: last.core.byteLength }
  }

  async #read(place: Place, until: number): Promise<Run | null> {
    const segment =
      place.segment >= 0 && place.block >= 0 ? place.segment : this.#segments.indexOf(place.number)
    if (segment === -1) return null
    const core = await this.core(segment)
    const isFirst = this.#segments.all[segment]?.start === place.number // as most readers begin
    const block = place.block >= 0 ? place.block : isFirst ? 0 : await core.find(place.number)
    if (block === -1) return null
    const length = segment === this.#segments.all.length - 1 ? this.#length : core.length
    if (block >= length) return this.#nextSegment(place, segment, until)
    const average = core.core.byteLength / core.length
    const fitting = Math.floor(limits.pagesBytesMax / average)
    const count = Math.max(1, Math.min(limits.pagesCountMax, fitting))
    const read = await core.read(block, Math.min(count, length - block))
    if (read.length === 0) return null
    const end = this.#segments.all[segment]?.end ?? Infinity
    const { pages, next } = fit(read, Math.min(end, until))
    if (pages.length === 0) return this.#nextSegment(place, segment, until)
    // A core that is longer than what is ours has a head over what was lost.
    const isLast = segment === this.#segments.all.length - 1
    const head = !isLast || core.length === this.#length ? core.head() : null
    return runOf(segment, block, pages, next, head)
  }

  /** The core to append to; a new segment if the last may have been rolled back, or is not ours alone. */
  async #writable(): Promise<SegmentCore> {
    const position = this.#record.segments.length - 1
    const kept = this.#record.segments[position]
    if (kept === undefined || kept.generation !== this.#store.generation) return this.#begin()
    const last = await this.core(position)
    return last.length === this.#length ? last : this.#begin()
  }

  async #begin(): Promise<SegmentCore> {
    const name = randomBytes(16)
    const core = await openSegment(this.#store, this.id, { name })
    const { generation } = this.#store
    const kept = { name, generation, coreKey: core.key, signer: core.signer }
    const next = this.#segments.next(this.#next, kept)
    const record = { ...this.#record, segments: next.all as readonly KeptSegment[] }
    // Written before the first append, and covered by the same sync.
    await this.#registry.put(this.id, record)
    this.#record = record
    this.#segments = next
    this.#cores.set(next.all.length - 1, Promise.resolve(core))
    this.#length = 0
    this.#head = null
    return core
  }

  /** Makes the last segment one of a generation long gone, and writes that down. */
  #outdate(): void {
    const segments = this.#record.segments.map((segment, i, all) =>
      i === all.length - 1 ? { ...segment, generation: 0 } : segment
    )
    this.#record = { ...this.#record, segments }
    // If this fails the store does, or has no room: then nothing is appended either.
    this.#outdated = this.#registry.put(this.id, this.#record).catch(() => {})
  }

  /** The core of a segment, by its position in the list; opened on demand. */
  core(position: number): Promise<SegmentCore> {
    let core = this.#cores.get(position)
    if (core === undefined) {
      const kept = this.#record.segments[position] as KeptSegment
      core = openSegment(this.#store, this.id, kept)
      core.catch(() => this.#cores.delete(position))
      this.#cores.set(position, core)
    }
    return core
  }

  /** The cores of all segments. */
  async cores(): Promise<Hypercore[]> {
    const cores: Hypercore[] = []
    for (let i = 0; i < this.#segments.all.length; i++) cores.push((await this.core(i)).core)
    return cores
  }

  #nextSegment(place: Place, segment: number, until: number): Promise<Run | null> | null {
    if (segment + 1 >= this.#segments.all.length) return null
    return this.#read({ number: place.number, segment: segment + 1, block: 0 }, until)
  }
}
