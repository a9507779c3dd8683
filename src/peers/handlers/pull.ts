// `pull` sets a stream of pages in motion, or moves one that runs; `more` lets it go on; `stop` ends it.

import { tooMany, unavailable, unexpected } from '../../protocol/errors.ts'
import type { More, Pull, Stop } from '../../protocol/room-channel.ts'
import { limits } from '../../limits.ts'
import type { Sink } from '../../rooms/follower.ts'
import type { RoomSession } from '../room-session.ts'

/** @throws what closes the channel: a message out of place, or too many streams. */
export function onpull(session: RoomSession, pull: Pull): void {
  const { seat, streams } = session
  if (seat === null || !session.granted) throw unexpected('"pull" before "granted"')
  // Streams that are replaced before they were read wait all the same: too many of them are no reader's.
  if (session.connection.reads.waiting >= limits.readsWaitingMax) {
    throw tooMany('reads that wait', limits.readsWaitingMax)
  }
  const before = streams.get(pull.stream)
  if (before !== undefined) seat.room.forget(before)
  else if (streams.size >= limits.streamsMax) throw tooMany('streams', limits.streamsMax)
  const follower = seat.room.follow(pull, sink(session, pull.stream))
  streams.set(pull.stream, follower)
  follower.pump()
}

export function onmore({ streams }: RoomSession, { stream, limit }: More): void {
  streams.get(stream)?.more(limit) // none: it was stopped, and this overtaken
}

export function onstop({ seat, streams }: RoomSession, { stream }: Stop): void {
  const follower = streams.get(stream)
  if (follower === undefined) return // it ended by itself while this was under way
  seat?.room.forget(follower)
  streams.delete(stream)
}

function sink(session: RoomSession, stream: number): Sink {
  const { counters } = session.connection.peers
  const { visitor } = session.connection
  return {
    get ready() {
      return session.ready
    },
    turn: () => session.connection.reads.take(),
    pages({ segment, block, pages, next, head }, end, messages) {
      counters.pagesServed += pages.length
      counters.messagesServed += messages
      let bytes = 0
      for (const page of pages) bytes += page.byteLength
      counters.bytesServed += bytes
      visitor.served(bytes)
      session.tellSegments()
      session.send.pages({ stream, segment, block, pages, next: next.number, end, head })
    },
    gap: (from, to) => session.send.gap({ stream, from, to }),
    reset: (number) => session.send.reset({ stream, number }),
    fail: () => session.deny(unavailable())
  }
}
