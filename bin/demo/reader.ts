// The reader of the demo: reads the room from its start and holds every message against the log.

import type { Room } from '../../src/client/client.ts'
import type { Log } from './log.ts'

export interface ReadBack {
  read: number
  /** Every line is there, in order, with the same bytes, and nothing else is. */
  equal: boolean
  /** Shown to be their author's. */
  proven: number
  /** Shown a second time. */
  doubled: number
  /** Messages in the root peer's log, as far as its numbers tell. */
  stored: number
}

/** Reads to the end. */
export async function readBack(room: Room, log: Log): Promise<ReadBack> {
  const result: ReadBack = { read: 0, equal: true, proven: 0, doubled: 0, stored: 0 }
  const lines = log.read()
  /** Per chain of an author: its numbers only rise, so whatever does not is there twice. */
  const newest = new Map<string, number>()
  for await (const item of room.read()) {
    if ('error' in item) {
      result.equal = false
      continue
    }
    const { value: line } = await lines.next()
    if (line === undefined || !sameBytes(line, item.body)) result.equal = false
    result.read++
    if (item.proven) result.proven++
    if (item.number <= (newest.get(item.chain) ?? -1)) result.doubled++
    newest.set(item.chain, item.number)
    result.stored = Math.max(result.stored, (item.index ?? -1) + 1)
  }
  if (result.read !== log.lines) result.equal = false
  return result
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
