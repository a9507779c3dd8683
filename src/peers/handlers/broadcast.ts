// `broadcast`: passed on to whoever has the room open and can take it now; never stored.

import { readOnly, tooLarge, unexpected } from '../../protocol/errors.ts'
import { Access } from '../../protocol/keys.ts'
import { limits } from '../../limits.ts'
import type { RoomSession } from '../room-session.ts'

/** @throws what closes the channel: a guest, or a broadcast over its bound. */
export function onbroadcast(session: RoomSession, sealed: Uint8Array): void {
  const { seat, connection } = session
  if (seat === null || !session.granted) throw unexpected('"broadcast" before "granted"')
  if (seat.access === Access.guest) throw readOnly()
  const { broadcastBytesMax } = limits
  if (sealed.byteLength > 2 * broadcastBytesMax) {
    throw tooLarge('a broadcast in bytes', 2 * broadcastBytesMax, sealed.byteLength)
  }
  const afford = (bytes: number): boolean => connection.broadcasts.spend(bytes)
  connection.peers.counters.broadcastsSent += seat.attendance.relay(session, sealed, afford)
}
