// The one table of what app and worklet say to each other: a number, what it carries, what is answered.
// 1 to 14 are those of apps that were there before this worklet. A number is never used again.
// All of it is JSON in UTF-8. publicKey, secretKey, peerPublicKey and roomTopic are hex, as such apps have
// them; every other key is z32, as everywhere else here.

import { PEOPLE_COMMANDS, PEOPLE_EVENTS } from './people-commands.ts'
import type { PeopleCommands, PeopleEvents } from './people-commands.ts'

export type * from './people-commands.ts'

/** What an app may ask. Answered once, with the reply or a `Failure`. */
export const COMMANDS = {
  getKeys: 1,
  connectedPeers: 2,
  join: 3,
  leave: 4,
  send: 5,
  sync: 6,
  reconnect: 7,
  createRoom: 20,
  parseInvite: 21,
  typing: 22,
  receipt: 23,
  suspend: 24,
  resume: 25,
  status: 26,
  unsent: 27,
  ...PEOPLE_COMMANDS
} as const

/** What the worklet tells. Never answered. */
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
  ...PEOPLE_EVENTS
} as const

export type CommandName = keyof typeof COMMANDS
export type EventName = keyof typeof EVENTS

/** Instead of a reply: what went wrong. `code` is for programs and stable, `error` is for people. */
export interface Failure {
  success: false
  code: string
  error: string
}

/** Says which room is meant: the app's own name for it, or the room's id in hex where it gave none. */
export interface InRoom {
  roomTopic: string
}

export interface Done {
  success: true
}

export interface JoinRequest {
  /** The app's name for the room. Default: the room's id in hex. */
  roomTopic?: string
  /** 64 hex digits that the members share: joins as a shared key. */
  roomKey?: string
  /** An invite, or 64 hex digits as in `roomKey`. */
  invite?: string
  /** Put the place in the room into every `message` event. Costs some work a message. */
  cursors?: boolean
}

export interface RoomReply extends Done, InRoom {
  /** The room's id, in z32. */
  id: string
  /** The invite that this client holds: whoever gets it has the same access. */
  invite: string
  access: string
}

export interface SendReply extends Done {
  /** How many members it went to directly. */
  sentTo: number
  /** Whether a root peer has it on disk. If not, it is on its way: `stored` follows. */
  storedWithRootPeer: boolean
  /** The message's hash in hex; null while it is not known yet. */
  id: string | null
}

export interface InviteReply extends Done, InRoom {
  kind: 'owner' | 'member' | 'guest' | 'space' | 'shared'
  access: string
  id: string
  /** Root peers that it names, in z32. */
  roots: string[]
  /** Whether this worklet has the room open. */
  joined: boolean
}

export interface StatusReply extends Done {
  suspended: boolean
  /** This device's identity, in z32. */
  author: string
  /** Root peers that are connected, in z32. */
  roots: string[]
  rooms: (InRoom & { id: string; access: string })[]
}

export interface UnsentReply extends Done {
  count: number
  /** The first of them, in order. `stored` is how many root peers have it already. */
  messages: {
    id: string
    message: unknown
    encrypted: boolean
    timestamp: number
    stored: number
  }[]
}

type Nothing = Record<string, never>

/** Request and reply of each command. */
export interface Commands extends PeopleCommands {
  getKeys: [request: Nothing, reply: { publicKey: string; secretKey: string }]
  /** Keys of all that `peerConnected` named and `peerDisconnected` did not. */
  connectedPeers: [request: Nothing, reply: string[]]
  join: [request: JoinRequest, reply: RoomReply & { alreadyJoined?: true }]
  leave: [request: InRoom, reply: Done]
  /** `message` is a text or an object, of at most 64 levels. `encrypted` is handed through: it says that the app sealed it itself. */
  send: [request: InRoom & { message: unknown; encrypted?: boolean }, reply: SendReply]
  /**
   * Gives all messages from there on, then new ones as they come. `lastIndex` counts at one root peer;
   * with several, everything is given if it is not 0: use the `cursor` of a message.
   */
  sync: [request: InRoom & { lastIndex?: number; cursor?: string }, reply: Done]
  reconnect: [request: Nothing, reply: Done & { alreadyConnected?: true; searching?: true }]
  createRoom: [
    request: { roomTopic?: string; roots?: string[]; cursors?: boolean },
    reply: RoomReply & {
      /** Invites to hand on: to one who may write, to one who may only read. */
      memberInvite: string
      guestInvite: string
    }
  ]
  parseInvite: [request: { invite: string }, reply: InviteReply]
  /** Tells the members who are there now. Say it again every few seconds while it lasts. */
  typing: [request: InRoom & { typing?: boolean }, reply: Done]
  /** Tells the members who are there now that these messages were read. */
  receipt: [request: InRoom & { ids: string[] }, reply: Done]
  suspend: [request: Nothing, reply: Done]
  resume: [request: Nothing, reply: Done]
  status: [request: Nothing, reply: StatusReply]
  /** What this device has sent and some root peer still lacks, also from before it was started again. */
  unsent: [request: InRoom, reply: UnsentReply]
}

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
  /** A root peer did not take these; they are sent again. */
  refused: InRoom & { root: string; ids: string[]; code: string; detail: string }
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
  searching: Nothing
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
}
