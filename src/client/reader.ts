// A reader: feeds from every root of a room, joined by one timeline into one row, handed to the app at
// the app's pace. Owns when a read has come to its end.

import type { Cursor, RootPosition } from '../protocol/cursor.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { badCursor } from '../protocol/errors.ts'
import type { RoomKeys } from '../protocol/keys.ts'
import { Feed, FROM_END } from './feed.ts'
import type { FeedEvents } from './feed.ts'
import { clientLimits } from './limits.ts'
import { ReadMessage, Unreadable } from './message.ts'
import type { RoomLink } from './room-link.ts'
import { Timeline } from './timeline.ts'
import type { Shown } from './timeline.ts'

export interface ReaderOptions {
  keys: RoomKeys
  follow: boolean
  /** Where to begin at a root. */
  start: (root: RoomLink) => RootPosition
  /** The cursor that was begun from, if it was one. */
  cursor: Cursor | null
  /** The number that was begun from, if it was one: good at one root only. */
  number: number | null
  events: ReaderEvents
  signal?: AbortSignal | undefined
  closed: () => void
}

export interface ReaderEvents {
  proven(id: string): void
  hole(chain: string, author: string, from: number, to: number): void
  gap(root: string, from: number, to: number): void
  reset(root: string, number: number): void
}

type Item = ReadMessage | Unreadable

export class Reader {
  readonly #options: ReaderOptions
  readonly #timeline: Timeline
  readonly #feeds: Feed[] = []
  readonly #off: (() => void)[] = []
  #queue: Item[] = []
  #bytes = 0
  #wake: (() => void) | null = null
  #error: Error | null = null
  #ended = false
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(options: ReaderOptions) {
    this.#options = options
    const { keys, events, cursor, number } = options
    this.#timeline = new Timeline(
      keys,
      {
        show: (shown) => this.#show(shown),
        proven: (id) => events.proven(id),
        hole: (chain, author, from, to) => events.hole(chain, author, from, to)
      },
      cursor,
      number === null || number === 0
    )
    const { signal } = options
    if (signal === undefined) return
    const abort = (): void => this.end()
    signal.addEventListener('abort', abort)
    this.#off.push(() => signal.removeEventListener('abort', abort))
    if (signal.aborted) this.#ended = true
  }

  /** Reads from one more root. */
  add(link: RoomLink): void {
    const { follow, number, start: startAt } = this.#options
    if (number !== null && number !== FROM_END && this.#feeds.length > 0) {
      return this.end(badCursor('a number means nothing with several root peers: use a cursor'))
    }
    const start = startAt(link)
    const feed = new Feed(link, start, { follow, backlog: () => this.#bytes, events: this.#events })
    this.#feeds.push(feed)
    const ondenied = (error: RootPeerError): void => this.#ondenied(error)
    link.on('denied', ondenied)
    this.#off.push(() => link.off('denied', ondenied))
    if (link.denial !== null) this.#ondenied(link.denial)
    try {
      feed.start()
    } catch (err) {
      this.end(err as RootPeerError) // told to whoever iterates
    }
  }

  /** What has come since the last call, waiting for something; null at the end. */
  async take(): Promise<Item[] | null> {
    // Whoever asks is done with what it had: the roots may go on.
    for (const feed of this.#feeds) feed.taken()
    while (this.#queue.length === 0) {
      if (this.#error !== null) throw this.#error
      if (this.#ended) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const items = this.#queue
    this.#queue = []
    this.#bytes = 0
    return this.aborted ? null : items
  }

  get aborted(): boolean {
    return this.#options.signal?.aborted === true
  }

  /** No more will come; what is here already is still handed out. */
  end(error: Error | null = null): void {
    this.#ended = true
    this.#error ??= error
    this.#wakeUp()
  }

  close(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const off of this.#off.splice(0)) off()
    for (const feed of this.#feeds.splice(0)) feed.close()
    this.#options.closed()
    this.#wakeUp()
  }

  readonly #events: FeedEvents = {
    arrived: (arrivals) => {
      this.#timeline.accept(arrivals)
      this.#wakeUp()
    },
    end: () => this.#maybeEnd(),
    gap: (feed, from, to) => {
      this.#timeline.forgive()
      this.#options.events.gap(feed.link.root, from, to)
    },
    reset: (feed, number) => this.#options.events.reset(feed.link.root, number)
  }

  // Every root that can be read was read to its end: after a wait for what may still come, what is
  // missing is said; and a read that does not follow is over.
  #maybeEnd(): void {
    const open = this.#feeds.filter(({ link }) => link.open !== null)
    if (open.length === 0 || !open.every((feed) => feed.atEnd)) return
    const all = open.length === this.#feeds.length
    const { holeMs, stragglerMs } = clientLimits
    const holding = this.#timeline.held > 0
    const { follow } = this.#options
    if (all && !holding) return follow ? undefined : this.end()
    if (this.#timer !== null || (follow && !holding)) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        if (!this.#feeds.every((feed) => feed.atEnd || feed.link.open === null)) return
        this.#timeline.release()
        this.#wakeUp()
        if (!follow) this.end()
      },
      follow ? holeMs : stragglerMs
    )
  }

  #ondenied(error: RootPeerError): void {
    const { follow } = this.#options
    const over = this.#feeds.every(({ link }) => link.denial !== null)
    // Whoever follows waits: the room may be opened by a member, or the root come back.
    if (over && !follow) this.end(error)
  }

  #show(shown: Shown): void {
    const { arrival } = shown
    const cursor = this.#cursor()
    this.#bytes += arrival.payload.byteLength
    this.#queue.push(
      'error' in shown
        ? new Unreadable(arrival, shown.error, cursor)
        : new ReadMessage(arrival, shown.candidate, shown, cursor)
    )
  }

  /** The cursor as of now. Made only if asked for; with one root and nothing held back no chains are needed. */
  #cursor(): () => Cursor {
    const timeline = this.#timeline
    const nextAt = ({ place, link }: Feed): number =>
      timeline.standingAt(link.root) ?? Math.max(0, place.next)
    const [only] = this.#feeds
    if (this.#feeds.length === 1 && only !== undefined && timeline.held === 0) {
      const { place } = only
      const next = nextAt(only)
      return () => ({ roots: [{ ...place, next }], chains: [] })
    }
    const roots = this.#feeds.map((feed) => {
      const root: RootPosition = { ...feed.place, next: nextAt(feed) }
      const held = timeline.lowestHeld(feed.link.root)
      return held === null ? root : { ...root, next: Math.min(held, root.next) }
    })
    const chains = timeline.mark()
    return () => ({ roots, chains: chains() })
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = null
  }
}

/**
 * Everything that a reader gives, in turn, at the pace of whoever iterates. It is opened with the first
 * item that is asked for, and closed however the iteration ends.
 *
 * @param taken called with each item that was done with.
 */
export async function* items(
  open: () => Promise<Reader>,
  taken?: (item: Item) => void
): AsyncGenerator<Item> {
  const reader = await open()
  try {
    for (let batch = await reader.take(); batch !== null; batch = await reader.take()) {
      for (const item of batch) {
        if (reader.aborted) return
        yield item
        taken?.(item)
      }
    }
  } finally {
    reader.close()
  }
}
