// `append`: into the room's next commit, or refused whole. What is answered is synced.

import {
  outOfOrder,
  readOnly,
  RootPeerError,
  tooLarge,
  unavailable,
  unexpected,
  windowOverrun
} from '../../protocol/errors.ts'
import { Access } from '../../protocol/keys.ts'
import type { Append } from '../../protocol/room-channel.ts'
import { weigh } from '../../protocol/window.ts'
import { limits } from '../../limits.ts'
import type { RoomSession } from '../room-session.ts'

/** @throws what closes the channel: a message out of place, or one over the window. */
export function onappend(session: RoomSession, { frame, resume, payloads }: Append): void {
  const { seat, connection, window } = session
  if (seat === null || !session.granted) throw unexpected('"append" before "granted"')
  if (frame <= session.lastFrame)
    throw unexpected(`frame ${frame} after frame ${session.lastFrame}`)
  session.lastFrame = frame

  const weight = weigh(payloads)
  if (!window.take(weight)) throw windowOverrun(window.bytesMax)
  const release = () => window.release(weight)

  const refusal = refusalOf(session, resume, payloads) ?? reserve(session, weight)
  if (refusal !== null) {
    release()
    session.refuse(frame, refusal)
    return
  }
  session.refusing = false
  const { counters } = connection.peers
  const settle = () => {
    release()
    connection.pending.release(weight)
    connection.peers.pending.release(weight)
  }
  seat.room.append({
    sender: session.peer,
    payloads,
    weight,
    stored: (receipt) => {
      settle()
      counters.framesStored++
      session.answer({ frame, ...receipt })
    },
    refused: (err) => {
      settle()
      session.refuse(frame, err)
    },
    lost: () => {
      settle()
      counters.framesLost++
      session.deny(unavailable())
    }
  })
}

function refusalOf(
  session: RoomSession,
  resume: boolean,
  payloads: readonly Uint8Array[]
): RootPeerError | null {
  if (session.access === Access.guest) return readOnly()
  if (session.refusing && !resume) return outOfOrder()
  for (const { byteLength } of payloads) {
    if (byteLength > limits.payloadBytesMax)
      return tooLarge('a payload in bytes', limits.payloadBytesMax, byteLength)
  }
  return null
}

/** Takes the frame's weight from what this connection, and all together, may have waiting. */
function reserve({ connection }: RoomSession, weight: number): RootPeerError | null {
  if (connection.pending.take(weight)) {
    if (connection.peers.pending.take(weight)) return null
    connection.pending.release(weight)
  }
  return new RootPeerError(
    'RATE_LIMITED',
    'too much waits to be written: send again when it was answered'
  )
}
