// Everything direct of one client: its rooms, the members that these want, and one connection to each of
// them, shared by all rooms. Decides whom to dial, which of two connections stays, and whom to leave alone.

import b4a from 'b4a'
import type { Address } from 'hyperdht'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { PeerKey } from '../../protocol/bytes.ts'
import { formatKey, mapKey } from '../../protocol/bytes.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import { steadyNow } from '../clock.ts'
import { clientLimits } from '../limits.ts'
import type { Network } from '../roots/network.ts'
import type { Inside, Way } from '../way.ts'
import { Contact } from './contact.ts'
import { Door } from './door.ts'
import type { DirectRoom } from './member-channel.ts'
import { MemberLink } from './member-link.ts'
import type { Switchboard } from './member-link.ts'
import { RoomDirect } from './room-direct.ts'
import type { ShelfSpace } from './shelf.ts'

export interface DirectOptions {
  network: Network
  /** Rooms' topics: always announced (as many as may be), never, or where no root answers. */
  announce: boolean | 'rootless'
  /** Roots announce rooms too, and are no members. */
  isRoot: (peer: PeerKey) => boolean
  /** A member broke a rule, or we can't listen, which has no peer. */
  failed: (peer: string, err: RootPeerError) => void
}

const { announcedRoomsMax, directPeersMax, directShunMs, directStrangersMax } = clientLimits

/** More than that are forgotten, and may come again. */
const SHUNNED_MAX = 1024

export class Direct implements Switchboard {
  readonly network: Network
  readonly announce: DirectOptions['announce']
  /** Bytes of all rooms' shelves. */
  readonly space: ShelfSpace = { bytes: 0 }
  readonly rooms = new Set<DirectRoom>()
  readonly #isRoot: DirectOptions['isRoot']
  readonly #failed: DirectOptions['failed']
  readonly #door: Door
  /** By Noise key, in hex: mostly one each, two where both have dialled. */
  readonly #links = new Map<string, MemberLink[]>()
  readonly #contacts = new Map<string, Contact>()
  /** Until when they are left alone. */
  readonly #shunned = new Map<string, number>()
  /** Rooms whose topic is announced; after the first few, those that wait for it, with how it begins. */
  readonly #announcing = new Map<DirectRoom, () => void>()
  readonly #onconnection = (stream: NoiseSecretStream): void => this.#welcome(stream)

  constructor({ network, announce, isRoot, failed }: DirectOptions) {
    this.network = network
    this.announce = announce
    this.#isRoot = isRoot
    this.#failed = failed
    this.#door = new Door(network, (peer) => this.#isShunned(mapKey(peer)), {
      connection: this.#onconnection,
      failed: (err) => failed('', err)
    })
    network.on('connection', this.#onconnection)
    for (const stream of network.swarm?.connections ?? []) this.#welcome(stream)
  }

  /** The direct way into a room. */
  readonly ways: ((inside: Inside) => Way)[] = [(inside) => new RoomDirect(inside, this)]

  /** A room may be spoken about from now on. */
  enter(room: DirectRoom): void {
    this.rooms.add(room)
  }

  /** @param asleep whether it comes back: then we stay where we can be reached. */
  leave(room: DirectRoom, asleep: boolean): void {
    this.rooms.delete(room)
    for (const contact of this.#contacts.values()) this.#release(room, contact)
    for (const links of this.#links.values()) for (const link of links) link.shut(room)
    if (this.rooms.size > 0) return
    for (const links of [...this.#links.values()]) for (const link of [...links]) link.end()
    if (!asleep) this.#door.close()
  }

  /** Where we can be reached, and once we can. */
  async reachable(): Promise<Address[]> {
    await this.#door.open()
    return this.#door.relayAddresses
  }

  /** Announces a room's topic: begins now, or once there is a place for one more. */
  announced(room: DirectRoom, begin: () => void): void {
    this.#announcing.set(room, begin)
    if (this.#place(room) < announcedRoomsMax) begin()
  }

  /** It is announced no more, or never was: whoever has waited for longest begins. */
  hushed(room: DirectRoom): void {
    const place = this.#place(room)
    if (!this.#announcing.delete(room) || place >= announcedRoomsMax) return
    ;[...this.#announcing.values()][announcedRoomsMax - 1]?.()
  }

  /**
   * A room would speak to a member.
   *
   * @param hearsay whether anybody could have said so: these never take all the places.
   */
  want(room: DirectRoom, peer: PeerKey, hearsay: boolean): void {
    const key = mapKey(peer)
    const { publicKey } = this.network.keyPair
    if (!this.rooms.has(room) || b4a.equals(peer, publicKey) || this.#isShunned(key)) return
    if (this.#isRoot(peer)) return
    const known = this.#contacts.get(key)
    const most = hearsay ? directPeersMax / 2 : directPeersMax
    if (known === undefined && this.#contacts.size >= most) return
    const contact = known ?? this.#contact(peer, key)
    contact.rooms.add(room)
    // What it dials is answered by whoever may: guests are never reached.
    if (room.outbox !== null) void this.#door.open()
    const link = this.#links.get(key)?.find(({ isProven }) => isProven)
    if (link === undefined) contact.call()
    else link.open(room)
  }

  /** It is said to be there no longer; what is open stays. */
  unwant(room: DirectRoom, peer: PeerKey): void {
    const contact = this.#contacts.get(mapKey(peer))
    if (contact !== undefined) this.#release(room, contact)
  }

  proven(link: MemberLink): void {
    const contact = this.#contacts.get(link.key)
    contact?.reached()
    const other = this.#links.get(link.key)?.find((each) => each !== link && each.isProven)
    const [stays, goes] =
      other?.isBetterThan(link) === true && !link.isBetterThan(other)
        ? [other, link]
        : [link, other]
    const rooms = new Set([...(contact?.rooms ?? []), ...(goes?.rooms ?? [])])
    for (const room of rooms) stays.open(room)
    goes?.end()
  }

  violated(link: MemberLink, err: RootPeerError): void {
    // Somebody who only said nothing, and came by himself, may have taken us for something else.
    if (err.code === 'TIMEOUT' && !link.stream.isInitiator) return
    for (const oldest of this.#shunned.keys()) {
      if (this.#shunned.size < SHUNNED_MAX) break
      this.#shunned.delete(oldest)
    }
    this.#shunned.set(link.key, steadyNow() + directShunMs)
    this.#forget(link.key)
    this.#failed(formatKey(link.peer), err)
  }

  ended(link: MemberLink): void {
    const links = (this.#links.get(link.key) ?? []).filter((each) => each !== link)
    if (links.length > 0) {
      this.#links.set(link.key, links)
      return
    }
    this.#links.delete(link.key)
    this.#contacts.get(link.key)?.lost()
  }

  #contact(peer: PeerKey, key: string): Contact {
    const contact = new Contact({
      network: this.network,
      peer,
      yields: b4a.compare(this.network.keyPair.publicKey, peer) > 0,
      dialled: (stream) => this.#welcome(stream),
      gaveUp: () => this.#forget(key)
    })
    this.#contacts.set(key, contact)
    return contact
  }

  #release(room: DirectRoom, contact: Contact): void {
    contact.rooms.delete(room)
    if (contact.rooms.size === 0) this.#forget(mapKey(contact.peer))
  }

  #forget(key: string): void {
    const contact = this.#contacts.get(key)
    if (contact === undefined) return
    this.#contacts.delete(key)
    contact.close()
    this.network.swarm?.leavePeer(contact.peer)
  }

  /** A connection has come about, whoever dialled; with a swarm, maybe to somebody else entirely. */
  #welcome(stream: NoiseSecretStream): void {
    if (stream.destroying) return
    const key = mapKey(stream.remotePublicKey)
    const links = this.#links.get(key) ?? []
    const shared = this.network.swarm !== null
    let link = links.find((each) => each.stream === stream)
    if (link === undefined) {
      if (!shared && !this.#admits(stream, key)) {
        stream.destroy()
        return
      }
      link = new MemberLink(stream, this, shared)
      this.#links.set(key, [...links, link])
    }
    // Who has dialled says first what it is about; under a swarm nobody knows who meant us.
    if (!stream.isInitiator && !shared) return
    for (const room of this.#contacts.get(key)?.rooms ?? []) link.open(room)
  }

  /** Those we have dialled have their place; the stranger that has been one for longest makes room. */
  #admits(stream: NoiseSecretStream, key: string): boolean {
    if (this.rooms.size === 0 || this.#isShunned(key)) return false
    if (stream.isInitiator) return this.#contacts.has(key)
    const links = [...this.#links.values()].flat()
    const strangers = links.filter(({ isProven }) => !isProven)
    if (links.length - strangers.length >= 2 * directPeersMax) return false
    if (strangers.length >= directStrangersMax) strangers[0]?.end()
    return true
  }

  #place(room: DirectRoom): number {
    return [...this.#announcing.keys()].indexOf(room)
  }

  #isShunned(key: string): boolean {
    return steadyNow() < (this.#shunned.get(key) ?? 0)
  }
}
