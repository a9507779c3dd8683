// `prove`: answered with the page and its place under the head that was asked about.

import { tooMany, unexpected } from '../../protocol/errors.ts'
import type { Prove } from '../../protocol/room-channel.ts'
import { limits } from '../../limits.ts'
import { evidence } from '../../rooms/evidence.ts'
import type { RoomSession } from '../room-session.ts'

/** @throws what closes the channel: a message out of place, one too many, or a log that can't be read. */
export async function onprove(session: RoomSession, { request, ...asked }: Prove): Promise<void> {
  const { seat, connection } = session
  if (seat === null || !session.granted) throw unexpected('"prove" before "granted"')
  if (session.proving >= limits.provesMax) throw tooMany('unanswered proofs', limits.provesMax)
  session.proving++
  // In turn with the other reads of this peer, and only while it takes what it asks for: a question is
  // a few bytes, and its answer a page.
  const done = await connection.reads.take()
  try {
    await session.untilReady()
    if (session.gone) return
    const proof = await evidence(seat.room.log, asked)
    if (!session.gone) session.send.proof({ request, ...proof })
  } finally {
    session.proving--
    done()
  }
}
