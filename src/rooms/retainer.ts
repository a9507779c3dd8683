// For how long one open room keeps its messages: what holds for it, and letting go of the rest, first in
// the registry, then in the cores. One at a time, in steps, beside whoever reads and writes.

import type { Retention } from '../protocol/retention.ts'
import { shorter, UNBOUNDED } from '../protocol/retention.ts'
import type { Change } from '../storage/notes.ts'
import type { Store } from '../storage/store.ts'
import type { Use } from './count.ts'
import type { Beginning, Keep } from './expiry.ts'
import { expire, isTooMuch, keepNow } from './expiry.ts'
import type { Log } from './log.ts'
import type { KeptSegment } from './record.ts'
import type { Scrap } from './waste.ts'
import { clear, wasteOf } from './waste.ts'

export interface RetainerParts {
  store: Store
  /** What the operator allows. */
  most: () => Retention
  /** The time, as far as it is to be believed. */
  time: () => number
  /** See {@link Tally.letGo}. */
  letGo: (gone: Use) => Change
  /** So much less is kept; told when nobody is given it any more. */
  freed: (use: Use) => void
}

export class Retainer {
  readonly #log: Log
  readonly #parts: RetainerParts
  #running: Promise<void> | null = null
  #closed = false

  constructor(log: Log, parts: RetainerParts) {
    this.#log = log
    this.#parts = parts
  }

  /** What holds: the owner may want less than the operator allows, and never gets more. */
  get retention(): Retention {
    return shorter(this.#parts.most(), this.#log.entry.record.retention ?? UNBOUNDED)
  }

  /** Keeps what the owner asks for, on disk when it resolves. What it makes too much goes soon after. */
  async retain(retention: Retention): Promise<void> {
    await this.#log.entry.change({ retention })
  }

  /** Something was stored: lets go of something else, if that made it too much. */
  stored(): void {
    if (isTooMuch(this.#log.use, this.retention)) this.expire().catch(() => {}) // the store is gone, or has no room: what is left is done later
  }

  /** Lets go of all that need not be kept now. */
  async expire(): Promise<void> {
    if (this.#running !== null) await this.#running // it may not have looked at what is new
    this.#running ??= this.#expire().finally(() => {
      this.#running = null
    })
    await this.#running
  }

  /** Ends after the step that is under way. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running?.catch(() => {})
  }

  async #expire(): Promise<void> {
    let done = false
    while (!done && !this.#closed) {
      done = await this.#step(keepNow(this.retention, this.#parts.time()))
    }
  }

  async #step(keep: Keep): Promise<boolean> {
    const log = this.#log
    const { store, letGo, freed } = this.#parts
    const release = log.hold()
    try {
      const { oldest, gone, since } = log.entry.record
      const { beginning, done } = await expire(
        this.#expiring({ ...gone, number: oldest, since }),
        keep
      )
      const { segment, block, number, bytes } = beginning
      const use = { messages: number - oldest, bytes: bytes - gone.bytes }
      if (use.messages === 0 && beginning.since === since) return done
      const scraps = use.messages === 0 ? [] : await this.#scraps(segment, block)
      // What was stored while we looked is not without a date.
      const dated = beginning.since > 0 || log.next === number ? beginning.since : since
      const change = { oldest: number, gone: { segment, block, bytes }, since: dated }
      const written = log.entry.change(change, [...wasteOf(scraps), letGo(use)])
      if (use.messages > 0) freed(use)
      await written
      await clear(store, scraps, gone.block)
      store.freed(use.bytes)
      return done
    } catch (err) {
      throw store.noteWriteError(err)
    } finally {
      release()
    }
  }

  #expiring(beginning: Beginning): Parameters<typeof expire>[0] {
    const log = this.#log
    return {
      beginning,
      next: log.next,
      written: log.written,
      segment: async (position) => {
        const segment = log.segments.all[position]
        if (segment === undefined) return null
        return { length: await log.length(position), end: segment.end ?? log.next }
      },
      read: async (position, block, count) => (await log.core(position)).read(block, count)
    }
  }

  /** What is waste once the log begins there. */
  async #scraps(segment: number, block: number): Promise<Scrap[]> {
    const { id, record } = this.#log.entry
    const scraps: Scrap[] = []
    for (let i = record.gone.segment; i <= segment; i++) {
      const { name, coreKey } = record.segments[i] as KeptSegment
      const blocks = i === segment ? block : await this.#log.length(i)
      scraps.push({ id, name, coreKey, blocks, whole: false })
    }
    return scraps
  }
}
