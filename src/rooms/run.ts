// A run: pages in a row, of one segment, on their way to a follower; and the place where it goes on.

import type { Head } from '../protocol/head.ts'
import { pageSpan } from '../protocol/page.ts'
import { limits } from '../limits.ts'

/** A place in the log: a message number, and the block that holds it where that is known. */
export interface Place {
  number: number
  /** Position in the segment list, and block in its core; -1 while it has to be looked up. */
  segment: number
  block: number
}

/** Pages in a row, of one segment, and where they lead. */
export interface Run {
  segment: number
  block: number
  pages: Uint8Array[]
  next: Place
  head: Head | null
}

/** Where a commit's first page is, and the head that covers all of it. */
export interface Written {
  segment: number
  block: number
  head: Head
}

/** A run whose pages begin at `block`, and after which `next` comes. */
export function runOf(
  segment: number,
  block: number,
  pages: Uint8Array[],
  next: number,
  head: Head | null
): Run {
  return {
    segment,
    block,
    pages,
    next: { number: next, segment, block: block + pages.length },
    head
  }
}

/**
 * As many of the pages as stay within the bound, and at least one; none that begins at `end` or later:
 * nobody has room for it, or somebody else must have written it behind the segment's end.
 */
export function fit(read: Uint8Array[], end: number): { pages: Uint8Array[]; next: number } {
  const pages: Uint8Array[] = []
  let bytes = 0
  let next = 0
  for (const page of read) {
    const { first, count } = pageSpan(page)
    bytes += page.byteLength
    if (first >= end || (pages.length > 0 && bytes > limits.pagesBytesMax)) break
    pages.push(page)
    next = first + count
  }
  return { pages, next }
}
