// `retain`: the owner says for how long the room's messages are kept. Answered, to everybody who has the
// room open, with what holds from then on; that is on disk.

import { ownerOnly, tooMany, unexpected } from '../../protocol/errors.ts'
import { Access } from '../../protocol/keys.ts'
import type { Retention } from '../../protocol/retention.ts'
import type { RoomSession } from '../room-session.ts'

/** @throws what closes the channel: who is not the owner, or does not wait for the answer; what the store throws. */
export async function onretain(session: RoomSession, retention: Retention): Promise<void> {
  const { seat } = session
  if (seat === null || !session.granted) throw unexpected('"retain" before "granted"')
  if (seat.access !== Access.owner) throw ownerOnly()
  if (session.retaining) throw tooMany('unanswered changes of retention', 1)
  session.retaining = true
  try {
    await seat.room.retain(retention)
  } finally {
    session.retaining = false
  }
}
