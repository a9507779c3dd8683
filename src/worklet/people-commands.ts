// What app and worklet say to each other of people and friends: a part of the one table in commands.ts. Every
// key is z32.

export const PEOPLE_COMMANDS = {
  publish: 80,
  withdraw: 81,
  ownProfile: 82,
  lookup: 83,
  findPerson: 84,
  listPeople: 85,
  safetyCode: 86,
  unpin: 87,
  friends: 88,
  addFriend: 89,
  removeFriend: 90
} as const

export const PEOPLE_EVENTS = {
  friend: 70,
  handleChanged: 71,
  published: 72,
  publishRefused: 73
} as const

interface Done {
  success: true
}

type Nothing = Record<string, never>

export interface ProfileRequest {
  handle?: string
  name?: string
  about?: string
  /** Whether root peers may list it. */
  listed?: boolean
  /** Whether name and about open only for those who know the handle. */
  sealed?: boolean
  /** 1 to 30; default 30. */
  days?: number
}

export interface OwnProfileReply extends Required<Omit<ProfileRequest, 'handle'>> {
  key: string
  handle: string | null
  validUntil: number
  sequence: number
}

export interface PersonReply {
  /** The identity key: the `peerPublicKey` of a message, in z32. */
  key: string
  handle: string | null
  name: string | null
  about: string | null
  validUntil: number
  sequence: number
  pinned: boolean
  /** `HANDLE_CHANGED` for one who claims a handle that is pinned to another key. */
  alarm: string | null
  listed: boolean
  online: boolean
  direct: boolean
  lastSeen: number
  roots: string[]
}

export interface FriendReply {
  key: string
  handle: string | null
  name: string | null
  about: string | null
  pinned: boolean
  alarm: string | null
  status: 'online' | 'checking' | 'offline' | 'unknown'
  direct: boolean
  lastSeen: number
  addedAt: number
  roots: string[]
}

export interface PeopleCommands {
  /** Stays published: root peers that lack it get it when they are reached. */
  publish: [request: ProfileRequest, reply: Done & { profile: OwnProfileReply; stored: string[] }]
  withdraw: [request: Nothing, reply: Done & { stored: string[] }]
  ownProfile: [request: Nothing, reply: Done & { profile: OwnProfileReply | null }]
  /** The one that is pinned first. The only one who claims the handle is pinned. */
  lookup: [request: { handle: string }, reply: Done & { people: PersonReply[]; leftOut: number }]
  findPerson: [request: { key: string }, reply: Done & { person: PersonReply | null }]
  /** Those who chose to be listed; `end` if they are all. */
  listPeople: [request: { limit?: number }, reply: Done & { people: PersonReply[]; end: boolean }]
  /** For two people to compare by voice. */
  safetyCode: [request: { key: string }, reply: Done & { code: string }]
  unpin: [request: { handle: string }, reply: Done & { unpinned: boolean }]
  /** From the first time on, how friends stand is found out and told. */
  friends: [request: Nothing, reply: Done & { friends: FriendReply[] }]
  /** `friend` is a handle or a key. */
  addFriend: [request: { friend: string }, reply: Done & { friend: FriendReply }]
  removeFriend: [request: { friend: string }, reply: Done & { removed: boolean }]
}

export interface PeopleEvents {
  friend: FriendReply
  /** Another key than the one that is pinned claims this handle. */
  handleChanged: { handle: string; pinned: string; key: string }
  /** This root peer has the own profile. */
  published: { root: string; sequence: number }
  publishRefused: { root: string; code: string; error: string }
}
