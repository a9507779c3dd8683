// Where a reader begins at a root: where its cursor says, or at a number.

import { formatKey } from '../protocol/bytes.ts'
import type { Cursor, RootPosition } from '../protocol/cursor.ts'
import type { RootLink } from './roots/root-link.ts'

export function startAt({ root }: RootLink, cursor: Cursor | null, number: number): RootPosition {
  const known = cursor?.roots.find((each) => formatKey(each.root) === formatKey(root))
  return known ?? { root, coreKey: null, next: number, head: null }
}
