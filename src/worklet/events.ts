// What the worklet tells an app: a number, and what it carries. Never answered. See commands.ts.

import type { PeopleEvents } from './people-commands.ts'
import { PEOPLE_EVENTS } from './people-commands.ts'
import type { InRoom, Quota, QuotaNow, Retention } from './commands.ts'

export const EVENTS = {
  ready: 10,
  peerConnected: 11,
  peerDisconnected: 12,
  message: 13,
  error: 14,
  rootConnected: 40,
  rootDisconnected: 41,
  queued: 42,
  stored: 43,
  refused: 44,
  gap: 45,
  hole: 46,
  reset: 47,
  presence: 48,
  proven: 49,
  typing: 50,
  receipt: 51,
  unreadable: 52,
  denied: 53,
  searching: 54,
  member: 55,
  rootLost: 56,
  rootBack: 57,
  behind: 58,
  rootDropped: 59,
  retention: 60,
  quota: 61,
  spaceAgain: 62,
  deleted: 63,
  rootTicket: 64,
  rootWritable: 65,
  ...PEOPLE_EVENTS
} as const

export type EventName = keyof typeof EVENTS

export interface PeerEvent {
  peerPublicKey: string
  /** Milliseconds since 1970. */
  timestamp: number
  isRootPeer: boolean
}

export interface MessageEvent extends InRoom {
  /** The author's identity key: compare it with `getKeys`. */
  peerPublicKey: string
  /** What was given to `send`; a string if it came from a client that sends text. */
  message: unknown
  /** When it was sent, by the author's clock. */
  timestamp: number
  encrypted: boolean
  fromRootPeer: boolean
  /** The message's hash, its name everywhere. */
  id: string
  /** Its number at that root peer; null if it came directly. */
  index: number | null
  /** In z32; null if it came directly. */
  root: string | null
  /** By the root's clock. */
  storedAt: number | null
  /** Whether its author is a member and wrote it; if not, `proven` may follow. */
  proven: boolean
  fork: boolean
  late: boolean
  /** Only if the room was joined or made with `cursors`. */
  cursor?: string
}

/** What each event carries. */
export interface Events extends PeopleEvents {
  ready: { type: 'ready'; publicKey: string; author: string }
  peerConnected: PeerEvent
  peerDisconnected: PeerEvent
  message: MessageEvent
  /** `context` says what the worklet was at. */
  error: {
    error: string
    code: string
    context: string
    roomTopic?: string
    peerPublicKey?: string
  }
  rootConnected: { root: string }
  rootDisconnected: { root: string }
  /** Sealed, and kept by this device if there is a profile: sent when there is a way. */
  queued: InRoom & { ids: string[]; kept: boolean }
  /** This root peer has these on disk, the first of them as its message `index`. */
  stored: InRoom & { root: string; ids: string[]; index: number; storedAt: number }
  /** A root peer did not take these; they are sent again. `quota` has no room for them, if it is that. */
  refused: InRoom & {
    root: string
    ids: string[]
    code: string
    detail: string
    quota: Quota | null
  }
  /** Messages from `from` up to, not including, `to` are gone at this root. */
  gap: InRoom & { root: string; from: number; to: number }
  hole: InRoom & { chain: string; author: string; from: number; to: number }
  reset: InRoom & { root: string; number: number }
  presence: InRoom & {
    root: string
    members: number
    guests: number
    peers: { peer: string; access: string; since: number }[]
  }
  proven: InRoom & { id: string }
  typing: InRoom & { peerPublicKey: string; typing: boolean; timestamp: number }
  receipt: InRoom & { peerPublicKey: string; ids: string[]; timestamp: number }
  /** An entry of the log that is no message of this room. */
  unreadable: InRoom & { root: string | null; index: number | null; code: string; error: string }
  /** A root peer does not let us in. */
  denied: InRoom & { root: string; code: string; error: string }
  searching: Record<string, never>
  /** A member came or went; `direct`: what is sent goes to it without a root peer, too. */
  member: InRoom & {
    peerPublicKey: string
    access: string
    online: boolean
    direct: boolean
    /** Milliseconds since 1970; of one that is online, since when. */
    lastSeen: number
  }
  /** This root peer was out of reach for long: another stands in, if there is one. */
  rootLost: InRoom & { root: string }
  rootBack: InRoom & { root: string }
  /** This root peer lacks so many messages that another has; 0 once it does not any more. */
  behind: InRoom & { root: string; by: number }
  /** What waits for this root peer alone is waited for no longer: there is no room for it. */
  rootDropped: InRoom & { root: string }
  /** For how long this root peer keeps messages from now on. */
  retention: InRoom & { root: string; retention: Retention }
  /** What this root peer keeps and takes at most for this room: at first, and at each step of its use. */
  quota: InRoom & { root: string; quotas: QuotaNow[] }
  /** This root peer has room again for what it refused; what waits is sent by itself. */
  spaceAgain: InRoom & { root: string }
  /** The room was deleted at this root peer, by its owner or by who runs it. */
  deleted: InRoom & { root: string }
  /** A root peer took our ticket, which allows so much; null is no bound of the ticket's. */
  rootTicket: {
    root: string
    scopes: {
      create: boolean
      rooms: number | null
      bytes: number | null
      messagesPerDay: number | null
      expiresAt: number | null
    }
  }
  /** The disk of a root peer is full, or it writes again. */
  rootWritable: { root: string; writable: boolean }
}
