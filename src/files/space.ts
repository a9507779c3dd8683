// What files need of whoever counts space: the room's quota, and the disk that wants to hear of what
// became free. Only ports; who stands behind them is put in from outside.

import type { RoomId } from '../protocol/bytes.ts'
import type { Founder } from '../rooms/record.ts'

/** Bytes set aside. Exactly one of the two is called, once. */
export interface Reservation {
  /** They were written. */
  keep(): void
  /** They were not. */
  release(): void
}

export interface RoomSpace {
  /** @throws `ROOM_FULL` if the room may not have so many more. */
  reserve(id: RoomId, bytes: number): Reservation
  /** Bytes that the room no longer takes. */
  freed(id: RoomId, bytes: number): void
  /** Bytes that were erased of a room that is gone, with who answered for it. */
  erased(id: RoomId, bytes: number, founder: Founder | null): void
}

/** A room may have as much as the disk gives. */
export const UNLIMITED: RoomSpace = Object.freeze({
  reserve: () => ({ keep() {}, release() {} }),
  freed() {},
  erased() {}
})
