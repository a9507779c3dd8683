// Cuts the frames of one commit into pages: whole frames, closed once full, never over the bounds.

import type { PageFrame } from '../protocol/page.ts'
import { encodePage } from '../protocol/page.ts'
import { wireLimits } from '../protocol/limits.ts'

/** An encoded page and the messages it holds. */
export interface StoredPage {
  first: number
  count: number
  bytes: Uint8Array
}

/** What one entry adds to its payload, at most: its sender's place and its length. */
const ENTRY_BYTES = 8
/** What a sender adds to its page, at most. */
const SENDER_BYTES = 33
const HEAD_BYTES = 64

/** The pages for these frames, in order, the first beginning with message number `first`. */
export function paginate(
  frames: readonly PageFrame[],
  first: number,
  storedAt: number
): StoredPage[] {
  const pages: StoredPage[] = []
  let open: PageFrame[] = []
  let count = 0
  let bytes = HEAD_BYTES

  for (const frame of frames) {
    const frameBytes = bytesOf(frame)
    const full = count >= wireLimits.pageMessagesFull || bytes >= wireLimits.pageBytesFull
    const over =
      count + frame.payloads.length > wireLimits.pageMessagesMax ||
      bytes + frameBytes > wireLimits.pageBytesMax
    if (count > 0 && (full || over)) close()
    open.push(frame)
    count += frame.payloads.length
    bytes += frameBytes
  }
  if (count > 0) close()
  return pages

  function close(): void {
    pages.push({ first, count, bytes: encodePage(first, storedAt, open) })
    first += count
    open = []
    count = 0
    bytes = HEAD_BYTES
  }
}

function bytesOf(frame: PageFrame): number {
  let bytes = SENDER_BYTES + frame.payloads.length * ENTRY_BYTES
  for (const payload of frame.payloads) bytes += payload.byteLength
  return bytes
}
