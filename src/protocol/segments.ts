// A segment list: a room's log as a list of cores, normally one. Owns the rule by which a cursor of
// any age becomes a message number; the root and the client both ask it.

import b4a from 'b4a'
import type { CoreKey } from './bytes.ts'
import type { Codec } from './codec.ts'
import { checked, kept, list, optional, struct, uint } from './codec.ts'
import { wireLimits } from './limits.ts'

/** One core of a room's log, holding messages from `start` up to, not including, `end`. */
export interface Segment {
  coreKey: CoreKey
  /** The one signer of the core's manifest; the core's key is the manifest's hash. */
  signer: Uint8Array
  start: number
  /** Null for the last one, which is appended to. */
  end: number | null
}

const segmentCodec: Codec<Segment> = struct({
  coreKey: kept<CoreKey>(32),
  signer: kept(32),
  start: uint,
  end: optional(uint)
})

export const segmentsCodec: Codec<readonly Segment[], Segment[]> = checked(
  list(segmentCodec, wireLimits.segmentsMax),
  isOneLog,
  'segments that are not one log'
)

/** Each starts where the one before it ended, and only the last is open. */
function isOneLog(segments: readonly Segment[]): boolean {
  return segments.every(({ start, end }, i) => {
    const before = segments[i - 1]
    return (before === undefined || before.end === start) && (end === null || start <= end)
  })
}

/** Where a cursor leads: the number to read from, and what its holder must be told. */
export interface Resolved {
  from: number
  /** The cursor's segment is unknown or ended before it: it was stepped back to here. */
  reset: number | null
}

export class SegmentList {
  readonly all: readonly Segment[]

  constructor(all: readonly Segment[]) {
    this.all = all
  }

  get last(): Segment | undefined {
    return this.all[this.all.length - 1]
  }

  find(coreKey: CoreKey): Segment | undefined {
    return this.all.find((segment) => b4a.equals(segment.coreKey, coreKey))
  }

  /** Position in the list of the segment that holds message `number`; -1 if none does. */
  indexOf(number: number): number {
    for (let i = this.all.length - 1; i >= 0; i--) {
      const segment = this.all[i] as Segment
      if (segment.start <= number) return segment.end === null || number < segment.end ? i : -1
    }
    return -1
  }

  /** The list with its last segment ended at `end` and a new one after it. */
  next(end: number, segment: Omit<Segment, 'start' | 'end'>): SegmentList {
    const ended = this.all.map((each) => (each.end === null ? { ...each, end } : each))
    return new SegmentList([...ended, { ...segment, start: end, end: null }])
  }

  /**
   * Where a cursor leads in a log that keeps `oldest` to `next` (exclusive).
   *
   * @param coreKey the segment that the cursor knew; null for a bare number.
   * @param from the next message that its holder wants.
   */
  resolve(coreKey: CoreKey | null, from: number, oldest: number, next: number): Resolved {
    if (coreKey !== null) {
      const segment = this.find(coreKey)
      // Another history: what its numbers meant is not known here.
      if (segment === undefined) return { from: oldest, reset: oldest }
      const end = segment.end ?? next
      if (from > end) return { from: end, reset: end }
    }
    return from > next ? { from: next, reset: next } : { from, reset: null }
  }
}
