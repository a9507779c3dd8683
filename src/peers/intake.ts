// Frames that have begun and not ended, over all connections. Their length is announced by strangers
// and set aside at once: together they stay under a bound, and whoever takes longest makes room.

/** A connection, as far as its unfinished frame is concerned. */
export interface Source {
  /** There is no room for its frame any more. Ends the connection, and with it what was gathered. */
  crowdedOut(): void
}

interface Unfinished {
  /** Bytes that were announced. */
  bytes: number
  /** What tells this frame from the one before: bytes read when it began. */
  begun: number
}

export class Intake {
  readonly #bytesMax: number
  /** In the order in which they began. */
  readonly #frames = new Map<Source, Unfinished>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Bytes announced by all frames that have not ended. */
  get bytes(): number {
    return this.#bytes
  }

  /** A source is in the middle of a frame of so many bytes, begun after it had sent `begun` others. */
  receiving(source: Source, bytes: number, begun: number): void {
    const before = this.#frames.get(source)
    if (before?.bytes === bytes && before.begun === begun) return
    this.done(source)
    if (bytes === 0) return
    this.#frames.set(source, { bytes, begun })
    this.#bytes += bytes
    for (const [longest] of this.#frames) {
      if (this.#bytes <= this.#bytesMax) return
      this.done(longest)
      longest.crowdedOut()
    }
  }

  /** Nothing of this source is unfinished, or it is gone. */
  done(source: Source): void {
    const frame = this.#frames.get(source)
    if (frame === undefined) return
    this.#frames.delete(source)
    this.#bytes -= frame.bytes
  }
}
