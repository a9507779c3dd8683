// The client library for apps: rooms over root peers that it finds and keeps a connection to. The same
// code in Node and in Bare; the command line uses it too.

import { EventEmitter } from 'events'
import { formatKey, mapKey, parsePeerKey } from '../protocol/bytes.ts'
import type { KeyPair, PeerKey } from '../protocol/bytes.ts'
import { randomBytes } from '../protocol/derive.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { keysOf, parseInvite, printInvite, sharedKeyInvite } from '../protocol/invite.ts'
import type { Invite } from '../protocol/invite.ts'
import { accessName, createRoomKey } from '../protocol/keys.ts'
import type { RoomKeys } from '../protocol/keys.ts'
import { parseTicket } from '../protocol/ticket.ts'
import type { Ticket } from '../protocol/ticket.ts'
import type { ClientEvents, ClientOptions } from './client-options.ts'
import { Direct } from './direct/direct.ts'
import { Friends } from './friends/friends.ts'
import { openNetwork, openRoots } from './opening.ts'
import { openPeople } from './people/opening.ts'
import type { OpenPeople } from './people/opening.ts'
import { People } from './people/people.ts'
import { Mirror } from './roots/mirror.ts'
import type { Network } from './roots/network.ts'
import { Budget } from './outbox/budget.ts'
import { OutboxNotes } from './outbox/outbox-notes.ts'
import { identityOf, Profile } from './profile/profile.ts'
import { Room } from './room.ts'
import type { Roots } from './roots/roots.ts'
import { waitsOf } from './waits.ts'

export type { ClientEvents, ClientOptions } from './client-options.ts'
export { RootPeerError } from '../protocol/errors.ts'
export { ReadMessage, Unreadable } from './reading/message.ts'
export type { MirroredCore } from './roots/mirror.ts'
export type { Receipt } from './outbox/receipt.ts'
export type { Verified } from './roots/verification.ts'
export type { BroadcastEvent, PresenceEvent } from './company.ts'
export { Room } from './room.ts'
export type { Posted, ReadOptions, SendOptions, Unsent } from './room-options.ts'
export type { StopSignal } from './reading/reader-options.ts'
export type * from './files/types.ts'
export type * from './people/types.ts'
export type { People } from './people/people.ts'
export type * from './friends/types.ts'
export type { Friends } from './friends/friends.ts'
export type { RoomEvents } from './room-events.ts'
export type { Member } from './roster.ts'
export { parseInvite, printInvite, toGuest, toMember } from '../protocol/invite.ts'

export class RootPeerClient extends EventEmitter<ClientEvents> {
  /** Who we are to others, and others by handle or key. */
  readonly people: People
  /** Those whom this device keeps a list of, and how each stands. */
  readonly friends: Friends
  readonly #options: ClientOptions
  readonly #now: () => number
  readonly #tickets: readonly Ticket[]
  readonly #rooms = new Map<string, Room>()
  /** Rooms whose outbox is being read. */
  readonly #joining = new Map<string, Promise<Room>>()
  readonly #budget = new Budget()
  /** Mirrors on their way out: the profile is closed after them. */
  readonly #mirrors: Promise<void>[] = []
  #profile: Profile | null = null
  #identity: KeyPair | null = null
  #network: Network | null = null
  #roots: Roots | null = null
  #direct: Direct | null = null
  #known: OpenPeople | null = null
  #opening: Promise<void> | null = null
  #closing: Promise<void> | null = null
  #suspended = false
  #turns: Promise<void> = Promise.resolve()

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
    this.#tickets = (options.tickets ?? []).map(parseTicket)
    const known = async (): Promise<OpenPeople> => {
      await this.ready()
      return this.#known as OpenPeople
    }
    this.people = new People(known)
    this.friends = new Friends(this.people, known)
  }

  /** The identity that signs this client's messages, in z32. Known once `ready`. */
  get author(): string {
    if (this.#identity === null) throw new RootPeerError('CLOSED', 'not ready yet')
    return formatKey(this.#identity.publicKey)
  }

  /** The Noise key under which others see this client's connections, in z32. Known once `ready`. */
  get peer(): string {
    if (this.#network === null) throw new RootPeerError('CLOSED', 'not ready yet')
    return formatKey(this.#network.keyPair.publicKey)
  }

  /** Opens the profile; connects to nobody yet, unless who we are is published. Idempotent, and called by what needs it. */
  ready(): Promise<void> {
    if (this.#closing !== null) {
      return Promise.reject(new RootPeerError('CLOSED', 'this client was closed'))
    }
    this.#opening ??= this.#open().catch(async (err: unknown) => {
      await this.#profile?.close() // for who tries again with another client
      this.#profile = null
      throw err
    })
    return this.#opening
  }

  /** Leaves every room and the network; idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /**
   * The app goes to sleep: no timer runs, nothing goes over the network, and what was sent is kept, if
   * there is a profile. What is sent meanwhile waits, and is kept too. Idempotent.
   */
  suspend(): Promise<void> {
    return this.#turn(() => this.#sleep())
  }

  /** Goes on where `suspend` stopped. */
  resume(): Promise<void> {
    return this.#turn(() => this.#wake())
  }

  /**
   * Connects to root peers without a room: those configured, else those found. Those that are waited for
   * are dialled now. Resolves with their keys, in z32, once they are chosen; they may not be up yet.
   */
  async connect(): Promise<string[]> {
    await this.ready()
    const links = await (this.#roots as Roots).choose([])
    for (const link of links) link.hurry()
    return links.map(({ name }) => name)
  }

  /**
   * A new room; `room.invite` is its owner's. Its roots are written into the invite: those given here,
   * those configured, or those found within a few seconds.
   */
  async createRoom(options: { roots?: readonly string[] } = {}): Promise<Room> {
    await this.ready()
    const named = (options.roots ?? this.#options.roots ?? []).map(parsePeerKey)
    const roots = named.length > 0 || this.#suspended ? named : await (this.#roots as Roots).found()
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

  /** Sleeping and waking one after the other, as they were asked for: a phone does not wait. */
  #turn(turn: () => Promise<void>): Promise<void> {
    const turned = this.#turns.then(turn)
    this.#turns = turned.catch(() => {}) // its caller is told
    return turned
  }

  async #sleep(): Promise<void> {
    if (this.#suspended || this.#closing !== null) return
    await this.ready()
    this.#suspended = true
    for (const room of this.#rooms.values()) room.suspend()
    this.friends.suspend()
    this.people.suspend()
    this.#known?.suspend()
    this.#roots?.suspend()
    await this.#network?.suspend()
    await this.#profile?.suspend()
  }

  async #wake(): Promise<void> {
    if (!this.#suspended || this.#closing !== null) return
    this.#suspended = false
    this.#profile?.resume()
    await this.#network?.resume()
    this.#roots?.resume()
    this.#known?.resume()
    this.friends.resume()
    for (const room of this.#rooms.values()) room.resume()
  }

  async #join(invite: Invite, mirrored = false): Promise<Room> {
    const keys = keysOf(invite, this.#identity)
    const name = mapKey(keys.id)
    const opening = this.#joining.get(name) ?? this.#enter(name, invite, keys, mirrored)
    this.#joining.set(name, opening)
    try {
      const room = await opening
      if (room.access === accessName(keys.access)) return room
      throw new RootPeerError('UNEXPECTED', `this room is open as ${room.access}: close it first`)
    } finally {
      this.#joining.delete(name)
    }
  }

  async #enter(name: string, invite: Invite, keys: RoomKeys, mirrored: boolean): Promise<Room> {
    const open = this.#rooms.get(name)
    if (open !== undefined) return open
    const profile = this.#profile
    if (mirrored && profile === null) {
      throw new RootPeerError('NO_PROFILE', 'a mirror is kept in a profile or a store: give one')
    }
    const notes = profile === null ? null : new OutboxNotes(profile, formatKey(keys.id))
    const kept = notes === null ? null : await notes.load()
    if (this.#closing !== null) throw new RootPeerError('CLOSED', 'this client was closed')
    const mirror = mirrored ? new Mirror((key) => (profile as Profile).core(key)) : null
    const room = new Room({
      mirror,
      ways: this.#direct === null ? [] : [this.#direct.way.bind(this.#direct)],
      keys,
      invite: printInvite(invite),
      candidates: (this.#roots as Roots).candidates(invite.roots),
      refill: this.#options.refill ?? true,
      identity: this.#identity as KeyPair,
      self: (this.#network as Network).keyPair.publicKey as PeerKey,
      profile,
      outbox: notes === null || kept === null ? null : { notes, kept },
      budget: this.#budget,
      waits: waitsOf(this.#options.waits),
      now: this.#now,
      closed: () => {
        this.#rooms.delete(name)
        if (mirror !== null) this.#mirrors.push(mirror.close())
      }
    })
    this.#rooms.set(name, room)
    if (this.#suspended) room.suspend()
    return room
  }

  async #open(): Promise<void> {
    const { profile, restored, store, seed } = this.#options
    const from = store ?? profile
    this.#profile =
      from === undefined
        ? null
        : await Profile.open(from, { seed: seed ?? null, restored: restored ?? false })
    this.#identity = this.#profile?.identity ?? identityOf(seed ?? randomBytes(32))
    this.#network = openNetwork(this.#options, this.#profile?.noise ?? null)
    await this.#network.open()
    this.#roots = openRoots(this, this.#options, this.#network, this.#tickets)
    const opened = {
      people: this.people,
      network: this.#network,
      roots: this.#roots,
      profile: this.#profile,
      identity: this.#identity,
      device: null,
      options: this.#options
    }
    this.#known = await openPeople(opened, this.#now)
    this.#known.start()
    if (this.#options.direct === false) return
    this.#direct = new Direct({
      network: this.#network,
      announce: this.#options.announce ?? 'rootless',
      failed: (peer, error) => this.emit('member-error', { peer, error })
    })
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => {}) // its caller was told
    await this.#turns
    for (const room of [...this.#rooms.values()]) room.close()
    this.friends.close()
    this.people.close()
    this.#known?.close()
    this.#roots?.close()
    await this.#network?.close()
    await Promise.all(this.#mirrors)
    await this.#profile?.close()
  }
}
