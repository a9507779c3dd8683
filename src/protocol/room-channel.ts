// The room channel, one per connection and room; its Protomux id is the room id. Owns the handshake
// and the table of messages. A position is never reused; a retired one stays as a hole.

import type { Channel } from 'protomux'
import type { CoreKey, PeerKey } from './bytes.ts'
import type { Codec } from './codec.ts'
import {
  bool,
  byte,
  bytes,
  checked,
  duplex,
  fixed,
  list,
  nothing,
  optional,
  strict,
  struct,
  text,
  trailing,
  uint
} from './codec.ts'
import { badFrame } from './errors.ts'
import { headCodec } from './head.ts'
import { pathCodec, pathsCodec } from './inclusion.ts'
import { Access } from './keys.ts'
import { wireLimits } from './limits.ts'
import { at, tableOf } from './message-table.ts'
import type { Handlers, Senders } from './message-table.ts'
import { proofCodec } from './proof.ts'
import { fullQuotaCodec, usageCodec } from './quota.ts'
import type {
  Append,
  Denied,
  Gap,
  Granted,
  More,
  Pages,
  Presence,
  PresencePeer,
  Prove,
  Proven,
  Pull,
  Refused,
  Replicate,
  Reset,
  RoomHello,
  Stop,
  Stored
} from './room-messages.ts'
import { retentionCodec, UNBOUNDED } from './retention.ts'
import { segmentsCodec } from './segments.ts'

export const ROOM_PROTOCOL = 'root-peer/room'

export type * from './room-messages.ts'

const { detailBytesMax } = wireLimits

const pull: Codec<Pull> = struct({
  stream: uint,
  coreKey: optional(fixed<CoreKey>(32)),
  from: uint,
  limit: uint,
  live: bool,
  head: optional(headCodec)
})

const hello: Codec<RoomHello> = struct({ proof: proofCodec, pull: optional(pull) })

export const accessCodec: Codec<number> = checked(
  byte,
  (value) => value >= Access.guest && value <= Access.owner,
  'an access that does not exist'
)

const payload = bytes(wireLimits.payloadBytesMax)

/** The sealed payloads of one frame. */
export const payloadsCodec: Codec<readonly Uint8Array[], Uint8Array[]> = {
  preencode(state, payloads) {
    uint.preencode(state, payloads.length)
    for (const each of payloads) payload.preencode(state, each)
  },
  encode(state, payloads) {
    uint.encode(state, payloads.length)
    for (const each of payloads) payload.encode(state, each)
  },
  decode(state) {
    const count = uint.decode(state)
    if (count === 0) throw badFrame('no messages')
    if (count > wireLimits.frameMessagesMax) throw badFrame(`${count} messages in one frame`)
    const payloads: Uint8Array[] = []
    let total = 0
    for (let i = 0; i < count; i++) {
      const each = payload.decode(state)
      total += each.byteLength
      payloads.push(each)
    }
    if (total > wireLimits.frameBytesMax) throw badFrame(`${total} payload bytes in one frame`)
    return payloads
  }
}

/** The handshake as the client sees it. The root's is empty: Protomux sends it before the proof can be checked. */
export const clientRoomHandshake: Codec<RoomHello, null> = strict(
  duplex(hello, nothing),
  'room handshake'
)

/** The handshake as the root sees it. */
export const rootRoomHandshake: Codec<null, RoomHello> = strict(
  duplex(nothing, hello),
  'room handshake'
)

const code = struct({ code: uint, detail: text(detailBytesMax) })
const presencePeer: Codec<PresencePeer> = struct({
  peer: fixed<PeerKey>(32),
  access: accessCodec,
  since: uint
})
const { presencePeersMax } = wireLimits

/** Messages of the room channel; `position` is where each stands, on both sides. */
export const roomMessages = Object.freeze({
  granted: at(
    0,
    struct({
      access: accessCodec,
      segments: segmentsCodec,
      oldest: uint,
      next: uint,
      windowBytes: uint,
      retention: trailing(retentionCodec, UNBOUNDED)
    }) as Codec<Granted>
  ),
  denied: at(1, code as Codec<Denied>),
  append: at(2, struct({ frame: uint, resume: bool, payloads: payloadsCodec }) as Codec<Append>),
  stored: at(
    3,
    struct({
      frame: uint,
      first: uint,
      storedAt: uint,
      segment: uint,
      block: uint,
      head: headCodec
    }) as Codec<Stored>
  ),
  refused: at(
    4,
    struct({
      frame: uint,
      code: uint,
      detail: text(detailBytesMax),
      quota: trailing(optional(fullQuotaCodec), null)
    }) as Codec<Refused>
  ),
  pull: at(5, pull),
  pages: at(
    6,
    struct({
      stream: uint,
      segment: uint,
      block: uint,
      pages: list(bytes(wireLimits.pageBytesMax), wireLimits.pagesCountMax),
      next: uint,
      end: bool,
      head: optional(headCodec)
    }) as Codec<Pages>
  ),
  gap: at(
    7,
    checked(
      struct({ stream: uint, from: uint, to: uint }) as Codec<Gap>,
      ({ from, to }) => from < to,
      'a gap of nothing'
    )
  ),
  reset: at(8, struct({ stream: uint, number: uint }) as Codec<Reset>),
  proof: at(
    9,
    struct({
      request: uint,
      page: optional(bytes(wireLimits.pageBytesMax)),
      path: pathCodec,
      roots: pathCodec,
      head: optional(headCodec),
      laterRoots: pathCodec,
      paths: pathsCodec
    }) as Codec<Proven>
  ),
  presence: at(
    10,
    struct({
      snapshot: bool,
      members: uint,
      guests: uint,
      joined: list(presencePeer, presencePeersMax),
      left: list(fixed<PeerKey>(32), presencePeersMax)
    }) as Codec<Presence>
  ),
  broadcast: at(11, bytes(2 * wireLimits.broadcastBytesMax)),
  segments: at(12, segmentsCodec),
  stop: at(13, struct({ stream: uint }) as Codec<Stop>),
  more: at(14, struct({ stream: uint, limit: uint }) as Codec<More>),
  prove: at(
    15,
    struct({ request: uint, segment: uint, block: uint, length: uint }) as Codec<Prove>
  ),
  replicate: at(16, struct({ on: bool }) as Codec<Replicate>),
  usage: at(17, usageCodec),
  retain: at(18, retentionCodec),
  delete: at(19, nothing)
})

/** How many positions the table has, holes included. */
export const ROOM_POSITIONS = 20

type Table = typeof roomMessages
export type RoomMessageName = keyof Table

/** What a side does with the messages that may reach it. A message without a handler is `UNEXPECTED`. */
export type RoomHandlers = Handlers<Table>

/** One function per message; false says that the stream has to drain. */
export type RoomSenders = Senders<Table>

/** Gives a channel the table, in its order. */
export const addRoomMessages: (channel: Channel<never>, handlers: RoomHandlers) => RoomSenders =
  tableOf(roomMessages)
