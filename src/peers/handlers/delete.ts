// `delete`: the owner deletes the room. Answered, to everybody who has the room open, with `denied` and
// `ROOM_DELETED`, once it is on disk that there is no such room any more.

import { ownerOnly, unexpected } from '../../protocol/errors.ts'
import { Access } from '../../protocol/keys.ts'
import type { RoomSession } from '../room-session.ts'

/** @throws what closes the channel: who is not the owner; what the store throws. */
export async function ondelete(session: RoomSession): Promise<void> {
  const { seat, connection } = session
  if (seat === null || !session.granted) throw unexpected('"delete" before "granted"')
  if (seat.access !== Access.owner) throw ownerOnly()
  await connection.peers.options.rooms.delete(session.id)
}
