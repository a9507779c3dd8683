// The client library for apps: rooms over root peers that it finds and keeps a connection to. The same
// code in Node and in Bare; the command line uses it too.

import { EventEmitter } from 'events'
import b4a from 'b4a'
import type Corestore from 'corestore'
import type HyperDHT from 'hyperdht'
import type Hyperswarm from 'hyperswarm'
import type { KeyPair, PeerKey } from '../protocol/bytes.ts'
import { formatKey, mapKey, parsePeerKey } from '../protocol/bytes.ts'
import type { Announcement } from '../protocol/control.ts'
import { randomBytes } from '../protocol/derive.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { keysOf, parseInvite, printInvite, sharedKeyInvite } from '../protocol/invite.ts'
import type { Invite } from '../protocol/invite.ts'
import { accessName, createRoomKey } from '../protocol/keys.ts'
import crypto from 'hypercore-crypto'
import { clientLimits } from './limits.ts'
import { Mirror } from './mirror.ts'
import { Network } from './network.ts'
import type { Budget } from './outbox.ts'
import { identityOf, Profile } from './profile.ts'
import { Room } from './room.ts'
import { Roots } from './roots.ts'

export { RootPeerError } from '../protocol/errors.ts'
export { ReadMessage, Unreadable } from './message.ts'
export type { MirroredCore } from './mirror.ts'
export type { Receipt } from './receipt.ts'
export type { Verified } from './verification.ts'
export type { BroadcastEvent, PresenceEvent } from './company.ts'
export { Room } from './room.ts'
export type { ReadOptions, RoomEvents } from './room.ts'
export { parseInvite, printInvite, toGuest, toMember } from '../protocol/invite.ts'

export interface ClientOptions {
  /** DHT nodes to begin with, as HOST:PORT; the public DHT if none are given. */
  bootstrap?: readonly string[]
  /** Address to bind to; all if not given. */
  host?: string
  /** Keys of root peers to use where an invite names none, in z32 or hex. */
  roots?: readonly string[]
  /** Root peers to find where nobody named any. Default 2. */
  rootsMax?: number
  /** Name of a private fleet. */
  network?: string
  /** Folder that keeps the identity and the place in each room. Without: a fresh identity. */
  profile?: string
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
  /** What the client calls itself to root peers. */
  agent?: string
  /** Milliseconds since 1970; `Date.now` unless given. */
  now?: () => number
}

export interface ClientEvents {
  /** A root peer speaks to us. */
  'root-connected': [event: { root: string; announcement: Announcement }]
  'root-disconnected': [event: { root: string }]
  /** What a root peer, or something that is none, answered instead. It is tried again. */
  'root-error': [event: { root: string; error: RootPeerError }]
  /** No root peer was found yet; looking on. */
  searching: []
}

export class RootPeerClient extends EventEmitter<ClientEvents> {
  readonly #options: ClientOptions
  readonly #now: () => number
  readonly #rooms = new Map<string, Room>()
  readonly #budget: Budget = { bytes: 0 }
  /** Mirrors on their way out: the profile is closed after them. */
  readonly #mirrors: Promise<void>[] = []
  #profile: Profile | null = null
  #identity: KeyPair | null = null
  #network: Network | null = null
  #roots: Roots | null = null
  #opening: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(options: ClientOptions = {}) {
    super()
    this.#options = options
    this.#now = options.now ?? Date.now
    const { seed } = options
    if (seed !== undefined && seed.byteLength !== 32) {
      throw new RootPeerError('BAD_KEY', 'a seed is 32 bytes', {
        expected: 32,
        got: seed.byteLength
      })
    }
    for (const root of options.roots ?? []) parsePeerKey(root)
  }

  /** The identity that signs this client's messages, in z32. Known once `ready`. */
  get author(): string {
    if (this.#identity === null) throw new RootPeerError('CLOSED', 'not ready yet')
    return formatKey(this.#identity.publicKey)
  }

  /** Opens the profile; connects to nobody yet. Idempotent, and called by what needs it. */
  ready(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** Leaves every room and the network; idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /**
   * A new room; `room.invite` is its owner's. Its roots are written into the invite: those given here,
   * those configured, or those found within a few seconds.
   */
  async createRoom(options: { roots?: readonly string[] } = {}): Promise<Room> {
    await this.ready()
    const named = (options.roots ?? this.#options.roots ?? []).map(parsePeerKey)
    const roots = named.length > 0 ? named : await this.#found()
    return this.#join({ kind: 'owner', roomKey: createRoomKey(), roots })
  }

  /**
   * Joins a room; the same object while it is open.
   *
   * @param options.mirror keep the room's cores whole in the profile, by Hypercore's own replication.
   * @throws `BAD_INVITE`, saying what is wrong with it; `BAD_KEY` for a shared key that is not 32 bytes;
   *   `NO_PROFILE` for a mirror without a profile or store.
   */
  async join(
    invite: string | { sharedKey: Uint8Array },
    options: { mirror?: boolean } = {}
  ): Promise<Room> {
    const parsed =
      typeof invite === 'string' ? parseInvite(invite) : sharedKeyInvite(invite.sharedKey)
    await this.ready()
    return this.#join(parsed, options.mirror ?? false)
  }

  #join(invite: Invite, mirrored = false): Room {
    if (this.#closing !== null) throw new RootPeerError('CLOSED', 'this client was closed')
    const identity = this.#identity as KeyPair
    const keys = keysOf(invite, identity)
    const name = mapKey(keys.id)
    const open = this.#rooms.get(name)
    if (open !== undefined) {
      if (open.access === accessName(keys.access)) return open
      throw new RootPeerError('UNEXPECTED', `this room is open as ${open.access}: close it first`)
    }
    const profile = this.#profile
    if (mirrored && profile === null) {
      throw new RootPeerError('NO_PROFILE', 'a mirror is kept in a profile or a store: give one')
    }
    const mirror = mirrored ? new Mirror((key) => (profile as Profile).core(key)) : null
    const room = new Room({
      mirror,
      keys,
      invite: printInvite(invite),
      identity,
      profile: this.#profile,
      budget: this.#budget,
      now: this.#now,
      closed: () => {
        this.#rooms.delete(name)
        if (mirror !== null) this.#mirrors.push(mirror.close())
      }
    })
    this.#rooms.set(name, room)
    const roots = this.#roots as Roots
    roots.choose(invite.roots).then(
      (links) => room.addRoots(links),
      (err: Error) => this.emit('root-error', { root: '', error: err as RootPeerError })
    )
    return room
  }

  async #open(): Promise<void> {
    const { profile, store, seed, keyPair, roots, network, rootsMax, agent } = this.#options
    const from = store ?? profile
    this.#profile = from === undefined ? null : await Profile.open(from, seed ?? null)
    this.#identity = this.#profile?.identity ?? identityOf(seed ?? randomBytes(32))
    const { bootstrap, host, dht, swarm } = this.#options
    this.#network = new Network({
      keyPair: keyPair ?? this.#profile?.noise ?? crypto.keyPair(),
      bootstrap,
      host,
      dht,
      swarm
    })
    await this.#network.open()
    this.#roots = new Roots({
      network: this.#network,
      configured: (roots ?? []).map(parsePeerKey),
      fleet: network,
      rootsMax: rootsMax ?? clientLimits.rootsMax,
      agent: agent ?? 'root-peer-client'
    })
    this.#roots.on('up', (root, announcement) =>
      this.emit('root-connected', { root, announcement })
    )
    this.#roots.on('down', (root) => this.emit('root-disconnected', { root }))
    this.#roots.on('error', (root, error) => this.emit('root-error', { root, error }))
    this.#roots.on('searching', () => this.emit('searching'))
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => {}) // its caller was told
    for (const room of [...this.#rooms.values()]) room.close()
    this.#roots?.close()
    await this.#network?.close()
    await Promise.all(this.#mirrors)
    await this.#profile?.close()
  }

  /** Roots to write into a new invite; none if none is found soon. */
  async #found(): Promise<PeerKey[]> {
    let patience: ReturnType<typeof setTimeout> | null = null
    const enough = new Promise<null>((resolve) => {
      patience = setTimeout(() => resolve(null), clientLimits.findMs)
    })
    const links = await Promise.race([(this.#roots as Roots).choose([]), enough])
    if (patience !== null) clearTimeout(patience)
    return links?.map(({ root }) => b4a.from(root) as PeerKey) ?? []
  }
}
