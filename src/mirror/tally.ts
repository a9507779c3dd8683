// What is asked of a mirror, and what came of it.

import type { StopSignal } from '../client/reading/reader-options.ts'
import type { Skipped } from './local-tree.ts'

export interface MirrorOptions {
  /** Delete what the side that is read from does not have. Default false. */
  prune?: boolean
  /** Older versions that the room keeps of what is put. Default none. */
  versions?: number
  /** Says the media type of a name. */
  mediaType?: (name: string) => string
  /** Told of every file that is equal now. */
  onfile?: (path: string, what: 'sent' | 'equal' | 'deleted') => void
  /** Told how many bytes were sent or fetched. */
  onprogress?: (bytes: number) => void
  onskipped?: (skipped: Skipped) => void
  signal?: StopSignal
}

export interface Mirrored {
  /** Files that were sent or fetched, that were equal already, that were deleted, and that can't be mirrored. */
  sent: number
  equal: number
  deleted: number
  skipped: number
  /** Bytes of those that were sent or fetched. */
  bytes: number
}

export class Tally {
  readonly result: Mirrored = { sent: 0, equal: 0, deleted: 0, skipped: 0, bytes: 0 }
  readonly #options: MirrorOptions

  constructor(options: MirrorOptions) {
    this.#options = options
  }

  sent(path: string, bytes: number): void {
    this.result.sent++
    this.result.bytes += bytes
    this.#options.onfile?.(path, 'sent')
  }

  equal(path: string): void {
    this.result.equal++
    this.#options.onfile?.(path, 'equal')
  }

  deleted(path: string): void {
    this.result.deleted++
    this.#options.onfile?.(path, 'deleted')
  }

  skip(what: Skipped): void {
    this.result.skipped++
    this.#options.onskipped?.(what)
  }
}
