// What a root of the benches may be sent and may keep: so much that none of its bounds is ever met. They
// are looked at all the same: what is measured is a root that checks.

import type { RootPeerConfig } from '../src/root-peer.ts'

const MANY = 1e12
const MUCH = 2 ** 50

export const PLENTY = {
  maxStorage: MUCH,
  bytesPerRoom: MUCH,
  bytesPerKey: MUCH,
  bytesPerAddress: MUCH,
  bytesPerSecond: MUCH,
  messagesPerRoom: MANY,
  messagesPerDay: MANY,
  messagesPerSecond: MANY,
  roomsPerKey: MANY,
  roomsPerAddress: MANY
} as const satisfies Partial<RootPeerConfig>
