// Opening a room: the proof, then the room, then `granted`, and the first pull if there was one.

import { roomUnknown, tooMany } from '../../protocol/errors.ts'
import { Access } from '../../protocol/keys.ts'
import { checkProof } from '../../protocol/proof.ts'
import type { RoomHello } from '../../protocol/room-channel.ts'
import { unexpected } from '../../protocol/errors.ts'
import { limits } from '../../limits.ts'
import type { RoomSession } from '../room-session.ts'
import { onpull } from './pull.ts'

export async function onopen(session: RoomSession, hello: RoomHello): Promise<void> {
  const { connection, id } = session
  const { peers } = connection
  if (!connection.greeted) throw unexpected('the control channel comes first')
  const { handshakeHash, peer } = connection
  const access = checkProof(hello.proof, id, { handshakeHash, prover: peer })

  const room = await peers.options.rooms.acquire(id, access !== Access.guest)
  if (room === null) throw roomUnknown()
  if (session.gone) return peers.options.rooms.release(room)
  const attendance = peers.attendance(id)
  if (attendance.size >= limits.roomPeersMax) {
    peers.options.rooms.release(room)
    throw tooMany('peers in this room', limits.roomPeersMax)
  }

  // An earlier channel of this key is closed here; what it had handed in is committed or dropped
  // before the client hears anything, so that it can tell what has to be sent again.
  session.sit({ access, room, attendance })
  await room.settled(peer)
  if (session.gone) return

  const { segments, oldest, next } = room.log
  session.tellSegments()
  session.send.granted({
    access,
    segments: [...segments.all],
    oldest,
    next,
    windowBytes: session.window.bytesMax
  })
  session.grant()
  if (hello.pull !== null) onpull(session, hello.pull)
}
