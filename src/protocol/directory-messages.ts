// The messages of the directory channel as values: what each says, and to whom. Owns their meaning; how
// they look on the wire, and at which position, is in directory-channel.ts.

import type { AuthorKey, Signature } from './bytes.ts'

/** Somebody, as a root knows them. */
export interface Person {
  identity: AuthorKey
  /** A signed profile; null where none is kept any more, or it was withdrawn. */
  profile: Uint8Array | null
  /** Whether this identity has a connection here now. */
  online: boolean
  /** When it was here last, in milliseconds since 1970 by the root's clock; 0 for never. */
  lastSeen: number
}

/** Hands in a profile. Whose it is follows from its signature, not from who brings it. */
export interface Publish {
  /** Chosen by the client, growing over all requests of the channel: what every answer carries. */
  request: number
  profile: Uint8Array
}

/** Says whose connection this is, so that he counts as being here. */
export interface Attend {
  request: number
  identity: AuthorKey
  signature: Signature
}

/** The answer to `publish` and `attend`. */
export interface Accepted {
  request: number
}

export interface DirectoryRefused {
  request: number
  code: number
  detail: string
}

export const FindBy = Object.freeze({ identity: 0, handle: 1 })
export type FindBy = (typeof FindBy)[keyof typeof FindBy]

/** Asks for an identity, or for all who claim a handle. */
export interface Find {
  request: number
  by: FindBy
  /** An identity, or the hash of a handle. */
  key: Uint8Array
}

/** Asks for a page of those who chose to be listed, in the order of their identities. */
export interface ListPeople {
  request: number
  /** The last identity of the page before; null for the first page. */
  after: AuthorKey | null
  limit: number
}

/** The answer to `find` and `list`. */
export interface People {
  request: number
  people: Person[]
  /** Whether there are no more behind them. */
  end: boolean
}

/**
 * Asks for changes from now on, of these identities (whose state is told at once) and, if wished, of all
 * who are listed. Replaces what was asked for before; of nobody ends it.
 */
export interface WatchPeople {
  request: number
  identities: readonly AuthorKey[]
  listed: boolean
}

/** How these stand now: what changed meanwhile of one person is told once. */
export interface PeopleChanged {
  request: number
  people: Person[]
}

/** So many who are listed have changed that they are not told one by one: list them again. */
export interface PeopleReset {
  request: number
}
