// `pull` sets a stream of pages in motion, or moves one that runs; `stop` ends it.

import { tooMany, unavailable, unexpected } from '../../protocol/errors.ts'
import type { Pull, Stop } from '../../protocol/room-channel.ts'
import { limits } from '../../limits.ts'
import type { Sink } from '../../rooms/follower.ts'
import type { RoomSession } from '../room-session.ts'

/** @throws what closes the channel: a message out of place, or too many streams. */
export function onpull(session: RoomSession, pull: Pull): void {
  const { seat, streams } = session
  if (seat === null || !session.granted) throw unexpected('"pull" before "granted"')
  if (pull.stream >= limits.streamsMax) throw tooMany('streams', limits.streamsMax)
  const before = streams.get(pull.stream)
  if (before !== undefined) seat.room.forget(before)
  const follower = seat.room.follow(pull, sink(session, pull.stream))
  streams.set(pull.stream, follower)
  follower.pump()
}

export function onstop({ seat, streams }: RoomSession, { stream }: Stop): void {
  const follower = streams.get(stream)
  if (follower === undefined) return // it ended by itself while this was under way
  seat?.room.forget(follower)
  streams.delete(stream)
}

function sink(session: RoomSession, stream: number): Sink {
  return {
    get ready() {
      return session.ready
    },
    pages({ segment, block, pages, next, head }, end) {
      session.tellSegments()
      session.send.pages({ stream, segment, block, pages, next: next.number, end, head })
    },
    gap: (from, to) => session.send.gap({ stream, from, to }),
    reset: (number) => session.send.reset({ stream, number }),
    fail: () => session.deny(unavailable())
  }
}
