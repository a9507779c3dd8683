// Opening a room: the proof, then the room, then `granted`, and the first pull if there was one.

import { roomUnknown, tooMany } from '../../protocol/errors.ts'
import { Access } from '../../protocol/keys.ts'
import { checkProof } from '../../protocol/proof.ts'
import type { RoomHello } from '../../protocol/room-channel.ts'
import type { Purse } from '../../access/purse.ts'
import { limits } from '../../limits.ts'
import type { Room } from '../../rooms/room.ts'
import type { RoomSession } from '../room-session.ts'
import { onpull } from './pull.ts'

export async function onopen(session: RoomSession, hello: RoomHello): Promise<void> {
  const { connection, id } = session
  const { peers } = connection
  const { handshakeHash, peer, visitor } = connection
  const access = checkProof(hello.proof, id, { handshakeHash, prover: peer })

  visitor.admit()

  const room = await acquire(session, access)
  if (room === null) throw roomUnknown()
  const { treasury } = peers.options.access
  const purse = access === Access.guest ? null : await pay(session, room)
  if (session.gone) {
    if (purse !== null) void treasury.unpay(id)
    return peers.options.rooms.release(room)
  }
  const attendance = peers.attendance(id)
  if (attendance.size >= limits.roomPeersMax) {
    if (purse !== null) void treasury.unpay(id)
    peers.options.rooms.release(room)
    throw tooMany('peers in this room', limits.roomPeersMax)
  }

  // An earlier channel of this key is closed here; what it had handed in is committed or dropped
  // before the client hears anything, so that it can tell what has to be sent again.
  session.sit({ access, room, attendance, purse })
  await room.settled(peer)
  if (session.gone) return

  const { segments, oldest, next } = room.log
  session.tellSegments()
  session.send.granted({
    access,
    segments: [...segments.all],
    oldest,
    next,
    windowBytes: session.window.bytesMax,
    retention: room.retention
  })
  session.tellUsage()
  session.grant()
  if (hello.pull !== null) onpull(session, hello.pull)
}

/** Opens the room; for a member also one that is not kept yet, if there is room for it. */
async function acquire({ connection, id }: RoomSession, access: Access): Promise<Room | null> {
  const { rooms, access: gate } = connection.peers.options
  if (access === Access.guest) return rooms.acquire(id, false)
  const founder = gate.founderOf(connection.visitor)
  if (await rooms.isKept(id)) return rooms.acquire(id, true, founder)
  const founding = await gate.treasury.found(founder)
  let room: Room | null = null
  try {
    room = await rooms.acquire(id, true, founder)
  } finally {
    // Of two that came at once, one has registered it.
    founding.done(room?.founder === founder ? id : null)
  }
  return room
}

async function pay({ connection }: RoomSession, room: Room): Promise<Purse> {
  const { rooms, access } = connection.peers.options
  try {
    return await access.treasury.pay(room)
  } catch (err) {
    rooms.release(room)
    throw err
  }
}
