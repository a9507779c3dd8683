// Which rooms a root announces on the DHT, so that a member with nothing but an invite finds it: those that
// were in use last, up to a number. A room keeps its place for a while, since each announcement costs some
// twenty requests, and as many to take it back. What was announced goes on after a restart.

import type { RoomId } from '../protocol/bytes.ts'
import { key32, mapKey } from '../protocol/bytes.ts'
import { decode, encode, fixed, list } from '../protocol/codec.ts'
import type { Codec } from '../protocol/codec.ts'
import { roomTopicOf } from '../protocol/keys.ts'
import { limits } from '../limits.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Store } from '../storage/store.ts'

const NOTE = 'announced-rooms'
const PLACES_MAX = 65_536

const idsCodec: Codec<readonly RoomId[], RoomId[]> = list(fixed<RoomId>(32), PLACES_MAX)

export interface TopicsParts {
  rooms: Pick<Rooms, 'isKept'>
  store: Pick<Store, 'notes' | 'writable'>
  /** Rooms that are announced at the most. */
  most: number
  /** Announces a topic; what is given takes it back. */
  announce: (topic: Uint8Array) => () => void
  /** Milliseconds of a clock that never jumps. */
  elapsed?: () => number
}

interface Place {
  readonly room: RoomId
  readonly since: number
  readonly takeBack: () => void
}

export class RoomTopics {
  readonly #parts: TopicsParts
  readonly #elapsed: () => number
  /** By room, in hex; whoever was in use last is last. */
  readonly #places = new Map<string, Place>()
  /** When somebody may have to give up a place, at the earliest. */
  #yieldsAt = 0
  #written: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: TopicsParts) {
    this.#parts = parts
    this.#elapsed = parts.elapsed ?? (() => performance.now())
  }

  /** How many rooms are announced. */
  get size(): number {
    return this.#places.size
  }

  /** Goes on with those that were announced before, as far as they are kept. */
  async resume(): Promise<void> {
    const { rooms, store, most } = this.#parts
    const note = most === 0 ? null : await store.notes.get(NOTE)
    if (note === null) return
    for (const id of decode(idsCodec, note).slice(-most)) {
      const isKept = await rooms.isKept(id).catch(() => false) // it was deleted
      if (this.#closed || this.#places.size >= most) return
      if (isKept && !this.#places.has(mapKey(id))) this.#take(id)
    }
  }

  /** A room is in use just now. */
  active(room: RoomId): void {
    const key = mapKey(room)
    const place = this.#places.get(key)
    if (place !== undefined) {
      this.#places.delete(key)
      this.#places.set(key, place)
    } else if (!this.#closed && this.#hasRoom()) {
      this.#take(room)
      this.#remember()
    }
  }

  /** A room is kept no longer. */
  deleted(room: RoomId): void {
    const key = mapKey(room)
    this.#places.get(key)?.takeBack()
    if (this.#places.delete(key)) this.#remember()
  }

  /** Announces no more; what is announced ends with the network. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#written
  }

  #take(room: RoomId): void {
    const own = key32<RoomId>(room, 'a room id')
    const takeBack = this.#parts.announce(roomTopicOf(own))
    this.#places.set(mapKey(own), { room: own, since: this.#elapsed(), takeBack })
  }

  /** Whether there is a place; who was in use longest ago gives up theirs, if they had it for long enough. */
  #hasRoom(): boolean {
    const { most } = this.#parts
    if (this.#places.size < most) return true
    const now = this.#elapsed()
    if (most === 0 || now < this.#yieldsAt) return false
    this.#yieldsAt = Infinity
    for (const [key, { since, takeBack }] of this.#places) {
      const until = since + limits.topicHoldMs
      if (until <= now) {
        this.#yieldsAt = 0
        this.#places.delete(key)
        takeBack()
        return true
      }
      this.#yieldsAt = Math.min(this.#yieldsAt, until)
    }
    return false
  }

  #remember(): void {
    const { store } = this.#parts
    if (!store.writable) return
    const note = encode(
      idsCodec,
      [...this.#places.values()].map(({ room }) => room)
    )
    // If it can't be written, other rooms are announced after the next start.
    this.#written = this.#written.then(() => store.notes.set(NOTE, note)).catch(() => {})
  }
}
