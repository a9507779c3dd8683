// A follower of changes: a place in an index, and nothing else kept for whoever watches. While the place
// is behind and the sink can take more, it sends the next entries and moves on.

import b4a from 'b4a'
import type { CoreKey } from '../protocol/bytes.ts'
import type { FileWatch, StoredFile } from '../protocol/files-messages.ts'
import { limits } from '../limits.ts'
import type { Cores } from './cores.ts'
import type { Found, IndexCore } from './index-core.ts'
import { toStored } from './index-core.ts'

/** Where changes go. */
export interface ChangeSink {
  /** Whether more may be sent now. Once false, somebody calls `pump()` when it is true again. */
  readonly ready: boolean
  turn(): Promise<() => void>
  changes(index: CoreKey | null, entries: readonly StoredFile[], next: number, end: boolean): void
  reset(index: CoreKey | null, seq: number): void
  /** Nothing comes any more. */
  ended(): void
  fail(err: unknown): void
}

/** Blocks looked at together. */
const BLOCKS = 256

export class ChangeFollower {
  readonly #cores: Cores
  readonly #sink: ChangeSink
  readonly #folder: Uint8Array | null
  readonly #live: boolean
  /** Called when the place is at the end: pump again after the next commit. */
  readonly #wait: (follower: ChangeFollower) => void
  /** The index that `seq` counts in. */
  #index: IndexCore | null
  #seq: number
  #allowed: number
  #told = false
  #running = false
  #closed = false

  constructor(
    cores: Cores,
    sink: ChangeSink,
    watch: FileWatch,
    wait: (follower: ChangeFollower) => void
  ) {
    this.#cores = cores
    this.#sink = sink
    this.#wait = wait
    this.#live = watch.live
    this.#folder = watch.folder === null ? null : b4a.from(watch.folder)
    this.#allowed = watch.limit
    this.#index = cores.index
    this.#seq = watch.seq
    const { index } = watch
    const isOurs = index === null || (cores.key !== null && b4a.equals(index, cores.key))
    if (!isOurs || watch.seq > (this.#index?.length ?? 0)) this.#reset()
  }

  /** Sends what there is to send, as far as the sink takes it. Never throws, and runs once at a time. */
  pump(): void {
    if (this.#running || this.#closed) return
    this.#running = true
    this.#run().catch((err: unknown) => {
      if (!this.#closed) this.#sink.fail(err)
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
      while (!this.#closed && this.#sink.ready && this.#allowed > 0) {
        const { index } = this.#cores
        // The first index of a room is no reason to list again: nothing was there before.
        if (index !== this.#index && this.#index !== null) this.#reset()
        this.#index = index
        if (index === null || this.#seq >= index.length) return this.#rest()
        await this.#send(index)
      }
    } finally {
      this.#running = false
    }
  }

  async #send(index: IndexCore): Promise<void> {
    const done = await this.#sink.turn()
    try {
      if (this.#closed) return
      const from = Math.max(1, this.#seq)
      const found = await index.history(from, BLOCKS)
      if (this.#closed || index !== this.#cores.index) return
      const entries: StoredFile[] = []
      let next = from
      let bytes = 0
      for (const each of found) {
        if (each !== null && this.#isWanted(each)) {
          bytes += each.entry.sealed.byteLength
          if (entries.length >= this.#allowed || bytes > limits.fileAnswerBytesMax) break
          entries.push(toStored(each))
        }
        next++
      }
      this.#seq = next
      this.#allowed -= entries.length
      const end = next >= index.length
      if (entries.length === 0 && (this.#told || !end)) return
      this.#told = end
      this.#sink.changes(index.key, entries, next, end)
    } finally {
      done()
    }
  }

  #isWanted({ key }: Found): boolean {
    return this.#folder === null || b4a.equals(key.subarray(0, 32), this.#folder)
  }

  /** At the end: say so once, then wait for the next commit, or be done. */
  #rest(): void {
    if (!this.#told) this.#sink.changes(this.#cores.key, [], this.#seq, true)
    this.#told = true
    if (this.#live) return this.#wait(this)
    this.#closed = true
    this.#sink.ended()
  }

  #reset(): void {
    this.#index = this.#cores.index
    this.#seq = this.#index?.length ?? 0
    this.#told = false
    this.#sink.reset(this.#cores.key, this.#seq)
  }
}
