// The client library for apps: rooms over root peers that it finds and keeps a connection to. The same
// code in Node and in Bare; the command line uses it too.

import { EventEmitter } from 'events'
import { formatKey, mapKey, parsePeerKey } from '../protocol/bytes.ts'
import type { PeerKey } from '../protocol/bytes.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { keysOf, parseInvite, printInvite, sharedKeyInvite } from '../protocol/invite.ts'
import type { Invite } from '../protocol/invite.ts'
import { accessName, createRoomKey } from '../protocol/keys.ts'
import type { RoomKeys } from '../protocol/keys.ts'
import { parseTicket } from '../protocol/ticket.ts'
import type { ClientEvents, ClientOptions } from './client-options.ts'
import { Friends } from './friends/friends.ts'
import { openParts } from './opened.ts'
import type { Opened } from './opened.ts'
import { Budget } from './outbox/budget.ts'
import { OutboxNotes } from './outbox/outbox-notes.ts'
import { People } from './people/people.ts'
import type { Profile } from './profile/profile.ts'
import { Mirror } from './roots/mirror.ts'
import { Room } from './room.ts'
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
export type { Quota, RefusedEvent, RoomEvents } from './room-events.ts'
export type { Member } from './roster.ts'
export { parseInvite, printInvite, toGuest, toMember } from '../protocol/invite.ts'

interface JoinOptions {
  mirror?: boolean
  serve?: boolean
}

export class RootPeerClient extends EventEmitter<ClientEvents> {
  /** Who we are to others, and others by handle or key. */
  readonly people: People
  /** Those whom this device keeps a list of, and how each stands. */
  readonly friends: Friends
  readonly #options: ClientOptions
  readonly #now: () => number
  readonly #rooms = new Map<string, Room>()
  /** Rooms whose outbox is being read. */
  readonly #joining = new Map<string, Promise<Room>>()
  readonly #budget = new Budget()
  /** Mirrors on their way out: the profile is closed after them. */
  readonly #mirrors: Promise<void>[] = []
  #opened: Opened | null = null
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
    for (const ticket of options.tickets ?? []) parseTicket(ticket)
    const known = () => this.ready().then(() => this.#parts.known)
    this.people = new People(known)
    this.friends = new Friends(this.people, known)
  }

  /** Throws `CLOSED` before it is ready. */
  get #parts(): Opened {
    if (this.#opened === null) throw new RootPeerError('CLOSED', 'not ready yet')
    return this.#opened
  }

  /** The identity that signs this client's messages, in z32. Known once `ready`. */
  get author(): string {
    return formatKey(this.#parts.identity.publicKey)
  }

  /** The Noise key under which others see this client's connections, in z32. Known once `ready`. */
  get peer(): string {
    return formatKey(this.#parts.network.keyPair.publicKey)
  }

  /**
   * Opens the profile; connects to nobody yet, unless we have published who we are. Idempotent, and called by
   * what needs it.
   */
  ready(): Promise<void> {
    if (this.#closing !== null) {
      return Promise.reject(new RootPeerError('CLOSED', 'this client was closed'))
    }
    this.#opening ??= this.#open()
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
    const links = await this.#parts.roots.choose()
    for (const link of links) link.hurry()
    return links.map(({ name }) => name)
  }

  /**
   * A new room; `room.invite` is its owner's. Its roots are written into the invite: those given here,
   * those configured, or those found within a few seconds.
   */
  async createRoom(options: { roots?: readonly string[] } = {}): Promise<Room> {
    await this.ready()
    const roots = await this.#parts.roots.toName(options.roots)
    return this.#join({ kind: 'owner', roomKey: createRoomKey(), roots })
  }

  /**
   * Somebody's public space: a room of files that anyone reads and only its owner writes. They come from
   * the owner's device while it is online, else from root peers.
   *
   * @param of whose, as a person that was found or a key in z32 or hex; our own without, to which alone we
   *   can write.
   * @param options.roots where it is kept, if that is known; else those configured, or found.
   * @param options.serve our own is kept in the profile, and served from this device while it is open.
   * @throws `BAD_KEY`; `NO_PROFILE`, `LESSER_INVITE` for what can't be served.
   */
  async space(
    of?: string | { key: string; roots: readonly string[] },
    { roots, serve = false }: { roots?: readonly string[]; serve?: boolean } = {}
  ): Promise<Room> {
    const person = typeof of === 'string' ? { key: of, roots: [] } : of
    const identity = person === undefined ? null : parsePeerKey(person.key)
    await this.ready()
    const named = await this.#parts.roots.toName(roots ?? person?.roots, identity === null)
    const own = this.#parts.identity.publicKey
    return this.#join({ kind: 'space', identity: identity ?? own, roots: named }, { serve })
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
    return this.#join(parsed, options)
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
    this.#opened?.known.suspend()
    this.#opened?.host.suspend()
    this.#opened?.roots.suspend()
    await this.#opened?.network.suspend()
    await this.#opened?.profile?.suspend()
  }

  async #wake(): Promise<void> {
    if (!this.#suspended || this.#closing !== null) return
    this.#suspended = false
    this.#opened?.profile?.resume()
    await this.#opened?.network.resume()
    this.#opened?.roots.resume()
    this.#opened?.host.resume()
    this.#opened?.known.resume()
    this.people.resume()
    this.friends.resume()
    for (const room of this.#rooms.values()) room.resume()
  }

  async #join(invite: Invite, how: JoinOptions = {}): Promise<Room> {
    const keys = keysOf(invite, this.#parts.identity)
    const name = mapKey(keys.id)
    const opening = this.#joining.get(name) ?? this.#enter(name, invite, keys, how)
    this.#joining.set(name, opening)
    try {
      const room = await opening
      if (room.access === accessName(keys.access)) return room
      throw new RootPeerError('UNEXPECTED', `this room is open as ${room.access}: close it first`)
    } finally {
      this.#joining.delete(name)
    }
  }

  async #enter(name: string, invite: Invite, keys: RoomKeys, how: JoinOptions): Promise<Room> {
    const { profile, identity, network, roots, direct, spaces } = this.#parts
    const open = this.#rooms.get(name)
    if (open !== undefined && how.serve === true) spaces.checkServed(keys)
    if (open !== undefined) return open
    if (how.mirror === true && profile === null) {
      throw new RootPeerError('NO_PROFILE', 'a mirror is kept in a profile or a store: give one')
    }
    const notes = profile === null ? null : new OutboxNotes(profile, formatKey(keys.id))
    const kept = notes === null ? null : await notes.load()
    if (this.#closing !== null) throw new RootPeerError('CLOSED', 'this client was closed')
    const keep = how.serve === true ? await spaces.keep(keys) : null
    const mirror = how.mirror === true ? new Mirror((key) => (profile as Profile).core(key)) : null
    const room = new Room({
      mirror,
      keep,
      ways: spaces.ways(invite) ?? direct?.ways ?? [],
      keys,
      invite: printInvite(invite),
      candidates: roots.candidates(invite.roots, keys.topic),
      refill: this.#options.refill ?? true,
      identity,
      self: network.keyPair.publicKey as PeerKey,
      profile,
      outbox: notes === null || kept === null ? null : { notes, kept },
      budget: this.#budget,
      waits: waitsOf(this.#options.waits),
      now: this.#now,
      closed: () => {
        this.#rooms.delete(name)
        spaces.left(keys)
        if (mirror !== null) this.#mirrors.push(mirror.close())
      }
    })
    this.#rooms.set(name, room)
    if (this.#suspended) room.suspend()
    return room
  }

  async #open(): Promise<void> {
    this.#opened = await openParts(this.#options, (name, ...event) =>
      this.emit(name, ...(event as never))
    )
    this.people.begin(this.#opened.known)
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => {}) // its caller was told
    await this.#turns
    for (const room of [...this.#rooms.values()]) room.close()
    this.friends.close()
    this.people.close()
    this.#opened?.known.close()
    this.#opened?.roots.close()
    await this.#opened?.host.close()
    await this.#opened?.network.close()
    await Promise.all([...this.#mirrors, this.#opened?.spaces.close()])
    await this.#opened?.profile?.close()
  }
}
