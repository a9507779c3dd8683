// A follower of changes in the space: a place in the index, and nothing else kept for whoever watches. While
// it is behind and the visitor takes more, it sends the next entries and moves on.

import b4a from 'b4a'
import type { FileChanges, FileWatch, StoredFile } from '../../protocol/files-channel.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { clientLimits } from '../limits.ts'
import type { VisitorLine } from './served.ts'
import { toStored } from './space-store.ts'
import type { SpaceStore } from './space-store.ts'

interface FollowerEvents {
  changes(changes: Omit<FileChanges, 'request'>): void
  reset(place: { index: SpaceStore['key']; seq: number }): void
  /** Nothing comes any more; why, if that is an error. */
  ended(err: unknown): void
}

export class Follower {
  readonly #store: SpaceStore
  readonly #line: VisitorLine
  readonly #folder: Uint8Array | null
  readonly #live: boolean
  readonly #events: FollowerEvents
  #seq: number
  #allowed: number
  /** Whether it was said that the end was reached, as of now. */
  #told = false
  #running = false
  #closed = false

  constructor(store: SpaceStore, line: VisitorLine, watch: FileWatch, events: FollowerEvents) {
    this.#store = store
    this.#line = line
    this.#events = events
    this.#folder = watch.folder === null ? null : b4a.from(watch.folder)
    this.#live = watch.live
    this.#allowed = watch.limit
    this.#seq = watch.seq
    const isOurs = watch.index === null || b4a.equals(watch.index, store.key)
    if (isOurs && watch.seq <= store.length) return
    this.#seq = store.length
    events.reset({ index: store.key, seq: this.#seq })
  }

  /** Never throws, and runs once at a time. */
  pump(): void {
    if (this.#running || this.#closed) return
    this.#running = true
    this.#run().catch((err: unknown) => {
      if (this.#closed) return
      this.#closed = true
      this.#events.ended(err)
    })
  }

  /** There is room for so many more entries. */
  more(limit: number): void {
    this.#allowed += limit
    this.pump()
  }

  close(): void {
    this.#closed = true
  }

  async #run(): Promise<void> {
    try {
      while (!this.#closed && this.#line.ready && this.#allowed > 0) {
        if (this.#seq >= this.#store.length) return this.#rest()
        await this.#send()
      }
    } finally {
      this.#running = false
    }
  }

  async #send(): Promise<void> {
    const done = await this.#line.turn()
    try {
      if (this.#closed) return
      const from = Math.max(1, this.#seq)
      const found = await this.#store.history(from, clientLimits.hostHistoryBlocks)
      if (this.#closed) return
      const entries: StoredFile[] = []
      let next = from
      let bytes = 0
      for (const each of found) {
        if (each !== null && this.#isWanted(each.key)) {
          bytes += each.entry.sealed.byteLength
          if (entries.length >= this.#allowed || bytes > wireLimits.fileAnswerBytesMax) break
          entries.push(toStored(each))
        }
        next++
      }
      this.#seq = next
      this.#allowed -= entries.length
      const end = next >= this.#store.length
      if (entries.length === 0 && (this.#told || !end)) return
      this.#told = end
      this.#events.changes({ index: this.#store.key, entries, next, end })
    } finally {
      done()
    }
  }

  #isWanted(key: Uint8Array): boolean {
    return this.#folder === null || b4a.equals(key.subarray(0, 32), this.#folder)
  }

  /** At the end: say so once, then wait for the next write, or be done. */
  #rest(): void {
    const { key: index } = this.#store
    if (!this.#told) this.#events.changes({ index, entries: [], next: this.#seq, end: true })
    this.#told = true
    if (this.#live) return
    this.#closed = true
    this.#events.ended(null)
  }
}
