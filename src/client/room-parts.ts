// What a room is made from: the client's business, and nobody else's.

import type { KeyPair, PeerKey } from '../protocol/bytes.ts'
import type { RoomKeys } from '../protocol/keys.ts'
import type { Budget } from './outbox/budget.ts'
import type { Candidates } from './roots/candidates.ts'
import type { Mirror } from './roots/mirror.ts'
import type { KeptOutbox, OutboxNotes } from './outbox/outbox-notes.ts'
import type { Profile } from './profile/profile.ts'
import type { Waits } from './waits.ts'
import type { Keep } from './host/spaces.ts'
import type { Inside, Way } from './way.ts'

export interface RoomParts {
  keys: RoomKeys
  invite: string
  /** The root peers that it may live on. */
  candidates: Candidates
  /** Whether root peers are brought what they lack. */
  refill: boolean
  identity: KeyPair
  /** The Noise key that others see. */
  self: PeerKey
  profile: Profile | null
  /** What the profile has of this room's outbox; null where nothing is kept. */
  outbox: { notes: OutboxNotes; kept: KeptOutbox } | null
  /** Keeps the room's cores whole; null if that was not asked for. */
  mirror: Mirror | null
  /** Keeps its files here too; null if that was not asked for. */
  keep: Keep | null
  /** Ways in and out beside its roots. */
  ways: readonly ((inside: Inside) => Way)[]
  budget: Budget
  waits: Waits
  now: () => number
  closed: () => void
}
