// What rooms are opened with, and what they tell.

import type { Counters } from '../counters.ts'
import type { RoomId } from '../protocol/bytes.ts'
import type { Retention } from '../protocol/retention.ts'
import type { Use } from './count.ts'
import type { Founder } from './record.ts'
import type { Room, RoomEvents } from './room.ts'

export interface RoomsEvents {
  /** A member opened a room that was not kept before. */
  registered(id: RoomId): void
  /** Once a commit, after its sync. */
  stored(id: RoomId, messages: number, bytes: number, next: number): void
  /**
   * So much less is kept of a room: it expired, or the room was deleted and is `gone`. Also of one that
   * is not open.
   */
  freed(id: RoomId, freed: Use, founder: Founder | null, gone: boolean): void
  /** What holds for the room has changed. */
  retained(room: Room): void
  /** The room is forgotten, and that is on disk: whoever has it open is to be sent away. */
  deleted(id: RoomId): void
}

export interface RoomsOptions {
  /** Time after which a room that nobody has open is closed; `limits.roomIdleMs` unless given. */
  idleMs?: number | undefined
  counters?: Counters
  /** The longest that anything is kept; a room's owner may want less. Without bounds unless given. */
  retention?: Retention
  /** Milliseconds of a clock that never jumps; `performance.now` unless given. */
  elapsed?: () => number
}

/** A room that is open, or about to be. */
export interface OpenRoom {
  room: Promise<Room>
  /** Once it is open. */
  loaded: Room | null
  users: number
  /** When the last user left, in milliseconds; 0 while there are some. */
  idleSince: number
}

/** What one open room tells, as all of them do. */
export function eventsOfRoom(events: RoomsEvents, counters: Counters): RoomEvents {
  return {
    stored(room, messages, bytes) {
      counters.commits++
      events.stored(room.id, messages, bytes, room.log.next)
    },
    retained: (room) => events.retained(room)
  }
}
