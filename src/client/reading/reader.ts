// A reader: feeds from every root of a room, joined by one timeline into one row, handed to the app at
// the app's pace. Owns when a read has come to its end.

import b4a from 'b4a'
import type { RootPosition } from '../../protocol/cursor.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import { badCursor } from '../../protocol/errors.ts'
import { Feed, FROM_END } from './feed.ts'
import type { FeedEvents } from './feed.ts'
import { clientLimits } from '../limits.ts'
import { ReadMessage, Unreadable } from './message.ts'
import type { ReaderOptions } from './reader-options.ts'
import type { RoomLink } from '../roots/room-link.ts'
import { Timeline } from './timeline.ts'
import type { Arrival, Shown } from './timeline.ts'
import { cursorAt } from './whereabouts.ts'

export type Item = ReadMessage | Unreadable

/** Why a root was cut off that a reader expects nothing of any more. */
const LIES: readonly string[] = ['HOSTILE_ROOT', 'BAD_PAGE']

export class Reader {
  readonly #options: ReaderOptions
  readonly #timeline: Timeline
  readonly #feeds: Feed[] = []
  /** Why a root gives nothing, as far as it is known; by the feeds from them. */
  readonly #failures = new Map<Feed, RootPeerError>()
  /** Whether more than one root may come to be read, so that cursors must tell what was shown of each chain. */
  #several = false
  /** Places at roots of the cursor that are not read from now. */
  #elsewhere: readonly RootPosition[]
  /** Each brings more of what comes from elsewhere than a root, if there is any. */
  readonly #fillers: (() => void)[] = []
  /** Whether a root was read to its end, once. */
  #wasRead = false
  readonly #off: (() => void)[] = []
  #queue: Item[] = []
  #bytes = 0
  #wake: (() => void) | null = null
  #error: Error | null = null
  #ended = false
  #asleep = false
  #timer: ReturnType<typeof setTimeout> | null = null
  /** Runs while a root is being read. */
  #again: ReturnType<typeof setTimeout> | null = null

  constructor(options: ReaderOptions) {
    this.#options = options
    const { keys, events, cursor, number } = options
    this.#elsewhere = cursor?.roots ?? []
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

  /**
   * Reads from one more root.
   *
   * @param several whether there may ever be more than one.
   */
  add(link: RoomLink, several: boolean): void {
    const { follow, number, start: startAt } = this.#options
    if (number !== null && number !== FROM_END && this.#feeds.length > 0) {
      return this.end(badCursor('a number means nothing with several root peers: use a cursor'))
    }
    this.#several ||= several
    const start = startAt(link)
    const feed = new Feed(link, start, {
      follow,
      backlog: () => this.#bytes,
      patienceMs: this.#options.waits.answerMs,
      events: this.#events
    })
    this.#feeds.push(feed)
    this.#elsewhere = this.#elsewhere.filter(({ root }) => !b4a.equals(root, link.link.root))
    this.#watch(feed)
    try {
      feed.start()
    } catch (err) {
      this.end(err as RootPeerError) // told to whoever iterates
    }
  }

  /** Whether it begins with what is new, or at a number, and what is older is not wanted. */
  get fromNow(): boolean {
    const { number } = this.#options
    return number !== null && number !== 0
  }

  /** Messages that are held back. */
  get held(): number {
    return this.#timeline.held
  }

  /** Bytes that the app has not taken yet. */
  get backlog(): number {
    return this.#bytes
  }

  /**
   * Whether it is time for what comes from elsewhere: not before what the roots have by now, which stands
   * before it.
   *
   * @param rootless whether no root has answered for a while.
   */
  isDue(rootless: boolean): boolean {
    return (rootless || this.#wasRead) && !this.#isReading()
  }

  /** Calls `more`, which may call `accept`, whenever the app has taken something, or a root has no more. */
  fill(more: () => void): void {
    this.#fillers.push(more)
    this.#several = true
  }

  /** What came from a feed, or from elsewhere. */
  accept(arrivals: readonly Arrival[]): void {
    this.#timeline.accept(arrivals)
    this.#wakeUp()
    if (this.#timeline.held > 0) this.#maybeEnd()
  }

  /** What has come since the last call, waiting for something; null at the end. */
  async take(): Promise<Item[] | null> {
    // Whoever asks is done with what it had: the roots may go on.
    for (const feed of this.#feeds) feed.taken()
    for (const more of this.#fillers) more()
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

  /** The app goes to sleep: nobody is waited for. */
  suspend(): void {
    this.#asleep = true
    this.#calm()
  }

  resume(): void {
    this.#asleep = false
    this.#maybeEnd()
  }

  close(): void {
    this.#ended = true
    this.#calm()
    for (const off of this.#off.splice(0)) off()
    for (const feed of this.#feeds.splice(0)) feed.close()
    this.#options.closed()
    this.#wakeUp()
  }

  readonly #events: FeedEvents = {
    arrived: (arrivals) => this.accept(arrivals),
    end: () => {
      this.#wasRead = true
      for (const more of this.#fillers) more()
      this.#maybeEnd()
    },
    gap: (feed, from, to) => {
      this.#timeline.forgive()
      this.#options.events.gap(feed.link.root, from, to)
    },
    reset: (feed, number) => this.#options.events.reset(feed.link.root, number)
  }

  /** A root that goes away, or does not let us in, or is caught at something, is one less to wait for. */
  #watch(feed: Feed): void {
    const { link } = feed
    const fail = (error: RootPeerError): void => {
      this.#failures.set(feed, error)
      this.#maybeEnd()
    }
    const expelled = (error: RootPeerError): void => {
      if (LIES.includes(error.code)) fail(error)
    }
    const granted = (): void => {
      if (!LIES.includes(this.#failures.get(feed)?.code ?? '')) this.#failures.delete(feed)
    }
    const closed = (): void => this.#maybeEnd()
    link.on('denied', fail).on('granted', granted).on('closed', closed)
    link.link.on('error', expelled)
    this.#off.push(() => {
      link.off('denied', fail).off('granted', granted).off('closed', closed)
      link.link.off('error', expelled)
    })
    if (link.denial === null) return
    this.#failures.set(feed, link.denial)
    queueMicrotask(() => this.#maybeEnd()) // once all roots were added
  }

  // Every root that can be read was read to its end: after a wait for what may still come, what is
  // missing is said; and a read that does not follow is over. While no root has said anything it goes on.
  #maybeEnd(): void {
    const { follow, waits } = this.#options
    if (this.#ended || this.#asleep) return
    if (this.#isReading()) return this.#lookAgain()
    const read = this.#feeds.filter(({ atEnd }) => atEnd).length
    const failed = this.#feeds.filter((feed) => !feed.atEnd && this.#failures.has(feed)).length
    const holding = this.#timeline.held > 0
    if (follow ? !holding : read + failed === 0) return
    const all = read + failed === this.#feeds.length
    if (!follow && all && !holding) return this.#over()
    if (this.#timer !== null) return
    // A root may be dead and nobody has noticed; what was not given directly may be there.
    const hold = read === 0 || this.#timeline.holdsDirect ? waits.directHoldMs : waits.holeMs
    const patience = follow ? hold : waits[read > 0 ? 'stragglerMs' : 'connectMs']
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#isReading()) return // its end is waited for, and then this again
      this.#timeline.release()
      this.#wakeUp()
      if (!follow) this.#over()
    }, patience)
  }

  /** Whether a root is still giving what it has. */
  #isReading(): boolean {
    return this.#feeds.some(({ isGiving }) => isGiving)
  }

  /** One that is there and gives nothing is not waited for for ever. */
  #lookAgain(): void {
    this.#again ??= setTimeout(() => {
      this.#again = null
      for (const more of this.#fillers) more()
      this.#maybeEnd()
    }, this.#options.waits.answerMs)
  }

  /** A read that does not follow has ended: well, if any root was read. */
  #over(): void {
    const [failure = null] = this.#failures.values()
    this.end(this.#feeds.some(({ atEnd }) => atEnd) ? null : failure)
  }

  #show(shown: Shown): void {
    const { arrival } = shown
    const [feeds, timeline, elsewhere, several] = [
      this.#feeds,
      this.#timeline,
      this.#elsewhere,
      this.#several
    ]
    const cursor = cursorAt({ feeds, timeline, elsewhere, several })
    const { byteLength } = 'error' in shown ? arrival.payload : shown.candidate.message.body
    this.#bytes += byteLength + clientLimits.envelopeBytes
    this.#queue.push(
      'error' in shown
        ? new Unreadable(arrival, shown.error, cursor)
        : new ReadMessage(arrival, shown.candidate, shown, cursor)
    )
  }

  #calm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#again !== null) clearTimeout(this.#again)
    this.#timer = null
    this.#again = null
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = null
  }
}
