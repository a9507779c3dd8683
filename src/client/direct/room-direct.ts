// The direct way in and out of one room: channels to the members that are here, what they give, and what
// they are given. Finds them by what the roots say of who is there, and by the room's topic.

import { mapKey } from '../../protocol/bytes.ts'
import type { PeerKey } from '../../protocol/bytes.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { accessName } from '../../protocol/keys.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { clientLimits } from '../limits.ts'
import type { Reader } from '../reading/reader.ts'
import type { Member } from '../roster.ts'
import type { Inside, Way } from '../way.ts'
import type { Direct } from './direct.ts'
import type { DirectRoom, MemberChannel } from './member-channel.ts'
import { Shelf } from './shelf.ts'
import { Topic } from './topic.ts'

export class RoomDirect implements Way, DirectRoom {
  readonly keys: RoomKeys
  readonly outbox: Outbox | null
  readonly #inside: Inside
  readonly #direct: Direct
  /** By Noise key, in hex: to whom what is new goes. */
  readonly #channels = new Map<string, MemberChannel>()
  readonly #shelf: Shelf
  /** Names of frames that came. The oldest are forgotten. */
  readonly #seen = new Set<string>()
  /** Where each reader stands on the shelf. */
  readonly #readers = new Map<Reader, number>()
  readonly #topic: Topic
  #patience: ReturnType<typeof setTimeout> | null = null
  /** Whether no root has answered for a while. */
  #rootless = false
  readonly #off: (() => void)[]

  constructor(inside: Inside, direct: Direct) {
    this.#inside = inside
    this.#direct = direct
    this.keys = inside.keys
    this.outbox = inside.outbox
    this.#shelf = new Shelf(direct.space)
    this.#topic = new Topic({
      network: direct.network,
      topic: this.keys.topic,
      // A guest has nothing to give: nobody needs to reach it.
      reachable: this.outbox === null ? null : () => direct.reachable(),
      found: (peer) => this.#want(peer, true)
    })
    const { company, outbox } = inside
    const onmember = (member: Member, key: PeerKey): void => this.#consider(member, key)
    company.roster.on('member', onmember)
    this.#off = [
      () => company.roster.off('member', onmember),
      company.onanswering(() => this.#seek()),
      outbox?.onkept((entry) => {
        for (const channel of this.#channels.values()) channel.give(entry)
      }) ?? (() => {})
    ]
    this.resume()
  }

  get isFull(): boolean {
    return this.#channels.size >= 2 * clientLimits.directRoomPeersMax
  }

  read(reader: Reader): void {
    this.#readers.set(reader, reader.fromNow ? this.#shelf.end : 0)
    reader.fill(() => this.#give(reader))
    this.#give(reader)
  }

  unread(reader: Reader): void {
    this.#readers.delete(reader)
  }

  broadcast(sealed: Uint8Array): void {
    for (const channel of this.#channels.values()) channel.broadcast(sealed)
  }

  suspend(): void {
    this.#rest(true)
  }

  resume(): void {
    this.#direct.enter(this)
    for (const peer of this.#inside.company.roster.online) this.#wantOne(peer)
    this.#seek()
  }

  close(): void {
    for (const off of this.#off) off()
    this.#rest(false)
    this.#shelf.clear()
  }

  knows(name: string): boolean {
    return this.#seen.has(name)
  }

  took(name: string, payloads: readonly Uint8Array[]): void {
    this.#seen.add(name)
    if (this.#seen.size > clientLimits.directSeenMax) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest)
        break
      }
    }
    this.#shelf.add(
      payloads.map((payload) => ({ payload, index: null, storedAt: null, root: null }))
    )
    for (const reader of this.#readers.keys()) this.#give(reader)
  }

  heard(sealed: Uint8Array): void {
    const event = this.#inside.company.open(sealed)
    if (event !== null) this.#inside.tell('broadcast', event)
  }

  met(channel: MemberChannel): void {
    this.#channels.set(mapKey(channel.peer), channel)
    if (channel.access === null) return
    this.#inside.company.roster.here(channel.peer, accessName(channel.access))
  }

  parted(channel: MemberChannel): void {
    const key = mapKey(channel.peer)
    if (this.#channels.get(key) !== channel) return
    this.#channels.delete(key)
    this.#inside.company.roster.gone(channel.peer)
  }

  /** Hands a reader what it has not been given, as far as it keeps up. */
  #give(reader: Reader): void {
    if (!reader.isDue(this.#rootless)) return
    let place = this.#readers.get(reader)
    const { readAheadBytes, directHeldMax } = clientLimits
    while (place !== undefined && reader.backlog < readAheadBytes && reader.held < directHeldMax) {
      const frame = this.#shelf.take(place)
      if (frame === null) return
      place = frame.next
      this.#readers.set(reader, place)
      reader.accept(frame.arrivals)
    }
  }

  #consider({ online, direct }: Member, key: PeerKey): void {
    if (!online) this.#direct.unwant(this, key)
    else if (!direct) this.#wantOne(key)
  }

  /** One of those that a root names. Of a crowd by chance, so that not all dial the same few. */
  #wantOne(peer: PeerKey): void {
    const crowd = this.#inside.company.roster.size
    if (Math.random() * crowd < clientLimits.directRoomPeersMax) this.#want(peer, false)
  }

  #want(peer: PeerKey, hearsay: boolean): void {
    if (this.#channels.size >= clientLimits.directRoomPeersMax) return
    if (!this.#channels.has(mapKey(peer))) this.#direct.want(this, peer, hearsay)
  }

  /** Does without roots while none answers; announces the topic then, or always, or never. */
  #seek(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    const { announce, rooms } = this.#direct
    if (!rooms.has(this)) return
    if (announce === true) this.#announce()
    if (this.#inside.company.answering > 0) {
      this.#rootless = false
      if (announce !== true) this.#hush(true)
    } else if (!this.#rootless) {
      this.#patience = setTimeout(() => this.#doWithout(), this.#inside.waits.rootPatienceMs)
    }
  }

  #doWithout(): void {
    this.#patience = null
    this.#rootless = true
    if (this.#direct.announce !== false) this.#announce()
    for (const reader of this.#readers.keys()) this.#give(reader)
  }

  #announce(): void {
    this.#direct.announced(this, () => this.#topic.start())
  }

  #hush(forget: boolean): void {
    this.#topic.stop(forget)
    this.#direct.hushed(this)
  }

  #rest(asleep: boolean): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    this.#rootless = false
    // Asleep nothing is sent any more, not even this.
    this.#hush(!asleep)
    this.#direct.leave(this, asleep)
  }
}
