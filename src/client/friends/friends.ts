// Friends: a list that this device keeps, and how each of them stands. Begins to find out when it is asked
// for the first time; a direct link for the first of them, and root peers' word for all.

import { EventEmitter } from 'events'
import b4a from 'b4a'
import type { AuthorKey } from '../../protocol/bytes.ts'
import { formatKey, mapKey } from '../../protocol/bytes.ts'
import type { Person } from '../../protocol/directory-channel.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { Handle } from '../../protocol/handle.ts'
import { parseHandle } from '../../protocol/handle.ts'
import { clientLimits } from '../limits.ts'
import type { DirectoryLink } from '../people/directory-link.ts'
import type { People, PeopleParts } from '../people/people.ts'
import { identityFrom, looksLikeKey } from '../people/people.ts'
import type { Found } from '../people/types.ts'
import type { Watcher } from '../people/watches.ts'
import type { Profile } from '../profile/profile.ts'
import { Friend } from './friend.ts'
import type { FriendNote } from './friend-note.ts'
import { decodeFriend, encodeFriend, friendName, FRIENDS } from './friend-note.ts'
import { FriendRoots } from './friend-roots.ts'
import type { FriendInfo, FriendsEvents } from './types.ts'

export interface FriendsParts extends PeopleParts {
  profile: Profile | null
}

export class Friends extends EventEmitter<FriendsEvents> implements Watcher {
  readonly listed = false
  readonly #opened: () => Promise<FriendsParts>
  readonly #people: People
  /** By identity, in hex, in the order in which they were added. */
  readonly #friends = new Map<string, Friend>()
  #parts: FriendsParts | null = null
  #roots: FriendRoots | null = null
  #loading: Promise<void> | null = null
  #begun = false
  #asleep = false

  /** @param opened opens the client, if it is not. */
  constructor(people: People, opened: () => Promise<FriendsParts>) {
    super()
    this.#people = people
    this.#opened = opened
  }

  /**
   * Adds somebody, by handle or by key. Whoever a handle belongs to is decided now, if it is not yet.
   *
   * @throws `BAD_HANDLE`, `BAD_KEY`; `HANDLE_UNKNOWN` if nobody claims it; `HANDLE_CLAIMED` if several do, or
   *   not all could be asked: their keys are in `got`; `TOO_MANY`
   */
  async add(handleOrKey: string): Promise<FriendInfo> {
    const isKey = looksLikeKey(handleOrKey)
    const handle = isKey ? null : parseHandle(handleOrKey)
    const { register } = await this.#begin()
    const identity = handle === null ? identityFrom(handleOrKey) : await this.#owner(handle)
    const known = this.#friends.get(mapKey(identity))
    if (known !== undefined) return known.info
    this.#checkCount()
    const now = register.now
    const friend = this.#take({
      identity,
      handle: handle?.name ?? null,
      addedAt: now,
      sequence: 0,
      profile: register.last(identity),
      lastSeen: 0,
      addresses: []
    })
    await this.#keep(friend)
    this.#start(friend)
    return friend.info
  }

  /** Resolves with whether there was such a friend. His handle stays his. Throws `BAD_HANDLE`, `BAD_KEY`. */
  async remove(handleOrKey: string): Promise<boolean> {
    const { profile } = await this.#begin()
    const friend = this.#find(handleOrKey)
    if (friend === null) return false
    this.#friends.delete(mapKey(friend.identity))
    this.#stop(friend)
    await profile?.write([{ name: friendName(friend.identity), value: null }])
    this.emit('removed', { key: formatKey(friend.identity) })
    return true
  }

  /** All friends as they stand now; from the first time on how they stand is found out. */
  async list(): Promise<FriendInfo[]> {
    await this.#begin()
    return Array.from(this.#friends.values(), ({ info }) => info)
  }

  // As a watcher of root peers' directories.

  get named(): ReadonlyMap<string, Friend> {
    return this.#friends
  }

  changed(directory: DirectoryLink, person: Person): void {
    this.#friends.get(mapKey(person.identity))?.told(directory, person)
  }

  reset(): void {}

  closed(directory: DirectoryLink): void {
    for (const friend of this.#friends.values()) friend.untold(directory)
  }

  suspend(): void {
    this.#asleep = true
    for (const friend of this.#friends.values()) friend.suspend()
  }

  resume(): void {
    this.#asleep = false
    for (const friend of this.#friends.values()) friend.resume(this.#begun)
  }

  close(): void {
    this.suspend()
  }

  async #begin(): Promise<FriendsParts> {
    const parts = await this.#opened()
    this.#loading ??= this.#load(parts)
    await this.#loading
    if (this.#begun) return parts
    this.#begun = true
    for (const friend of this.#friends.values()) this.#start(friend)
    parts.directories.on('chosen', () => {
      for (const friend of this.#friends.values()) friend.unawaited()
    })
    parts.watches.add(this)
    return parts
  }

  async #load(parts: FriendsParts): Promise<void> {
    this.#parts = parts
    this.#roots = new FriendRoots(parts.directories, parts.watches)
    const kept = (await parts.profile?.list(FRIENDS)) ?? []
    const notes = kept.map(({ value }) => decodeFriend(value))
    for (const note of notes.toSorted((a, b) => a.addedAt - b.addedAt)) {
      parts.network.hint(note.identity, [...note.addresses])
      parts.register.keep(note.identity, note.sequence)
      this.#take(note)
    }
  }

  #take(note: FriendNote): Friend {
    const { register, network, waits, directories } = this.#parts as FriendsParts
    const handle = note.handle === null ? null : parseHandle(note.handle)
    if (handle !== null) register.learn(handle)
    register.keep(note.identity, note.sequence)
    const friend: Friend = new Friend(note, handle, {
      register,
      checkMs: waits.friendCheckMs,
      isAwaited: () => directories.isAwaited,
      addresses: () => network.hintOf(note.identity),
      changed: () => {
        if (this.#friends.get(mapKey(note.identity)) !== friend) return
        this.#roots?.follow(friend)
        this.emit('friend', friend.info)
      },
      noted: () => this.#note(friend)
    })
    this.#friends.set(mapKey(note.identity), friend)
    return friend
  }

  #start(friend: Friend): void {
    const { persons, watches } = this.#parts as FriendsParts
    this.#roots?.follow(friend)
    const direct = [...this.#friends.values()].filter(({ isDirect }) => isDirect).length
    const isPlace = direct < clientLimits.friendsDirectMax
    friend.attach(isPlace ? (persons?.acquire(friend.identity) ?? null) : null)
    if (this.#asleep) friend.suspend()
    else friend.check()
    watches.refresh()
  }

  /** His place among those with a link is the next one's. */
  #stop(friend: Friend): void {
    const { persons, watches } = this.#parts as FriendsParts
    friend.suspend()
    this.#roots?.forget(friend)
    const person = friend.detach()
    if (person !== null) persons?.release(person)
    const next = [...this.#friends.values()].find(({ isDirect }) => !isDirect)
    if (person !== null && next !== undefined) {
      next.attach(persons?.acquire(next.identity) ?? null)
    }
    watches.refresh()
  }

  /** Whose a handle is. */
  async #owner(handle: Handle): Promise<AuthorKey> {
    const { pins, register } = this.#parts as FriendsParts
    const pin = pins.of(handle.hash)
    if (pin !== null) return pin.identity
    const found = await this.#people.lookup(handle.name).all
    const [only, ...others] = found.people
    if (only === undefined) throw handleUnknown(handle)
    if (others.length > 0 || found.leftOut > 0) throw handleClaimed(handle, found)
    const identity = identityFrom(only.key)
    await pins.pin(handle, identity, register.now)
    return identity
  }

  #find(handleOrKey: string): Friend | null {
    if (looksLikeKey(handleOrKey)) {
      return this.#friends.get(mapKey(identityFrom(handleOrKey))) ?? null
    }
    const { name, hash } = parseHandle(handleOrKey)
    const pin = this.#parts?.pins.of(hash)?.identity ?? null
    const friends = [...this.#friends.values()]
    return (
      friends.find(({ identity }) => pin !== null && b4a.equals(identity, pin)) ??
      friends.find(({ info }) => info.handle === name) ??
      null
    )
  }

  #checkCount(): void {
    const { friendsMax } = clientLimits
    if (this.#friends.size < friendsMax) return
    throw new RootPeerError('TOO_MANY', `more than ${friendsMax} friends: remove some`, {
      expected: friendsMax
    })
  }

  async #keep(friend: Friend): Promise<void> {
    const value = encodeFriend(friend.note)
    await this.#parts?.profile?.write([{ name: friendName(friend.identity), value }])
  }

  #note(friend: Friend): void {
    const key = mapKey(friend.identity)
    this.#parts?.profile?.later(friendName(friend.identity), () => {
      const now = this.#friends.get(key)
      return now === undefined ? null : encodeFriend(now.note)
    })
  }
}

function handleUnknown({ name }: Handle): RootPeerError<'HANDLE_UNKNOWN'> {
  return new RootPeerError('HANDLE_UNKNOWN', `nobody who can be reached claims ${name}`, {
    got: name
  })
}

function handleClaimed(
  { name }: Handle,
  { people, leftOut }: Found
): RootPeerError<'HANDLE_CLAIMED'> {
  const keys = people.map(({ key }) => key)
  const more = leftOut > 0 ? `, and ${leftOut} who announce it were not asked` : ''
  return new RootPeerError(
    'HANDLE_CLAIMED',
    `${keys.length} claim ${name}${more}: add the right one by key: ${keys.slice(0, 8).join(', ')}`,
    { got: keys }
  )
}
