// What an app may ask of the worklet: a number, what it carries, what is answered. What the worklet tells is
// in events.ts; 1 to 14 of both are those of apps that were there before. A number is never used again.
// All of it is JSON in UTF-8. publicKey, secretKey, peerPublicKey and roomTopic are hex, as such apps have
// them; every other key is z32, as everywhere else here.

import { PEOPLE_COMMANDS } from './people-commands.ts'
import type { PeopleCommands } from './people-commands.ts'

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
  retention: 28,
  deleteRoom: 29,
  quotas: 30,
  ...PEOPLE_COMMANDS
} as const

export type CommandName = keyof typeof COMMANDS

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

/** For how long messages are kept; 0 is no bound. */
export interface Retention {
  ageMs: number
  /** The newest of them. */
  bytes: number
  messages: number
}

/** A bound of a root peer: see the table of kinds in docs/PROTOCOL.md. */
export interface Quota {
  kind: string
  limit: number
  use: number
}

/** As it stands; `full`: it has refused something for which there is no room yet. */
export interface QuotaNow extends Quota {
  full: boolean
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
  /**
   * With a bound: the owner has less kept, and those left out are none of the owner's. Without: only asks.
   * Answers what holds; null while no root peer has the room open.
   */
  retention: [request: InRoom & Partial<Retention>, reply: Done & { retention: Retention | null }]
  /** Deletes the room at its root peers, for everybody and for good. With the owner's invite only. */
  deleteRoom: [request: InRoom, reply: Done]
  /** What each root peer keeps and takes at most for this room, as it was last told. */
  quotas: [request: InRoom, reply: Done & { roots: { root: string; quotas: QuotaNow[] }[] }]
}
