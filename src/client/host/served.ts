// What a device shows to whoever asks under its owner's identity, and what a part of a connection needs of
// the rest. Ports only.

import type { PeerKey, RoomId } from '../../protocol/bytes.ts'
import type { Announcement } from '../../protocol/control.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import type { SignedProfile } from '../../protocol/profile.ts'
import type Protomux from 'protomux'
import type { SpaceStore } from './space-store.ts'

export interface ServedSpace {
  readonly id: RoomId
  readonly store: SpaceStore
  /** Whether it may be taken for all there is. */
  readonly isWhole: boolean
}

export interface Served {
  readonly announcement: Announcement
  readonly identity: Uint8Array
  /** Null as long as there is none. */
  readonly profile: SignedProfile | null
  readonly space: ServedSpace | null
  readonly now: () => number
}

/** A connection, as what is spoken on it sees it. */
export interface VisitorLine {
  readonly served: Served
  readonly mux: Protomux
  readonly peer: PeerKey
  readonly handshakeHash: Uint8Array
  readonly gone: boolean
  /** Whether more may be written now. */
  readonly ready: boolean
  /** Resolves once it may, or the visitor is gone. */
  untilReady(): Promise<void>
  /** One reading from disk at a time: resolves when it is its turn; call what it gives. */
  turn(): Promise<() => void>
  /** The visitor asked something: it is not idle. */
  asked(): void
  /** What came to nothing. Throws once there was too much of it. */
  strayed(): void
  /** It broke a rule: the connection ends. */
  violated(err: RootPeerError): void
}
