// What has come directly of late, in order, for readers that begin later or are slow: each reader is a
// place on it. Bounded, alone and together with those of all rooms: what falls off, a root gives.

import type { Arrival } from '../reading/timeline.ts'
import { clientLimits } from '../limits.ts'

interface Frame {
  arrivals: readonly Arrival[]
  bytes: number
}

/** Bytes that all shelves of a client hold. */
export interface ShelfSpace {
  bytes: number
}

const { shelfBytesMax, shelvesBytesMax } = clientLimits

export class Shelf {
  readonly #space: ShelfSpace
  #frames: Frame[] = []
  /** The place of the first frame that is still there. */
  #first = 0
  #bytes = 0

  constructor(space: ShelfSpace) {
    this.#space = space
  }

  /** The place that the next frame gets. */
  get end(): number {
    return this.#first + this.#frames.length
  }

  add(arrivals: readonly Arrival[]): void {
    let bytes = 0
    for (const { payload } of arrivals) bytes += payload.byteLength + clientLimits.bodyOverheadBytes
    this.#frames.push({ arrivals, bytes })
    this.#count(bytes)
    while (
      this.#frames.length > 1 &&
      (this.#bytes > shelfBytesMax || this.#space.bytes > shelvesBytesMax)
    ) {
      this.#drop()
    }
  }

  /** The first frame from a place on, and the place after it; null at the end. */
  take(place: number): { arrivals: readonly Arrival[]; next: number } | null {
    const at = Math.max(place, this.#first)
    const frame = this.#frames[at - this.#first]
    return frame === undefined ? null : { arrivals: frame.arrivals, next: at + 1 }
  }

  clear(): void {
    while (this.#frames.length > 0) this.#drop()
  }

  #drop(): void {
    const frame = this.#frames.shift()
    if (frame === undefined) return
    this.#first++
    this.#count(-frame.bytes)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#space.bytes += bytes
  }
}
