// What a client is set up with, and what it tells of its root peers.

import type Corestore from 'corestore'
import type HyperDHT from 'hyperdht'
import type Hyperswarm from 'hyperswarm'
import type { KeyPair } from '../protocol/bytes.ts'
import type { Announcement } from '../protocol/control.ts'
import type { Scopes } from '../protocol/ticket.ts'
import type { Waits } from './waits.ts'
import type { RootPeerError } from '../protocol/errors.ts'

export interface ClientOptions {
  /** DHT nodes to begin with, as HOST:PORT; the public DHT if none are given. */
  bootstrap?: readonly string[]
  /** Address to bind to; all if not given. */
  host?: string
  /** Keys of root peers to use where an invite names none, in z32 or hex. */
  roots?: readonly string[]
  /** Root peers that a room lives on: the first its invite names, else of `roots`, else found. Default 2. */
  rootsMax?: number
  /** Whether root peers that nobody named may be used: if none was named, or can be reached. Default true. */
  discover?: boolean
  /** How long a root peer may be out of reach before another stands in, in milliseconds. Default 10 minutes. */
  rootLostMs?: number
  /**
   * Whether root peers that lack what others have are brought it: at most 64 MiB in one go. Default true;
   * false where data is dear.
   */
  refill?: boolean
  /** Tickets of root peers; each is shown to the root peer that it names, and to no other. */
  tickets?: readonly string[]
  /** Name of a private fleet. */
  network?: string
  /** Folder that keeps the identity, the place in each room and what is not sent. Without: a fresh identity. */
  profile?: string
  /** The profile is a copy or a backup, and nobody goes on with the original. */
  restored?: boolean
  /** A corestore of the app's, instead of `profile`. */
  store?: Corestore
  /** 32 bytes that the identity comes from. */
  seed?: Uint8Array
  /** The Noise key pair to connect under; of the profile, or fresh, unless given. */
  keyPair?: KeyPair
  /** A DHT node of the app's. */
  dht?: HyperDHT
  /** A swarm of the app's: root peers are connected to under its key. */
  swarm?: Hyperswarm
  /**
   * Whether members speak to each other directly too, which shows each the other's address. Default true;
   * with false this client neither dials, nor listens, nor answers. The same goes for people and friends.
   */
  direct?: boolean
  /**
   * Whether rooms are announced on the DHT, so that members find each other without a root peer: true, as
   * many as may be; false, none. Default: a few of those where no root peer answers.
   */
  announce?: boolean
  /**
   * Whether others may see that we are here, once a profile is published: root peers are told, and our device
   * answers those who look for us. Default true; with false a profile is kept at root peers all the same.
   */
  present?: boolean
  /** Waits other than usual, in milliseconds, for tests and for very slow networks. */
  waits?: Partial<Waits>
  /** What the client calls itself to root peers. */
  agent?: string
  /** Milliseconds since 1970; `Date.now` unless given. */
  now?: () => number
}

export interface ClientEvents {
  /** A root peer speaks to us. */
  'root-connected': [event: { root: string; announcement: Announcement }]
  /** A root peer took our ticket, and says what it allows. One that it does not take is a `root-error`. */
  'root-ticket': [event: { root: string; scopes: Scopes }]
  'root-disconnected': [event: { root: string }]
  /** Its disk got full, or has room again. What it announced, as it was told with `root-connected`, is kept up to date. */
  'root-writable': [event: { root: string; writable: boolean }]
  /** What a root peer, or something that is none, answered instead. It is tried again. */
  'root-error': [event: { root: string; error: RootPeerError }]
  /**
   * A member broke a rule, directly, and is left alone for a while. Without a `peer`: members can't reach
   * us, though we may reach them.
   */
  'member-error': [event: { peer: string; error: RootPeerError }]
  /** No root peer was found yet; looking on. */
  searching: []
}
