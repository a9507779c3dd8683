// The feed of one reader from one root: a stream of pages on credit, so that a slow reader holds little,
// and checked so that a root can't skip what it should give.

import b4a from 'b4a'
import type { CoreKey } from '../../protocol/bytes.ts'
import type { RootPosition } from '../../protocol/cursor.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { Head } from '../../protocol/head.ts'
import { decodePage } from '../../protocol/page.ts'
import type { Pages, Pull } from '../../protocol/room-channel.ts'
import { steadyNow } from '../clock.ts'
import { clientLimits } from '../limits.ts'
import type { RoomLink, StreamUser } from '../roots/room-link.ts'
import type { Arrival } from './timeline.ts'

export interface FeedEvents {
  arrived(arrivals: readonly Arrival[]): void
  /** The root was read to its end, as of now. */
  end(feed: Feed): void
  gap(feed: Feed, from: number, to: number): void
  reset(feed: Feed, number: number): void
}

/** Instead of a number: begin with what is stored from now on. */
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
  #place: RootPosition | null = null
  #stream: number | null = null
  /** How long a root that was asked may say nothing, and since when it has. */
  readonly #patienceMs: number
  #silent = 0
  /** Messages that the root may send before it is told that there is room for more. */
  #credit = 0
  /** What the credit is brought up to: as many messages as are worth `readAheadBytes`. */
  #room: number = clientLimits.readAheadMessagesMin
  /** Whether the root was asked on this channel. */
  #pulled = false
  #atEnd = false

  constructor(
    link: RoomLink,
    start: RootPosition,
    options: { follow: boolean; backlog: () => number; patienceMs: number; events: FeedEvents }
  ) {
    this.link = link
    this.#coreKey = start.coreKey
    this.#next = start.next
    this.#head = start.head
    this.#follow = options.follow
    this.#backlog = options.backlog
    this.#patienceMs = options.patienceMs
    this.#events = options.events
  }

  /** Whether everything that the root had was read; for a feed that follows, has and is connected. */
  get atEnd(): boolean {
    return this.#atEnd
  }

  /** Whether the root has more, as far as is known, and gives it; or is not asked for it just now. */
  get isGiving(): boolean {
    if (this.#atEnd || this.link.open === null) return false
    return !this.#pulled || this.#credit === 0 || steadyNow() - this.#silent < this.#patienceMs
  }

  /** Where this feed stands: everything below was handed on. */
  get place(): RootPosition {
    const { root } = this.link.link
    const [coreKey, next, head] = [this.#coreKey, this.#next, this.#head]
    const known = this.#place
    // Asked for with every message; it moves once a batch.
    if (known?.next === next && known.coreKey === coreKey && known.head === head) return known
    this.#place = { root, coreKey, next, head }
    return this.#place
  }

  /** Throws `TOO_MANY` if too many readers share the channel. */
  start(): void {
    this.#stream = this.link.attach(this)
    if (this.#stream === null) {
      throw new RootPeerError('TOO_MANY', 'too many readers of one room: close one of them')
    }
  }

  /** The reader has taken something: let the root go on if there is room. */
  taken(): void {
    if (this.#stream === null || this.#backlog() > clientLimits.readAheadBytes) return
    if (!this.#pulled) return this.link.pull(this.#stream)
    if (this.#credit > this.#room / 2) return
    const limit = this.#room - this.#credit
    if (this.#credit === 0) this.#silent = steadyNow()
    this.#credit += limit
    this.link.more(this.#stream, limit)
  }

  close(): void {
    if (this.#stream !== null) this.link.detach(this.#stream)
    this.#stream = null
  }

  position(): Omit<Pull, 'stream'> | null {
    if (this.#atEnd && !this.#follow) return null // it has what it came for
    // Asked for once there is room: each new channel would bring as much again.
    if (this.#backlog() > clientLimits.readAheadBytes) return null
    if (this.#coreKey !== null && this.#head !== null) this.link.recall(this.#coreKey, this.#head)
    this.#credit = this.#room
    this.#pulled = true
    this.#silent = steadyNow()
    const limit = this.#credit
    // From beyond the end a root leads back to it.
    const from = this.#next === FROM_END ? Number.MAX_SAFE_INTEGER : this.#next
    return { coreKey: this.#coreKey, from, limit, live: this.#follow, head: this.#head }
  }

  pages({ segment, pages, next, end, head }: Pages): void {
    const { root } = this.link
    const arrivals: Arrival[] = []
    let bytes = 0
    this.#silent = steadyNow()
    // Kept only if all of it is right: what is not handed on is asked for again.
    let reached = this.#next
    for (const each of pages) {
      const { first, storedAt, entries } = decodePage(each)
      if (first > reached) {
        throw hostile(`messages ${reached} to ${first} were left out in silence`)
      }
      for (const { index, payload } of entries) {
        if (index < reached) continue
        arrivals.push({ index, payload, storedAt, root })
        reached = index + 1
      }
      bytes += each.byteLength
    }
    if (next > reached) throw hostile(`the root goes on at ${next}, and gave up to ${reached}`)
    this.#next = reached
    this.#settle(segment, head)
    if (arrivals.length > 0) {
      // What was under way when it was stopped has an end.
      if (this.#backlog() > 2 * clientLimits.backlogBytesMax) {
        throw hostile('the root goes on though it was told to stop')
      }
      this.#atEnd = false
      this.#credit = Math.max(0, this.#credit - arrivals.length)
      this.#measure(bytes, arrivals.length)
      this.#events.arrived(arrivals)
      if (this.#backlog() > clientLimits.backlogBytesMax) this.#halt()
      else this.taken()
    }
    if (!end) return
    this.#atEnd = true
    this.#events.end(this)
  }

  gap(from: number, to: number): void {
    if (to <= this.#next) return
    const gone = Math.min(from, this.#next)
    this.#next = to
    this.#events.gap(this, gone, to)
  }

  reset(number: number): void {
    const wanted = this.#next === FROM_END
    this.#next = number
    this.#coreKey = null
    this.#head = null
    if (!wanted) this.#events.reset(this, number)
  }

  cut(): void {
    this.#pulled = false
    if (this.#follow) this.#atEnd = false
  }

  /** Credit counts messages: when they turn out larger than those before, the root is stopped. */
  #halt(): void {
    if (this.#stream === null || !this.#pulled) return
    this.#pulled = false
    this.link.halt(this.#stream)
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

  #measure(bytes: number, count: number): void {
    const { readAheadBytes, readAheadMessagesMin, readAheadMessagesMax } = clientLimits
    const fitting = Math.floor(readAheadBytes / Math.max(1, bytes / count))
    this.#room = Math.max(readAheadMessagesMin, Math.min(readAheadMessagesMax, fitting))
  }
}

function hostile(message: string): RootPeerError<'HOSTILE_ROOT'> {
  return new RootPeerError('HOSTILE_ROOT', message)
}
