// The messages of the room channel as values: what each says, and to whom. Owns their meaning; how they
// look on the wire, and at which position, is in room-channel.ts.

import type { CoreKey, PeerKey } from './bytes.ts'
import type { Head } from './head.ts'
import type { Path, TreeNode } from './inclusion.ts'
import type { Proof } from './proof.ts'
import type { FullQuota } from './quota.ts'
import type { Retention } from './retention.ts'
import type { Segment } from './segments.ts'

/**
 * Sets a stream of pages in motion, or moves one that runs. History, catch-up and live are the same:
 * a position, and how far to go.
 */
export interface Pull {
  /** Chosen by the client, growing, so that what is still under way for a stopped one reaches nobody else. A second pull of one stream replaces the first. */
  stream: number
  /** The segment that the client knows; null for a bare number. */
  coreKey: CoreKey | null
  /** Number of the first message wanted. */
  from: number
  /** How many messages the client has room for until it says `more`; 0 for no bound. */
  limit: number
  /** Whether to go on with new messages once the end is reached. */
  live: boolean
  /** The newest head that the client holds of that segment: proof, should the root have been rolled back. */
  head: Head | null
}

/** The client has room for so many more messages of a stream. */
export interface More {
  stream: number
  limit: number
}

/** Ends a stream; what was sent of it before may still arrive. */
export interface Stop {
  stream: number
}

/** The client's handshake: opening the channel is registering the room. */
export interface RoomHello {
  proof: Proof
  /** A first pull, taken as if it came right after `granted`. */
  pull: Pull | null
}

export interface Granted {
  access: number
  segments: Segment[]
  /** Number of the oldest message kept. */
  oldest: number
  /** Number that the next message will get. */
  next: number
  /** Bytes that may be sent and unanswered. */
  windowBytes: number
  /** For how long the room's messages are kept here. */
  retention: Retention
}

export interface Denied {
  code: number
  detail: string
}

export interface Append {
  /** Chosen by the client, growing: what `stored` and `refused` answer to. */
  frame: number
  /** Set on the first frame after a refusal, so that nothing overtakes. */
  resume: boolean
  payloads: readonly Uint8Array[]
}

export interface Stored {
  frame: number
  /** Number of the frame's first message. */
  first: number
  storedAt: number
  /** Segment, as position in the segment list, and block in its core. */
  segment: number
  block: number
  head: Head
}

export interface Refused {
  frame: number
  code: number
  detail: string
  /** Which quota has no room for it; null if it was refused for something else. */
  quota: FullQuota | null
}

export interface Pages {
  stream: number
  segment: number
  /** Block index of the first page. */
  block: number
  /** Pages exactly as stored; none, if only the end is to be told. */
  pages: readonly Uint8Array[]
  /** Number of the next message that the root will send on this stream. */
  next: number
  /** Whether the stream has reached the end of the log: as of now, or for one that is not live, as of the pull. */
  end: boolean
  head: Head | null
}

/** Messages from `from` up to, not including, `to` are gone. */
export interface Gap {
  stream: number
  from: number
  to: number
}

/** The stream's segment is unknown, or ended at `number`: step back to there. */
export interface Reset {
  stream: number
  number: number
}

export interface PresencePeer {
  /** Noise key of the connection. */
  peer: PeerKey
  access: number
  /** Milliseconds since 1970 by the root's clock. */
  since: number
}

/** Who has the room open now. Guests get counts and empty lists. */
export interface Presence {
  /** Whether `joined` is everybody, and what was known before is to be forgotten. */
  snapshot: boolean
  members: number
  guests: number
  joined: PresencePeer[]
  left: PeerKey[]
}

/** Asks for the proof that a block lies under a head that the client holds. */
export interface Prove {
  /** Chosen by the client: what the answer carries. */
  request: number
  /** Segment, as position in the segment list. */
  segment: number
  block: number
  /** Length of the head that the client holds. */
  length: number
}

/** A page with its path, and how the log has grown since the head that was asked about. */
export interface Proven {
  request: number
  /** The block; null if it is not kept, or there never was one. */
  page: Uint8Array | null
  path: Path
  /** Roots of the tree that the client holds the head of. */
  roots: readonly TreeNode[]
  /** The newest head, its roots, and for each root above its path in the newer tree. */
  head: Head | null
  laterRoots: readonly TreeNode[]
  paths: readonly Path[]
}

/** Asks to replicate the room's cores natively on this connection, or to end it; the answer says that it is so. */
export interface Replicate {
  on: boolean
}
