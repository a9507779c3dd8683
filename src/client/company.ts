// Who has a room open at each root, as presence tells it, and the roster that all of it makes together;
// and broadcasts, whichever way they come, each shown once and in time.

import type { KeyPair, PeerKey } from '../protocol/bytes.ts'
import { formatKey, mapKey } from '../protocol/bytes.ts'
import { openBroadcast, sealBroadcast } from '../protocol/broadcast.ts'
import type { Access, AccessName, RoomKeys } from '../protocol/keys.ts'
import { accessName } from '../protocol/keys.ts'
import { wireLimits } from '../protocol/limits.ts'
import type { Presence } from '../protocol/room-channel.ts'
import { Roster } from './roster.ts'

/** Who has the room open at one root now. Guests are told counts only. */
export interface PresenceEvent {
  root: string
  members: number
  guests: number
  /** Noise keys in z32, with their access, and since when by the root's clock. */
  peers: { peer: string; access: AccessName; since: number }[]
}

export interface BroadcastEvent {
  kind: number
  sentAt: number
  /** The author's identity key, in z32. */
  author: string
  body: Uint8Array
}

/** Broadcast ids remembered, so that one that comes by two roots is shown once. */
const SEEN_MAX = 4096

/** Peers told of by one root that are remembered: more than that come only from one that makes them up. */
const PEERS_MAX = 4096

export class Company {
  readonly roster: Roster
  readonly #keys: RoomKeys
  readonly #identity: KeyPair
  readonly #now: () => number
  readonly #roots = new Map<string, Map<string, PresenceEvent['peers'][number]>>()
  readonly #seen = new Set<string>()
  readonly #onanswering = new Set<() => void>()

  /** @param self our own Noise key, if we have one here. */
  constructor(keys: RoomKeys, identity: KeyPair, now: () => number, self: PeerKey | null = null) {
    this.#keys = keys
    this.#identity = identity
    this.#now = now
    this.roster = new Roster(now, self)
  }

  /** How many roots have the room open for us and talk to us. */
  get answering(): number {
    return this.#roots.size
  }

  /** Tells whenever a root begins to answer, or ends; returns the end of it. */
  onanswering(listener: () => void): () => void {
    this.#onanswering.add(listener)
    return () => this.#onanswering.delete(listener)
  }

  /** Applies what a root tells, and says how it stands. */
  presence(root: string, message: Presence): PresenceEvent {
    let peers = this.#roots.get(root)
    const isNew = peers === undefined
    if (peers === undefined || message.snapshot) {
      peers = new Map()
      this.#roots.set(root, peers)
    }
    for (const { peer, access, since } of message.joined) {
      if (peers.size >= PEERS_MAX) break
      peers.set(mapKey(peer), {
        peer: formatKey(peer),
        access: accessName(access as Access),
        since
      })
    }
    for (const peer of message.left) peers.delete(mapKey(peer))
    this.#enroll(root, message, peers)
    if (isNew) this.#tellAnswering()
    return { root, members: message.members, guests: message.guests, peers: [...peers.values()] }
  }

  /** A root does not talk to us any more: nobody knows who is there. */
  forget(root: string): void {
    if (!this.#roots.delete(root)) return
    this.roster.only(root, new Set())
    this.#tellAnswering()
  }

  seal(kind: number, body: Uint8Array): Uint8Array {
    return sealBroadcast(this.#keys, this.#identity, { kind, sentAt: this.#now(), body })
  }

  /** Null for one that is old, seen before, or not a member's. */
  open(sealed: Uint8Array): BroadcastEvent | null {
    try {
      const { kind, sentAt, author, id, body } = openBroadcast(this.#keys, sealed)
      const key = mapKey(id)
      const age = Math.abs(this.#now() - sentAt)
      if (age > wireLimits.broadcastTtlMs || this.#seen.has(key)) return null
      this.#seen.add(key)
      if (this.#seen.size > SEEN_MAX) this.#forgetOne()
      return { kind, sentAt, author: formatKey(author), body }
    } catch {
      return null
    }
  }

  #enroll(
    root: string,
    { snapshot, joined, left }: Presence,
    peers: ReadonlyMap<string, unknown>
  ): void {
    if (snapshot) this.roster.only(root, new Set(peers.keys()))
    for (const { peer, access } of joined) {
      if (peers.has(mapKey(peer))) this.roster.joined(root, peer, accessName(access as Access))
    }
    for (const peer of left) this.roster.left(root, peer)
  }

  #tellAnswering(): void {
    for (const listener of this.#onanswering) listener()
  }

  #forgetOne(): void {
    const oldest = this.#seen.keys().next()
    if (oldest.done !== true) this.#seen.delete(oldest.value)
  }
}
