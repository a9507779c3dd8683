// A follower: a place in a log, and nothing else kept for a reader. One pump serves history, catch-up
// and live: while the place is behind and the sink can take more, send the next pages and move on.

import type { Pull } from '../protocol/room-channel.ts'
import { limits } from '../limits.ts'
import type { Log, Place, Run } from './log.ts'

/** Where pages go. Knows of backpressure; the follower knows of the log. */
export interface Sink {
  /** Whether more may be sent now. Once false, somebody calls `pump()` when it is true again. */
  readonly ready: boolean
  pages(run: Run, end: boolean): void
  gap(from: number, to: number): void
  reset(number: number): void
  /** The log could not be read: the reader has to come back later. */
  fail(err: unknown): void
}

export class Follower {
  readonly #log: Log
  readonly #sink: Sink
  /** Called when the place is at the end of the log: pump again after the next commit. */
  readonly #wait: (follower: Follower) => void
  #place: Place
  /** One past the last message wanted. */
  readonly #until: number
  /** Whether the reader was told that it is at the end. */
  #told = false
  #running = false
  #closed = false

  constructor(log: Log, sink: Sink, pull: Pull, wait: (follower: Follower) => void) {
    this.#log = log
    this.#sink = sink
    this.#wait = wait
    if (pull.coreKey !== null && pull.head !== null) log.witness(pull.coreKey, pull.head)
    const { from, reset } = log.segments.resolve(pull.coreKey, pull.from, log.oldest, log.next)
    if (reset !== null) sink.reset(reset)
    this.#place = at(from)
    const wanted = pull.limit === 0 ? Infinity : from + pull.limit
    this.#until = pull.live ? wanted : Math.min(wanted, log.next)
  }

  /** Sends what there is to send, as far as the sink takes it. Never throws, and runs once at a time. */
  pump(): void {
    if (this.#running || this.#closed) return
    this.#running = true
    this.#run().then(
      () => this.#stop(),
      (err: unknown) => {
        this.#stop()
        if (!this.#closed) this.#sink.fail(err)
      }
    )
  }

  close(): void {
    this.#closed = true
  }

  #stop(): void {
    this.#running = false
  }

  // Synchronous as long as the pages are in memory: a live message costs no turn of the event loop.
  async #run(): Promise<void> {
    while (!this.#closed && this.#sink.ready) {
      this.#skipGap()
      if (this.#place.number >= this.#end()) return this.#rest()
      const run =
        this.#log.recent(this.#place, limits.pagesBytesMax) ??
        (await this.#log.read(this.#place, limits.pagesBytesMax))
      if (this.#closed) return
      if (run === null) this.#lookAgain()
      else this.#send(run)
    }
  }

  #end(): number {
    return Math.min(this.#until, this.#log.next)
  }

  #send(run: Run): void {
    this.#place = run.next
    this.#told = this.#place.number >= this.#end()
    this.#sink.pages(run, this.#told)
  }

  /** At the end: say so once, then wait for the next commit if there is more to come. */
  #rest(): void {
    if (!this.#told) {
      this.#told = true
      const segment = Math.max(this.#log.segments.all.length - 1, 0)
      this.#sink.pages({ segment, block: 0, pages: [], next: this.#place, head: null }, true)
    }
    if (this.#place.number < this.#until) this.#wait(this)
  }

  /** Retention may have taken what comes next. */
  #skipGap(): void {
    const { oldest } = this.#log
    if (this.#place.number >= oldest) return
    this.#sink.gap(this.#place.number, oldest)
    this.#place = at(oldest)
  }

  // The page went away while it was being read: the oldest number has moved, or the log is damaged.
  #lookAgain(): void {
    if (this.#place.number >= this.#log.oldest) throw new Error('a page of the log is missing')
  }
}

function at(number: number): Place {
  return { number, segment: -1, block: -1 }
}
