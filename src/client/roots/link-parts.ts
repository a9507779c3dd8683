// What a room's link tells, and what it has once the root has granted the room.

import type { RootPeerError } from '../../protocol/errors.ts'
import type { Usage } from '../../protocol/quota.ts'
import type { Retention } from '../../protocol/retention.ts'
import type {
  Granted,
  Pages,
  Presence,
  Pull,
  Refused,
  RoomSenders,
  Stored
} from '../../protocol/room-channel.ts'
import type { SegmentList } from '../../protocol/segments.ts'
import type { Window } from '../../protocol/window.ts'

/** Somebody who reads: told where its stream stands, asked where it wants to be. */
export interface StreamUser {
  /** Where to begin, or to go on after the channel was opened again; null to wait. */
  position(): Omit<Pull, 'stream'> | null
  pages(pages: Pages): void
  gap(from: number, to: number): void
  reset(number: number): void
  /** The channel closed: what was asked for will not come. */
  cut(): void
}

/** What a channel has once it was granted. */
export interface OpenRoom {
  granted: Granted
  window: Window
  send: RoomSenders
  segments: SegmentList
}

export interface RoomLinkEvents {
  granted: [granted: Granted]
  /** The channel closed; it is opened again. */
  closed: []
  denied: [error: RootPeerError]
  stored: [stored: Stored]
  refused: [refused: Refused]
  presence: [presence: Presence]
  broadcast: [sealed: Uint8Array]
  /** How much may be kept and sent, and how much of it is. */
  usage: [usage: Usage]
  /** The root says for how long it keeps messages, from now on. */
  retained: [retention: Retention]
  /** The list of segments has grown. */
  segments: []
  /** The room's cores are replicated on this connection, or no longer. */
  replicate: [on: boolean]
}
