// The feed of one reader from one root: a stream of pages, asked for in portions so that a slow reader
// holds little, and checked so that a root can't skip what it should give.

import b4a from 'b4a'
import type { CoreKey } from '../protocol/bytes.ts'
import type { RootPosition } from '../protocol/cursor.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { Head } from '../protocol/head.ts'
import type { PageEntry } from '../protocol/page.ts'
import { decodePage } from '../protocol/page.ts'
import type { Pages, Pull } from '../protocol/room-channel.ts'
import { clientLimits } from './limits.ts'
import type { RoomLink, StreamUser } from './room-link.ts'

export interface FeedEvents {
  entries(feed: Feed, entries: { entry: PageEntry; storedAt: number }[]): void
  /** The root was read to its end, as of now. */
  end(feed: Feed): void
  gap(feed: Feed, from: number, to: number): void
  reset(feed: Feed, number: number): void
}

/** Instead of a number: begin with what is stored after the room was granted. */
export const FROM_END = -1

export class Feed implements StreamUser {
  readonly link: RoomLink
  readonly #events: FeedEvents
  readonly #follow: boolean
  /** Bytes that the reader has been given and has not taken; asked before more is pulled. */
  readonly #backlog: () => number
  #coreKey: CoreKey | null
  #next: number
  #head: Head | null
  #stream: number | null = null
  #portion: number = clientLimits.readAheadMessagesMin
  /** Number at which the present portion ends; null when none is under way. */
  #until: number | null = null
  #atEnd = false

  constructor(
    link: RoomLink,
    start: RootPosition,
    options: { follow: boolean; backlog: () => number; events: FeedEvents }
  ) {
    this.link = link
    this.#coreKey = start.coreKey
    this.#next = start.next
    this.#head = start.head
    this.#follow = options.follow
    this.#backlog = options.backlog
    this.#events = options.events
  }

  /** Whether everything that the root had was read. False while it is not connected. */
  get atEnd(): boolean {
    return this.#atEnd
  }

  /** Where this feed stands: everything below was handed on. */
  get place(): RootPosition {
    return { root: this.link.link.root, coreKey: this.#coreKey, next: this.#next, head: this.#head }
  }

  /** Throws `TOO_MANY` if too many readers share the channel. */
  start(): void {
    this.#stream = this.link.attach(this)
    if (this.#stream === null) {
      throw new RootPeerError('TOO_MANY', 'too many readers of one room: close one of them')
    }
  }

  /** The reader has taken something: ask for more if there is room. */
  taken(): void {
    if (this.#until === null && this.#stream !== null && !this.#done) this.link.pull(this.#stream)
  }

  close(): void {
    if (this.#stream !== null) this.link.detach(this.#stream)
    this.#stream = null
  }

  position(): Omit<Pull, 'stream'> | null {
    if (this.#backlog() > clientLimits.readAheadBytes) return null
    if (this.#next === FROM_END) this.#next = this.link.open?.granted.next ?? 0
    const limit = this.#portion
    this.#until = this.#next + limit
    return { coreKey: this.#coreKey, from: this.#next, limit, live: this.#follow, head: this.#head }
  }

  pages({ segment, pages, next, end, head }: Pages): void {
    const entries: { entry: PageEntry; storedAt: number }[] = []
    let bytes = 0
    for (const each of pages) {
      const page = decodePage(each)
      if (page.first > this.#next) {
        throw new RootPeerError(
          'HOSTILE_ROOT',
          `messages ${this.#next} to ${page.first} were left out in silence`
        )
      }
      for (const entry of page.entries) {
        if (entry.index < this.#next) continue
        entries.push({ entry, storedAt: page.storedAt })
        this.#next = entry.index + 1
      }
      bytes += each.byteLength
    }
    if (next > this.#next) {
      throw new RootPeerError(
        'HOSTILE_ROOT',
        `the root goes on at ${next}, and gave up to ${this.#next}`
      )
    }
    this.#settle(segment, head)
    if (entries.length > 0) {
      this.#atEnd = false
      this.#measure(bytes, entries.length)
      this.#events.entries(this, entries)
    }
    if (end) this.#ended()
  }

  gap(from: number, to: number): void {
    if (to <= this.#next) return
    this.#next = to
    this.#events.gap(this, from, to)
  }

  reset(number: number): void {
    this.#next = number
    this.#coreKey = null
    this.#head = null
    this.#events.reset(this, number)
  }

  cut(): void {
    this.#until = null
    this.#atEnd = false
  }

  get #done(): boolean {
    return this.#atEnd && !this.#follow
  }

  /** Remembers the segment, and the newest head shown of it: presented on return, should the root forget. */
  #settle(segment: number, head: Head | null): void {
    const told = this.link.open?.segments.all[segment]
    if (told === undefined) return
    const same = this.#coreKey !== null && b4a.equals(this.#coreKey, told.coreKey)
    this.#coreKey = told.coreKey
    if (!same) this.#head = null
    if (head !== null && head.length > (this.#head?.length ?? 0)) this.#head = head
  }

  // A portion that was used up whole tells nothing about the end: ask again.
  #ended(): void {
    const used = this.#until !== null && this.#next >= this.#until
    if (used) {
      this.#until = null
      this.taken()
      return
    }
    if (!this.#follow) this.#until = null
    this.#atEnd = true
    this.#events.end(this)
  }

  #measure(bytes: number, count: number): void {
    const { readAheadBytes, readAheadMessagesMin, readAheadMessagesMax } = clientLimits
    const fitting = Math.floor(readAheadBytes / Math.max(1, bytes / count))
    this.#portion = Math.max(readAheadMessagesMin, Math.min(readAheadMessagesMax, fitting))
  }
}
