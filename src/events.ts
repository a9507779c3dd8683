// What a root peer tells whoever listens: one event for each thing that happens to it, and what it carries.

import type Corestore from 'corestore'
import type Hyperswarm from 'hyperswarm'
import type { PeerKey, RoomId } from './protocol/bytes.ts'
import type { RootPeerError } from './protocol/errors.ts'

export interface RootPeerEvents {
  /** Serving. `publicKey` is this root's name. */
  ready: [{ publicKey: PeerKey }]
  /** A node of the DHT answers: this root can be found. */
  online: []
  /** No node of the DHT answers. It is tried again, and whoever knows the way is served. */
  offline: []
  /** A peer has spoken the protocol. `peer` is its Noise key. */
  'peer-connected': [{ peer: Uint8Array }]
  'peer-disconnected': [{ peer: Uint8Array }]
  /** A peer broke a rule and was cut off. */
  violation: [{ peer: Uint8Array; error: RootPeerError }]
  /** A member opened a room that was not kept before. */
  'room-registered': [{ room: RoomId }]
  /** Once a commit, when it is synced: how many messages and payload bytes, and the room's next number. */
  'messages-stored': [{ room: RoomId; messages: number; bytes: number; next: number }]
  /** Its owner, or the operator, deleted a room. */
  'room-deleted': [{ room: RoomId }]
  /** So many messages and page bytes less are kept of a room: they expired, or it was deleted. */
  'room-freed': [{ room: RoomId; messages: number; bytes: number }]
  /** Nothing can be stored for want of space; reading goes on. */
  'read-only': [{ error: RootPeerError }]
  writable: []
  /** The disk failed to keep what was written: end the process, and answer nobody. */
  failed: [{ error: Error }]
  /** Closing has begun. */
  shutdown: []
  /** The store's corestore, before any core of it is open; again whenever the store was opened anew. */
  corestore: [corestore: Corestore]
  /** The swarm, before it listens. */
  swarm: [swarm: Hyperswarm]
}
