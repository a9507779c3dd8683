// A room's log: its segments as one row of numbered messages. Owns which segment is appended to, when
// a new one begins, and where a message number is found. Never knows who reads or writes.

import b4a from 'b4a'
import type { CoreKey, RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { randomBytes } from '../protocol/derive.ts'
import type { Head } from '../protocol/head.ts'
import { isHeadOf } from '../protocol/head.ts'
import { pageSpan } from '../protocol/page.ts'
import { SegmentList } from '../protocol/segments.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import type { StoredPage } from './pager.ts'
import type { KeptSegment, Registry, RoomRecord } from './registry.ts'
import { SegmentCore } from './segment.ts'

/** A place in the log: a message number, and the block that holds it where that is known. */
export interface Place {
  number: number
  /** Position in the segment list, and block in its core; -1 while it has to be looked up. */
  segment: number
  block: number
}

/** Pages in a row, of one segment, and where they lead. */
export interface Run {
  segment: number
  block: number
  pages: Uint8Array[]
  next: Place
  head: Head | null
}

/** Where a commit's first page is, and the head that covers all of it. */
export interface Written {
  segment: number
  block: number
  head: Head
}

interface RecentPage extends StoredPage {
  segment: number
  block: number
}

export class Log {
  readonly id: RoomId
  readonly #store: Store
  readonly #registry: Registry
  #record: RoomRecord
  #segments: SegmentList
  readonly #cores = new Map<number, Promise<SegmentCore>>()
  #last: SegmentCore | null = null
  /** Blocks of the last segment that we know to be ours: more would mean that somebody else wrote. */
  #length = 0
  #next = 0
  #recent: RecentPage[] = []
  #recentBytes = 0
  #outdated: Promise<void> = Promise.resolve()

  private constructor(id: RoomId, store: Store, registry: Registry, record: RoomRecord) {
    this.id = id
    this.#store = store
    this.#registry = registry
    this.#record = record
    this.#segments = new SegmentList(record.segments)
  }

  static async open(
    id: RoomId,
    store: Store,
    registry: Registry,
    record: RoomRecord
  ): Promise<Log> {
    const log = new Log(id, store, registry, record)
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
    const last = await this.#writable()
    const block = last.length
    await last.append(pages.map(({ bytes }) => bytes))
    this.#length = last.length
    const segment = this.#segments.all.length - 1
    for (const [i, page] of pages.entries()) this.#remember({ ...page, segment, block: block + i })
    const end = pages[pages.length - 1] as StoredPage
    this.#next = end.first + end.count
    return { segment, block, head: last.head() as Head }
  }

  /**
   * The next pages from a place up to number `until`, rounded up to a whole page, if they are all in
   * memory; null if the disk has to be asked.
   */
  recent(place: Place, until: number): Run | null {
    const from = this.#recentIndex(place.number)
    if (from === -1) return null
    const start = this.#recent[from] as RecentPage
    const pages: Uint8Array[] = []
    let bytes = 0
    let next = start.first
    for (let i = from; i < this.#recent.length; i++) {
      const page = this.#recent[i] as RecentPage
      if (page.segment !== start.segment || pages.length === limits.pagesCountMax) break
      bytes += page.bytes.byteLength
      if (pages.length > 0 && (bytes > limits.pagesBytesMax || page.first >= until)) break
      pages.push(page.bytes)
      next = page.first + page.count
    }
    const isLast = start.segment === this.#segments.all.length - 1
    return this.#run(start.segment, start.block, pages, next, isLast ? this.#last : null)
  }

  /**
   * The next pages from a place up to number `until`, rounded up to a whole page, from disk.
   *
   * @returns null if the page that held `place.number` is gone: look at `oldest` again.
   */
  async read(place: Place, until: number): Promise<Run | null> {
    const segment =
      place.segment >= 0 && place.block >= 0 ? place.segment : this.#segments.indexOf(place.number)
    if (segment === -1) return null
    const core = await this.core(segment)
    const isFirst = this.#segments.all[segment]?.start === place.number // as most readers begin
    const block = place.block >= 0 ? place.block : isFirst ? 0 : await core.find(place.number)
    if (block === -1) return null
    const length = core === this.#last ? this.#length : core.length
    if (block >= length) return this.#nextSegment(place, segment, until)
    const average = core.core.byteLength / core.length
    const fitting = Math.floor(limits.pagesBytesMax / average)
    const count = Math.max(1, Math.min(limits.pagesCountMax, fitting))
    const read = await core.read(block, Math.min(count, length - block))
    if (read.length === 0) return null
    const end = this.#segments.all[segment]?.end ?? Infinity
    const { pages, next } = fit(read, Math.min(end, until))
    if (pages.length === 0) return this.#nextSegment(place, segment, until)
    return this.#run(segment, block, pages, next, core)
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

  async close(): Promise<void> {
    const cores = [...this.#cores.values()]
    this.#cores.clear()
    this.#recent = []
    await this.#outdated
    for (const core of cores) await (await core).close()
  }

  async #openLast(): Promise<void> {
    const position = this.#record.segments.length - 1
    const kept = this.#record.segments[position]
    if (kept === undefined) return
    this.#last = await this.core(position)
    const { length, next } = await this.#last.end()
    this.#length = length
    this.#next = next ?? kept.start
  }

  /** The core to append to; a new segment if the last may have been rolled back, or is not ours alone. */
  async #writable(): Promise<SegmentCore> {
    const kept = this.#record.segments[this.#record.segments.length - 1]
    const current =
      this.#last !== null &&
      kept !== undefined &&
      kept.generation === this.#store.generation &&
      this.#last.length === this.#length
    return current ? (this.#last as SegmentCore) : this.#begin()
  }

  async #begin(): Promise<SegmentCore> {
    const name = randomBytes(16)
    const core = new SegmentCore(await this.#store.openCore(this.#coreName(name)))
    const { generation } = this.#store
    const kept = { name, generation, coreKey: core.key, signer: core.signer }
    const next = this.#segments.next(this.#next, kept)
    const record = { ...this.#record, segments: next.all as readonly KeptSegment[] }
    // Written before the first append, and covered by the same sync.
    await this.#registry.put(this.id, record)
    this.#record = record
    this.#segments = next
    this.#cores.set(next.all.length - 1, Promise.resolve(core))
    this.#last = core
    this.#length = 0
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
      core = this.#store.openCore(this.#coreName(kept.name)).then((each) => new SegmentCore(each))
      core.catch(() => this.#cores.delete(position))
      this.#cores.set(position, core)
    }
    return core
  }

  #coreName(name: Uint8Array): string {
    return `room/${mapKey(this.id)}/${mapKey(name)}`
  }

  #nextSegment(place: Place, segment: number, until: number): Promise<Run | null> | null {
    if (segment + 1 >= this.#segments.all.length) return null
    return this.read({ number: place.number, segment: segment + 1, block: 0 }, until)
  }

  #run(
    segment: number,
    block: number,
    pages: Uint8Array[],
    next: number,
    core: SegmentCore | null
  ): Run {
    const after = { number: next, segment, block: block + pages.length }
    return { segment, block, pages, next: after, head: core?.head() ?? null }
  }

  #remember(page: RecentPage): void {
    this.#recent.push(page)
    this.#recentBytes += page.bytes.byteLength
    while (this.#recentBytes > limits.roomCacheBytesMax && this.#recent.length > 1) {
      this.#recentBytes -= (this.#recent.shift() as RecentPage).bytes.byteLength
    }
  }

  #recentIndex(number: number): number {
    const [first] = this.#recent
    if (first === undefined || number < first.first) return -1
    let low = 0
    let high = this.#recent.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#recent[middle] as RecentPage).first <= number) low = middle
      else high = middle - 1
    }
    const page = this.#recent[low] as RecentPage
    return number < page.first + page.count ? low : -1
  }
}

/**
 * As many of the pages as stay within the bound, and at least one; none that begins at `end` or later:
 * nobody has room for it, or somebody else must have written it behind the segment's end.
 */
function fit(read: Uint8Array[], end: number): { pages: Uint8Array[]; next: number } {
  const pages: Uint8Array[] = []
  let bytes = 0
  let next = 0
  for (const page of read) {
    const { first, count } = pageSpan(page)
    bytes += page.byteLength
    if (first >= end || (pages.length > 0 && bytes > limits.pagesBytesMax)) break
    pages.push(page)
    next = first + count
  }
  return { pages, next }
}
