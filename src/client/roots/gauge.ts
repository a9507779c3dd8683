// One look at how far a root's log reaches: its number of the next message, and nothing of what is in it.

import type { Pages, Pull } from '../../protocol/room-channel.ts'
import type { RoomLink, StreamUser } from './room-link.ts'

/** How much of a room a root has, by its own numbers. */
export interface Extent {
  /** Number of the oldest message kept. */
  oldest: number
  /** Number that the next message will get. */
  next: number
}

/** Null if the channel closes before the root has said it, or it never does, or no stream is free. */
export function gauge(link: RoomLink, patienceMs: number): Promise<Extent | null> {
  const oldest = link.open?.granted.oldest ?? 0
  return new Promise((resolve) => {
    let stream: number | null = null
    let over = false
    const end = (next: number | null): void => {
      over = true
      clearTimeout(patience)
      if (stream !== null) link.detach(stream)
      resolve(next === null ? null : { oldest: Math.min(oldest, next), next })
    }
    const user: StreamUser = {
      // From beyond the end a root leads back to it.
      position: (): Omit<Pull, 'stream'> | null => ({
        coreKey: null,
        from: Number.MAX_SAFE_INTEGER,
        limit: 1,
        live: false,
        head: null
      }),
      pages: ({ next }: Pages) => end(next),
      gap: () => {},
      reset: () => {},
      cut: () => end(null)
    }
    if (link.open === null) return resolve(null)
    const patience = setTimeout(() => end(null), patienceMs)
    stream = link.attach(user)
    if (stream === null) end(null)
    else if (over) link.detach(stream)
  })
}
