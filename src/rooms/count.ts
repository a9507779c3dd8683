// Counts a room from its record and the end of its log, without opening it.

import type { RoomId } from '../protocol/bytes.ts'
import type { Store } from '../storage/store.ts'
import type { Registry } from './registry.ts'
import type { KeptSegment, RoomRecord } from './record.ts'
import type { SegmentCore, SegmentEnd } from './segment.ts'
import { endOf, openSegment } from './segment.ts'
import type { Counts, Mark, Reach } from './shard.ts'

/** Of a room of which nothing is counted. */
export const UNCOUNTED: Readonly<Reach> = Object.freeze({
  known: false,
  next: 0,
  bytes: 0
})

/** What a room takes: of what is kept of it now. */
export interface Use {
  messages: number
  /** Of pages. */
  bytes: number
}

/** What was ever stored of a room beyond what is counted of it, and what is gone of it. */
export async function countFrom(
  store: Store,
  registry: Registry,
  from: Mark
): Promise<{ counts: Counts; gone: Use }> {
  const record = await registry.get(from.id)
  if (record === null) return { counts: NONE, gone: NONE } // it was never registered
  const { next, byteLength } = await endOfLog(store, from.id, record)
  const counts = {
    rooms: from.known ? 0 : 1,
    messages: next - from.next,
    bytes: record.endedBytes + byteLength - from.bytes
  }
  return { counts, gone: { messages: record.oldest, bytes: record.gone.bytes } }
}

/** What a room takes now; null if it is not kept. */
export async function useOf(store: Store, registry: Registry, id: RoomId): Promise<Use | null> {
  const record = await registry.get(id)
  if (record === null) return null
  const { next, byteLength } = await endOfLog(store, id, record)
  return {
    messages: next - record.oldest,
    bytes: record.endedBytes + byteLength - record.gone.bytes
  }
}

const NONE: Readonly<Counts> = Object.freeze({ rooms: 0, messages: 0, bytes: 0 })

async function endOfLog(store: Store, id: RoomId, record: RoomRecord): Promise<SegmentEnd> {
  const opened: SegmentCore[] = []
  const end = await endOf(store, record, async () => {
    const core = await openSegment(store, id, record.segments.at(-1) as KeptSegment)
    opened.push(core)
    return core
  })
  for (const core of opened) await core.close()
  return end
}
