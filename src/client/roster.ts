// The members of a room as far as they were seen: who is there now, by which ways, and who was when. Told
// by root peers, which may say anything, and by members themselves; keeps nothing beyond this process.

import { EventEmitter } from 'events'
import b4a from 'b4a'
import type { PeerKey, RoomId } from '../protocol/bytes.ts'
import { formatKey, mapKey } from '../protocol/bytes.ts'
import type { AccessName } from '../protocol/keys.ts'

/** A member's device. Guests are none. */
export interface Member {
  /** Its Noise key, in z32. */
  peer: string
  access: AccessName
  online: boolean
  /** Whether messages go to it directly now. */
  direct: boolean
  /** When it was seen last, in milliseconds since 1970 by our clock; of one that is online, since when. */
  lastSeen: number
}

/** The way that is no root. */
const DIRECT = 'direct'

interface Seat {
  key: PeerKey
  name: string
  access: AccessName
  /** The roots that say so, and whether it is here itself. */
  readonly ways: Set<string>
  lastSeen: number
}

interface RosterEvents {
  member: [member: Member, key: PeerKey]
}

/** More than that come only from a root that makes them up. */
const SEATS_MAX = 4096

export class Roster extends EventEmitter<RosterEvents> {
  readonly #now: () => number
  readonly #self: PeerKey | null
  /** By Noise key, in hex. */
  readonly #seats = new Map<string, Seat>()
  #direct = 0

  /** @param self our own Noise key, which is nobody else's. */
  constructor(now: () => number, self: PeerKey | null) {
    super()
    this.#now = now
    this.#self = self
  }

  /** Everybody who is there, or was. */
  get members(): Member[] {
    return Array.from(this.#seats.values(), memberOf)
  }

  /** With their keys, those who are there now. */
  get online(): PeerKey[] {
    return [...this.#seats.values()].filter(({ ways }) => ways.size > 0).map(({ key }) => key)
  }

  /** How many of those who are there now come before us, in an order in which all of a room agree. */
  ahead(room: RoomId): number {
    const self = this.#self
    if (self === null) return 0
    return this.online.filter((key) => isNearer(key, self, room)).length
  }

  /** How many were seen. */
  get size(): number {
    return this.#seats.size
  }

  /** How many are here themselves. */
  get direct(): number {
    return this.#direct
  }

  /** A root says that a member is there. */
  joined(root: string, key: PeerKey, access: AccessName): void {
    this.#join(root, key, access)
  }

  /** A root says that it is there no longer. */
  left(root: string, key: PeerKey): void {
    const seat = this.#seats.get(mapKey(key))
    if (seat !== undefined) this.#leave(root, seat)
  }

  /** A root tells everybody who is there, or can't tell of anybody any more. */
  only(root: string, present: ReadonlySet<string>): void {
    for (const [key, seat] of this.#seats) if (!present.has(key)) this.#leave(root, seat)
  }

  /** A member has proven itself to us, or has gone. */
  here(key: PeerKey, access: AccessName): void {
    this.#join(DIRECT, key, access)
  }

  gone(key: PeerKey): void {
    this.left(DIRECT, key)
  }

  #join(way: string, key: PeerKey, access: AccessName): void {
    if (access === 'guest' || (this.#self !== null && b4a.equals(key, this.#self))) return
    const name = mapKey(key)
    let seat = this.#seats.get(name)
    if (seat === undefined) {
      if (this.#seats.size >= SEATS_MAX && !this.#makeRoom()) return
      const lastSeen = this.#now()
      seat = {
        key: b4a.from(key) as PeerKey,
        name: formatKey(key),
        access,
        ways: new Set(),
        lastSeen
      }
      this.#seats.set(name, seat)
    }
    if (seat.ways.has(way)) return
    const before = seat.ways.size
    seat.ways.add(way)
    if (before === 0) seat.lastSeen = this.#now()
    if (way === DIRECT) {
      this.#direct++
      seat.access = access // it has proven it
    }
    if (before === 0 || way === DIRECT) this.#tell(seat)
  }

  #leave(way: string, seat: Seat): void {
    if (!seat.ways.delete(way)) return
    if (seat.ways.size === 0) seat.lastSeen = this.#now()
    if (way === DIRECT) this.#direct--
    if (seat.ways.size === 0 || way === DIRECT) this.#tell(seat)
  }

  #tell(seat: Seat): void {
    this.emit('member', memberOf(seat), seat.key)
  }

  /** Forgets whoever has been away for the longest; false if all are there. */
  #makeRoom(): boolean {
    let oldest: [string, Seat] | null = null
    for (const each of this.#seats) {
      if (each[1].ways.size > 0) continue
      if (oldest === null || each[1].lastSeen < oldest[1].lastSeen) oldest = each
    }
    return oldest !== null && this.#seats.delete(oldest[0])
  }
}

function memberOf({ name, access, ways, lastSeen }: Seat): Member {
  return { peer: name, access, online: ways.size > 0, direct: ways.has(DIRECT), lastSeen }
}

/** Whether `a` is nearer to the room's id than `b`, as keys are in a DHT: so each room begins elsewhere. */
function isNearer(a: PeerKey, b: PeerKey, room: RoomId): boolean {
  for (const [i, byte] of room.entries()) {
    const difference = ((a[i] ?? 0) ^ byte) - ((b[i] ?? 0) ^ byte)
    if (difference !== 0) return difference < 0
  }
  return false
}
