// Where a reader stands, as a cursor. Asked for with every message, and made only if the app wants it.

import type { Cursor, RootPosition } from '../../protocol/cursor.ts'
import type { Feed } from './feed.ts'
import type { Timeline } from './timeline.ts'

/** Places that a cursor has room for. */
const CURSOR_ROOTS_MAX = 64

export interface Whereabouts {
  feeds: readonly Feed[]
  timeline: Timeline
  /** Places at roots that are not read from now. */
  elsewhere: readonly RootPosition[]
  /** Whether more than one root may come to be read: where one is all there will be no chains are needed. */
  several: boolean
}

/** The cursor as of now. */
export function cursorAt({ feeds, timeline, elsewhere, several }: Whereabouts): () => Cursor {
  const nextAt = ({ place, link }: Feed): number =>
    timeline.standingAt(link.root) ?? Math.max(0, place.next)
  const [only] = feeds
  // With one root, and nothing held back, at the price of two closures.
  if (feeds.length === 1 && only !== undefined && timeline.held === 0) {
    const { place } = only
    const next = nextAt(only)
    if (!several) return () => ({ roots: [{ ...place, next }], chains: [] })
    const chains = timeline.mark()
    return () => cursorOf([{ ...place, next }, ...elsewhere], chains())
  }
  const roots = feeds.map((feed) => {
    const root: RootPosition = { ...feed.place, next: nextAt(feed) }
    const held = timeline.lowestHeld(feed.link.root)
    return held === null ? root : { ...root, next: Math.min(held, root.next) }
  })
  const chains = timeline.mark()
  return () => cursorOf([...roots, ...elsewhere], chains())
}

function cursorOf(roots: RootPosition[], chains: Cursor['chains']): Cursor {
  return { roots: roots.slice(0, CURSOR_ROOTS_MAX), chains }
}
