// A cursor: where a reader stands in a room, at each root it reads. Apps keep it as an opaque text.
// With several roots, or with messages held back, it also carries what was shown of each chain, so
// that reading on neither misses nor doubles.

import type { ChainId, CoreKey, PeerKey } from './bytes.ts'
import { fromZ32, toZ32 } from './bytes.ts'
import { byte, checked, decode, encode, fixed, list, optional, struct, uint } from './codec.ts'
import { badCursor } from './errors.ts'
import type { Head } from './head.ts'
import { headCodec } from './head.ts'

const CURSOR_VERSION = 1
const PREFIX = 'c'

export interface RootPosition {
  root: PeerKey
  /** The segment in which `next` counts; null before any was seen. */
  coreKey: CoreKey | null
  /** Number of the next message wanted. */
  next: number
  /** The newest head seen of that segment. */
  head: Head | null
}

/** What was shown of one chain. */
export interface ChainPosition {
  chain: ChainId
  /** The first number not yet shown. */
  next: number
  /** Ranges below `next` that were not shown: first, and one past the last. */
  holes: readonly { from: number; to: number }[]
}

export interface Cursor {
  roots: readonly RootPosition[]
  chains: readonly ChainPosition[]
}

const codec = struct({
  version: byte,
  roots: list(
    struct({
      root: fixed<PeerKey>(32),
      coreKey: optional(fixed<CoreKey>(32)),
      next: uint,
      head: optional(headCodec)
    }),
    64
  ),
  chains: list(
    checked(
      struct({
        chain: fixed<ChainId>(16),
        next: uint,
        holes: list(struct({ from: uint, to: uint }), 64)
      }),
      ({ next, holes }) => holes.every(({ from, to }) => from < to && to <= next),
      'a hole that is none'
    ),
    4096
  )
})

/** The cursor as text. */
export function printCursor(cursor: Cursor): string {
  return PREFIX + toZ32(encode(codec, { version: CURSOR_VERSION, ...cursor }))
}

/** Reads what `printCursor` wrote. Throws `BAD_CURSOR`. */
export function parseCursor(text: string): Cursor {
  const bytes = text.startsWith(PREFIX) ? fromZ32(text.slice(PREFIX.length)) : null
  if (bytes === null) throw badCursor('not a cursor, or one with a letter wrong or missing')
  try {
    const { version, ...cursor } = decode(codec, bytes)
    if (version === CURSOR_VERSION) return cursor
  } catch {
    // Told below: whatever is wrong with it, it is of no use.
  }
  throw badCursor('this cursor is damaged, or of another version')
}
