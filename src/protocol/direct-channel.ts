// The direct channel, between two members of a room, one per connection and room. Owns its id, its
// handshake and its table of messages; no root peer ever sees it. A position is never reused.

import type { Channel } from 'protomux'
import type { MessageHash } from './bytes.ts'
import type { Codec } from './codec.ts'
import { bytes, checked, fixed, list, strict, struct, text, uint } from './codec.ts'
import { CONSTANTS, derive } from './derive.ts'
import type { RoomKeys } from './keys.ts'
import { wireLimits } from './limits.ts'
import { at, tableOf } from './message-table.ts'
import type { Handlers, Senders } from './message-table.ts'
import { proofCodec } from './proof.ts'
import type { Proof } from './proof.ts'
import { payloadsCodec } from './room-channel.ts'

export const DIRECT_PROTOCOL = 'root-peer/direct'

/** Both sides send the same. Before the other's was checked nothing else is said, and nothing is taken. */
export interface DirectHello {
  proof: Proof
}

/** New messages, sealed as they are for root peers. */
export interface Pass {
  /** Chosen by the sender, growing: what `received` answers to. */
  frame: number
  payloads: readonly Uint8Array[]
}

/** Frames that wait for a root peer, each named by the hash of its last message. One offer at a time. */
export interface Offer {
  ids: readonly MessageHash[]
}

/** Places in the offer of what is not known here, growing. */
export interface Wanted {
  places: readonly number[]
}

/**
 * The channel's id for a room on one connection: whoever does not hold the room's content key can neither
 * guess it nor tell from it which room it is.
 */
export function directChannelId(keys: RoomKeys, handshakeHash: Uint8Array): Uint8Array {
  return derive(CONSTANTS.directChannel, keys.contentKey, handshakeHash)
}

export const directHandshake: Codec<DirectHello> = strict(
  struct({ proof: proofCodec }),
  'direct handshake'
)

const places: Codec<readonly number[], number[]> = checked(
  list(uint, wireLimits.offerMax),
  (values) => values.every((value, i) => value > (values[i - 1] ?? -1)),
  'places that do not grow'
)

/** Messages of the direct channel; `position` is where each stands, on both sides. */
export const directMessages = Object.freeze({
  denied: at(0, struct({ code: uint, detail: text(wireLimits.detailBytesMax) })),
  pass: at(1, struct({ frame: uint, payloads: payloadsCodec }) as Codec<Pass>),
  received: at(2, struct({ frame: uint })),
  offer: at(
    3,
    checked(
      struct({ ids: list(fixed<MessageHash>(32), wireLimits.offerMax) }) as Codec<Offer>,
      ({ ids }) => ids.length > 0,
      'an offer of nothing'
    )
  ),
  wanted: at(4, struct({ places }) as Codec<Wanted>),
  broadcast: at(5, bytes(2 * wireLimits.broadcastBytesMax))
})

export type DirectHandlers = Handlers<typeof directMessages>
export type DirectSenders = Senders<typeof directMessages>

/** Gives a channel the table, in its order. */
export const addDirectMessages: (
  channel: Channel<never>,
  handlers: DirectHandlers
) => DirectSenders = tableOf(directMessages)
