// Expiry: how far a log has to let go. Reads pages from the oldest on and stops at the first that may stay;
// whole pages, oldest first. Never changes anything.

import { pageSpan } from '../protocol/page.ts'
import type { Retention } from '../protocol/retention.ts'
import { limits } from '../limits.ts'
import type { Use } from './count.ts'

/** Where a log begins, or is to begin. */
export interface Beginning {
  segment: number
  block: number
  /** Number of the first message kept: as many are gone, in so many bytes of pages. */
  number: number
  bytes: number
  /** When the oldest page was stored; 0 if none is left. */
  since: number
}

export interface Expiring {
  beginning: Beginning
  /** Messages and bytes ever written. */
  next: number
  written: number
  /** Blocks of a segment, and the number behind its last message; null if there is none of this position. */
  segment: (position: number) => Promise<{ length: number; end: number } | null>
  read: (segment: number, block: number, count: number) => Promise<Uint8Array[]>
}

/** What a room may keep at a time; the last two are 0 for no bound. */
export interface Keep {
  /** Pages stored before this are too old. */
  storedAfter: number
  bytes: number
  messages: number
}

/** The age at which pages go at the latest: a little later, so that a busy room is not asked for each page. */
export function lateAge(ageMs: number): number {
  return ageMs + Math.floor(ageMs / limits.retentionSlack)
}

/** What is to be kept at a time; of bytes and messages a little less, so that it is not asked for each commit. */
export function keepNow({ ageMs, bytes, messages }: Retention, now: number): Keep {
  const less = (most: number): number => most - Math.floor(most / limits.retentionSlack)
  return {
    storedAfter: ageMs === 0 ? 0 : now - ageMs,
    bytes: less(bytes),
    messages: less(messages)
  }
}

/** Whether a room keeps more than it may. */
export function isTooMuch(use: Use, { bytes, messages }: Retention): boolean {
  return (bytes > 0 && use.bytes > bytes) || (messages > 0 && use.messages > messages)
}

/**
 * Where the log is to begin, as far as one turn goes: done if it is far enough. The newest page stays,
 * unless it is too old.
 */
export async function expire(
  log: Expiring,
  keep: Keep
): Promise<{ beginning: Beginning; done: boolean }> {
  let at = { ...log.beginning }
  let read = 0
  while (read < limits.expiryBytes) {
    const here = await log.segment(at.segment)
    if (here === null) return { beginning: { ...at, since: 0 }, done: true }
    const pages =
      at.block < here.length ? await log.read(at.segment, at.block, limits.expiryPages) : []
    if (pages.length === 0) {
      // What a log that was set back has lost at the end of a segment is not there to be cleared.
      if ((await log.segment(at.segment + 1)) === null) {
        return { beginning: { ...at, since: 0 }, done: true }
      }
      at = { ...at, segment: at.segment + 1, block: 0, number: here.end }
    }
    for (const page of pages) {
      const { first, count, storedAt } = pageSpan(page)
      at.since = storedAt
      if (stays(log, at, keep, storedAt, first + count)) return { beginning: at, done: true }
      const number = Math.min(first + count, here.end)
      at = { ...at, block: at.block + 1, number, bytes: at.bytes + page.byteLength }
      read += page.byteLength
    }
  }
  return { beginning: at, done: false }
}

function stays(log: Expiring, at: Beginning, keep: Keep, storedAt: number, end: number): boolean {
  if (storedAt <= keep.storedAfter) return false
  if (end >= log.next) return true
  const many = keep.messages > 0 && log.next - at.number > keep.messages
  const large = keep.bytes > 0 && log.written - at.bytes > keep.bytes
  return !many && !large
}
