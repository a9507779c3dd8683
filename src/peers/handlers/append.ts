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
import type { Purse } from '../../access/purse.ts'
import { quotaFull } from '../../access/quota.ts'
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

  const { purse } = seat
  const refusal = refusalOf(session, resume, payloads) ?? reserve(session, weight)
  if (refusal !== null || purse === null) {
    release()
    session.refuse(frame, refusal ?? readOnly())
    return
  }
  const { counters, pending } = connection.peers
  const { visitor } = connection
  const count = payloads.length
  const unreserve = (): void => {
    connection.pending.release(weight)
    pending.release(weight)
  }
  const due = admit(session, purse, count, weight)
  if (typeof due !== 'number') {
    unreserve()
    release()
    session.refuse(frame, due)
    return
  }
  session.refusing = false
  const settle = (): void => {
    unreserve()
    purse.settle(weight, count)
  }
  // The window is given back with the answer: what is held back slows its sender.
  seat.room.append({
    sender: session.peer,
    payloads,
    weight,
    stored: (receipt) => {
      settle()
      counters.framesStored++
      visitor.stored(count, weight - count * limits.messageOverheadBytes)
      session.answer({ frame, ...receipt }, weight, due)
    },
    refused: (err) => {
      settle()
      release()
      session.refuse(frame, err)
    },
    lost: () => {
      settle()
      release()
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

/** Charges the frame to all who pay for it, or says who has no room for it. Returns when it may be answered. */
function admit(
  { connection: { visitor, peers } }: RoomSession,
  purse: Purse,
  messages: number,
  weight: number
): number | RootPeerError {
  const full = purse.reserve(weight, messages)
  if (full !== null) return quotaFull('ROOM_FULL', full)
  const delay = visitor.charge(messages, weight)
  if (typeof delay === 'number') return delay === 0 ? 0 : performance.now() + delay
  purse.release(weight, messages)
  if (delay !== null) return quotaFull('RATE_LIMITED', delay)
  const { messagesPerSecond } = peers.options.access.allowances
  return new RootPeerError(
    'RATE_LIMITED',
    `more is sent than may be for long (${messagesPerSecond} messages a second): send again later`,
    { expected: messagesPerSecond }
  )
}
