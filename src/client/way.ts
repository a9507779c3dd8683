// A way in and out of a room: over its roots, or directly to its members. What a room asks of each, and
// what it gives them to work with.

import type { RoomKeys } from '../protocol/keys.ts'
import type { Company } from './company.ts'
import type { FileRoots } from './files/file-roots.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { Reader } from './reading/reader.ts'
import type { Tell } from './room-events.ts'
import type { Waits } from './waits.ts'

/** A room's inside, as its ways see it. */
export interface Inside {
  keys: RoomKeys
  /** Null for a guest, who sends nothing. */
  outbox: Outbox | null
  company: Company
  /** Told of every root, as a keeper of the room's files. */
  files: FileRoots
  tell: Tell
  waits: Waits
}

export interface Way {
  /** This reader gets what comes this way, from now until `unread`. */
  read(reader: Reader): void
  unread(reader: Reader): void
  /** Tells all members who are there now, as far as this way reaches. */
  broadcast(sealed: Uint8Array): void
  /** The app goes to sleep: no timer, no traffic, nothing lost. */
  suspend(): void
  resume(): void
  close(): void
}
