// What a room tells an app, by name. Every part of a room speaks through it; none of them is known by it.

import type { Retention } from '../protocol/retention.ts'
import type { RootPeerError, WireCode } from '../protocol/errors.ts'
import type { QuotaFigures } from '../protocol/quota.ts'
import type { BroadcastEvent, PresenceEvent } from './company.ts'
import type { ReadMessage } from './reading/message.ts'
import type { Member } from './roster.ts'

export interface RoomEvents {
  /** Every new message; listening to it follows the room from now on, or from the profile's place. */
  message: [message: ReadMessage]
  /** A message that was shown unproven is proven now. */
  proven: [event: { id: string }]
  /** Messages of one chain from `from` up to, not including, `to` are missing here. */
  hole: [event: { chain: string; author: string; from: number; to: number }]
  /** Messages from `from` up to, not including, `to` are gone at this root. */
  gap: [event: { root: string; from: number; to: number }]
  /** This root's log was rolled back to before `number`: reading goes on from there. */
  reset: [event: { root: string; number: number }]
  /** These are sealed, and kept where there is a profile: nothing can lose them then. Nobody has them yet. */
  queued: [event: { ids: string[]; kept: boolean }]
  /** This root has stored these, the first of them as its message `index`. */
  stored: [event: { root: string; ids: string[]; index: number; storedAt: number }]
  /** A root did not take these. They are sent again unless `send` rejects. `quota` is what has no room for them. */
  refused: [event: RefusedEvent]
  /** How much this root keeps and takes for this room, and how much of it is used: at first, and at each step. */
  quota: [event: { root: string; quotas: Quota[] }]
  /** This root has room again for what it refuses; what waits is sent by itself. */
  'space-again': [event: { root: string }]
  /** There was no room for what waits, and this root holds up what others have: it is not waited for. */
  'root-dropped': [event: { root: string }]
  /** This root was out of reach for too long: nothing waits for it, and another stands in, if it is named. */
  'root-lost': [event: { root: string; replacement: string | null }]
  /** A root that was lost has granted the room again: it is written to and read from as before. */
  'root-back': [event: { root: string }]
  /** This root lacks so many messages that another has; 0 once it does not any more. Members bring them. */
  behind: [event: { root: string; by: number }]
  /** A root does not let us in. */
  denied: [event: { root: string; error: RootPeerError }]
  /** The room was deleted at this root, by its owner or by who runs the root: it takes and gives nothing any more. */
  deleted: [event: { root: string }]
  /** This root keeps messages for so long from now on; 0 is no bound. */
  retention: [event: { root: string; retention: Retention }]
  /** Who has the room open at one root. */
  presence: [event: PresenceEvent]
  /** A member came or went, at any root or directly; never ourselves. */
  member: [member: Member]
  broadcast: [event: BroadcastEvent]
  error: [error: Error]
}

export interface RefusedEvent {
  root: string
  ids: string[]
  code: WireCode
  detail: string
  /** Null if it was for something else. */
  quota: QuotaFigures | null
}

/** A bound of a root peer. `full` says that it has refused something for which there is no room yet. */
export interface Quota extends QuotaFigures {
  full: boolean
}

/** How a part of a room tells the app. */
export type Tell = <Name extends keyof RoomEvents>(name: Name, ...event: RoomEvents[Name]) => void

/** A listener that throws fails as any listener does, and the room is followed on. */
export function show(message: ReadMessage, emit: (message: ReadMessage) => void): void {
  try {
    emit(message)
  } catch (err) {
    queueMicrotask(() => {
      throw err
    })
  }
}
