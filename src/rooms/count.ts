// Counts a room from its log, without opening it.

import type { Store } from '../storage/store.ts'
import type { Registry } from './registry.ts'
import type { SegmentCore } from './segment.ts'
import { endOf, openSegment } from './segment.ts'
import type { Mark, Reach, Totals } from './shard.ts'

/** Of a room of which nothing is counted. */
export const UNCOUNTED: Readonly<Reach> = Object.freeze({
  known: false,
  next: 0,
  segment: 0,
  bytes: 0
})

/** What the log of a room holds beyond what is counted of it. */
export async function countFrom(store: Store, registry: Registry, from: Mark): Promise<Totals> {
  const record = await registry.get(from.id)
  if (record === null) return { rooms: 0, messages: 0, bytes: 0 } // it was never registered
  let bytes = -from.bytes
  let next = from.next
  for (const kept of record.segments.slice(from.segment)) {
    const opened: SegmentCore[] = []
    const end = await endOf(store, kept, async () => {
      const core = await openSegment(store, from.id, kept)
      opened.push(core)
      return core
    })
    for (const core of opened) await core.close()
    bytes += end.byteLength
    next = end.next
  }
  return { rooms: from.known ? 0 : 1, messages: next - from.next, bytes }
}
