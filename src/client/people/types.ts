// What an app gives and is given of people.

import type { ProtocolCode } from '../../protocol/errors.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import type { StopSignal } from '../reading/reader-options.ts'

/** Somebody, by what he has signed and what could be found out. */
export interface PersonInfo {
  /** The identity key, in z32: who it is. All else is what he says. */
  key: string
  /** In its one form; null for who has none, or none that is known here. */
  handle: string | null
  /** Null where it is sealed, and the handle is not known. */
  name: string | null
  about: string | null
  /** Milliseconds since 1970. */
  validUntil: number
  /** Grows with each profile of an identity. */
  sequence: number
  /** Whether this is the key that belongs to the handle here. */
  pinned: boolean
  /** `HANDLE_CHANGED` for one who claims a handle that belongs to another key here; null otherwise. */
  alarm: ProtocolCode | null
  /** Whether he is listed at root peers, as he asked. */
  listed: boolean
  /** Whether his device answers, or a root peer says that it is there. */
  online: boolean
  /** Whether his own device answered. */
  direct: boolean
  /** When he was last seen, in milliseconds since 1970, by the clock of who saw him; 0 for never. */
  lastSeen: number
  /** Root peers that he names, in z32. */
  roots: string[]
}

export interface Found {
  /** The one that is pinned first; those who are online before those who are not. */
  people: PersonInfo[]
  /** Claimants that were seen and not asked: there were too many, or it took too long. */
  leftOut: number
}

/** A person's answer to a search, as each comes; `all` is the same at its end, in order. */
export interface Search extends AsyncIterable<PersonInfo> {
  readonly all: Promise<Found>
  /** Ends it with what there is. */
  stop(): void
}

export interface PublishOptions {
  /** As it is written; left out, people are found by key only. */
  handle?: string
  name?: string
  about?: string
  /** Whether root peers may list it. Default false. */
  listed?: boolean
  /** Whether name and about open only for those who know the handle. Default false. */
  sealed?: boolean
  /** How long it holds unless it is refreshed, in days: 1 to 30. Default 30. */
  days?: number
}

export interface OwnProfile {
  key: string
  handle: string | null
  name: string
  about: string
  listed: boolean
  sealed: boolean
  days: number
  validUntil: number
  sequence: number
}

export interface Published {
  profile: OwnProfile
  /** Root peers that have it now, in z32. Others get it when they are reached. */
  stored: string[]
  /** Root peers that do not take it. */
  refused: { root: string; error: RootPeerError }[]
}

export interface WatchOptions {
  /** Whether those who are listed are watched. Default true unless `keys` are given. */
  listed?: boolean
  /** Identity keys that are watched, in z32 or hex. */
  keys?: readonly string[]
  signal?: StopSignal
}

export type PersonChange =
  /** `gone`: nothing of him is kept any more, or it was taken back. */
  | { kind: 'person'; person: PersonInfo }
  | { kind: 'gone'; key: string; online: boolean; lastSeen: number }
  /** More has changed than was told: list again. */
  | { kind: 'again' }

export interface Pin {
  handle: string
  key: string
  /** Milliseconds since 1970. */
  pinnedAt: number
}

export interface PeopleEvents {
  /** Another key than the one that is pinned claims this handle. */
  'handle-changed': [event: { handle: string; pinned: string; key: string }]
  /** This root peer has the own profile. */
  published: [event: { root: string; sequence: number }]
  /** A root peer does not take the own profile, or does not believe that we are here. */
  refused: [event: { root: string; error: RootPeerError }]
}
