// What a reader is made from, and what it tells beside the messages: the room's business.

import { formatKey } from '../../protocol/bytes.ts'
import type { Cursor, RootPosition } from '../../protocol/cursor.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import type { RoomLink } from '../roots/room-link.ts'
import type { RootLink } from '../roots/root-link.ts'
import type { Waits } from '../waits.ts'

export interface ReaderOptions {
  keys: RoomKeys
  follow: boolean
  /** Where to begin at a root. */
  start: (root: RoomLink) => RootPosition
  /** The cursor that was begun from, if it was one. */
  cursor: Cursor | null
  /** The number that was begun from, if it was one: good at one root only. */
  number: number | null
  waits: Waits
  events: ReaderEvents
  signal?: StopSignal | undefined
  closed: () => void
}

/** What ends a read; an AbortSignal is one, where there are such. */
export interface StopSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface ReaderEvents {
  proven(id: string): void
  hole(chain: string, author: string, from: number, to: number): void
  gap(root: string, from: number, to: number): void
  reset(root: string, number: number): void
}

/** Where a reader begins at a root: where its cursor says, else at a number. */
export function startAt({ root }: RootLink, cursor: Cursor | null, number: number): RootPosition {
  const known = cursor?.roots.find((each) => formatKey(each.root) === formatKey(root))
  return known ?? { root, coreKey: null, next: number, head: null }
}
