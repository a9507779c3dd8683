// A friend as the profile folder keeps him: who he is, what he was last known as, and where he was reached.

import type { AuthorKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import {
  bytes,
  decode,
  encode,
  kept,
  list,
  optional,
  struct,
  text,
  uint
} from '../../protocol/codec.ts'
import { wireLimits } from '../../protocol/limits.ts'

export const FRIENDS = 'friend/'

const ADDRESSES_MAX = 16

const codec = struct({
  identity: kept<AuthorKey>(32),
  /** As he was added, in its one form; null for who was added by key. */
  handle: optional(text(wireLimits.handleBytesMax)),
  addedAt: uint,
  /** The newest that was seen. */
  sequence: uint,
  profile: optional(bytes(wireLimits.profileBytesMax)),
  lastSeen: uint,
  /** Nodes of the DHT by way of which he was reached. */
  addresses: list(struct({ host: text(64), port: uint }), ADDRESSES_MAX)
})

export interface FriendNote {
  identity: AuthorKey
  handle: string | null
  addedAt: number
  sequence: number
  profile: Uint8Array | null
  lastSeen: number
  addresses: readonly { host: string; port: number }[]
}

export function friendName(identity: AuthorKey): string {
  return `${FRIENDS}${mapKey(identity)}`
}

export function encodeFriend(note: FriendNote): Uint8Array {
  return encode(codec, { ...note, addresses: note.addresses.slice(0, ADDRESSES_MAX) })
}

export function decodeFriend(value: Uint8Array): FriendNote {
  return decode(codec, value)
}
