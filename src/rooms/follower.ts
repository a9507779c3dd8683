// A follower: a place in a log, and nothing else kept for a reader. One pump serves history, catch-up
// and live: while the place is behind and the sink can take more, send the next pages and move on.

import type { Pull } from '../protocol/room-channel.ts'
import type { Log, Place, Run } from './log.ts'

/** Where pages go. Knows of backpressure; the follower knows of the log. */
export interface Sink {
  /** Whether more may be sent now. Once false, somebody calls `pump()` when it is true again. */
  readonly ready: boolean
  /** Resolves when it is this follower's turn to read from disk; call what it gives when that is done. */
  turn(): Promise<() => void>
  /** `messages`: how many of those in the run were wanted; the first page may begin before them. */
  pages(run: Run, end: boolean, messages: number): void
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
  /** One past the last message that the reader has room for: `more()` moves it. */
  #allowed: number
  /** Whether the reader was told that it is at the end. */
  #told = false
  #running = false
  #closed = false
  /** Set while what was read waits for the sink. */
  #wake: (() => void) | null = null

  constructor(log: Log, sink: Sink, pull: Pull, wait: (follower: Follower) => void) {
    this.#log = log
    this.#sink = sink
    this.#wait = wait
    if (pull.coreKey !== null && pull.head !== null) log.witness(pull.coreKey, pull.head)
    const { from, reset } = log.segments.resolve(pull.coreKey, pull.from, log.oldest, log.next)
    if (reset !== null) sink.reset(reset)
    this.#place = at(from)
    this.#allowed = pull.limit === 0 ? Infinity : from + pull.limit
    this.#until = pull.live ? Infinity : log.next
  }

  /** Sends what there is to send, as far as the sink takes it. Never throws, and runs once at a time. */
  pump(): void {
    this.#wakeUp()
    if (this.#running || this.#closed) return
    this.#running = true
    this.#run().catch((err: unknown) => {
      if (!this.#closed) this.#sink.fail(err)
    })
  }

  /** The reader has room for so many more. */
  more(limit: number): void {
    this.#allowed += limit
    this.pump()
  }

  close(): void {
    this.#closed = true
    this.#wakeUp()
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = null
  }

  // Synchronous as long as the pages are in memory: a live message costs no turn of the event loop.
  // And it stops running in the very turn in which it finds nothing to do: no commit falls between.
  async #run(): Promise<void> {
    try {
      while (!this.#closed) {
        const readable = this.#isReadable()
        const run = readable ? this.#log.recent(this.#place, this.#goal()) : null
        if (readable && run === null) await this.#readAhead()
        else if (!this.#sink.ready) return
        else if (run !== null) this.#send(run)
        else if (!this.#passGap()) return this.#rest()
      }
    } finally {
      this.#running = false
    }
  }

  // From disk, while the sink is still busy with what it has: so neither waits for the other. One
  // follower of a sink after the other, since what was read is in memory until the sink takes it.
  async #readAhead(): Promise<void> {
    const done = await this.#sink.turn()
    try {
      if (this.#closed) return
      const run = await this.#log.read(this.#place, this.#goal())
      while (!this.#closed && !this.#sink.ready) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      if (this.#closed) return
      if (run === null) this.#lookAgain()
      else this.#send(run)
    } finally {
      done()
    }
  }

  /** Whether the next message is kept, stored, and wanted now. */
  #isReadable(): boolean {
    const { number } = this.#place
    return number >= this.#log.oldest && number < this.#goal()
  }

  /** How far to go for now: to the end, or until the credit is used up. */
  #goal(): number {
    return Math.min(this.#end(), this.#allowed)
  }

  #end(): number {
    return Math.min(this.#until, this.#log.next)
  }

  #send(run: Run): void {
    const messages = run.next.number - this.#place.number
    this.#place = run.next
    this.#told = this.#place.number >= this.#end()
    this.#sink.pages(run, this.#told, messages)
  }

  /** At the end: say so once, then wait for the next commit if there is more to come. Out of credit: wait. */
  #rest(): void {
    const { number } = this.#place
    if (number < this.#end()) return
    if (!this.#told) {
      this.#told = true
      const segment = Math.max(this.#log.segments.all.length - 1, 0)
      this.#sink.pages({ segment, block: 0, pages: [], next: this.#place, head: null }, true, 0)
    }
    if (number < this.#until) this.#wait(this)
  }

  /** Retention may have taken what comes next: says so, and goes on behind it. */
  #passGap(): boolean {
    const { oldest } = this.#log
    if (this.#place.number >= oldest) return false
    this.#sink.gap(this.#place.number, oldest)
    this.#allowed += oldest - this.#place.number // what is gone takes no room
    this.#place = at(oldest)
    return true
  }

  // The page went away while it was being read: the oldest number has moved, or the log is damaged.
  #lookAgain(): void {
    if (this.#place.number >= this.#log.oldest) throw new Error('a page of the log is missing')
  }
}

function at(number: number): Place {
  return { number, segment: -1, block: -1 }
}
