// The rooms that the app has joined, each under one name. They stay when an app goes, so that what waits
// to be sent is sent.

import type { Room } from '../client/room.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { nameTaken, notJoined } from './errors.ts'
import { workletLimits } from './limits.ts'
import { hexOf, OpenRoom } from './open-room.ts'
import type { Peers, Tell } from './peers.ts'

export class OpenRooms {
  readonly #tell: Tell
  readonly #peers: Peers
  readonly #rooms = new Map<string, OpenRoom>()

  constructor(tell: Tell, peers: Peers) {
    this.#tell = tell
    this.#peers = peers
  }

  get list(): readonly OpenRoom[] {
    return [...this.#rooms.values()]
  }

  /** By the app's name for it, else by its id in z32. */
  find(topic: string | undefined, id: string | null): OpenRoom | undefined {
    const named = topic === undefined ? undefined : this.#rooms.get(topic)
    return named ?? this.list.find(({ room }) => room.id === id)
  }

  /** Throws `NOT_JOINED`. */
  need(topic: string): OpenRoom {
    const open = this.#rooms.get(topic)
    if (open === undefined) throw notJoined(topic)
    return open
  }

  /**
   * Takes a room in; the one that is there if it is open already.
   *
   * @param topic the app's name for it; its id in hex if not given.
   * @throws `TOO_MANY`, or `BAD_REQUEST` for a name that is taken; then the room is closed.
   */
  add(room: Room, topic: string | undefined, { cursors }: { cursors: boolean }): OpenRoom {
    const there = this.list.find((each) => each.room === room)
    if (there !== undefined) {
      there.cursors ||= cursors
      return there
    }
    const name = topic ?? hexOf(room.id)
    if (this.#rooms.has(name)) {
      room.close()
      throw nameTaken(name)
    }
    const { roomsMax } = workletLimits
    if (this.#rooms.size >= roomsMax) {
      room.close()
      throw new RootPeerError('TOO_MANY', `more than ${roomsMax} rooms are open: leave one first`, {
        expected: roomsMax
      })
    }
    const open = new OpenRoom({
      topic: name,
      room,
      cursors,
      tell: this.#tell,
      peers: this.#peers
    })
    this.#rooms.set(open.topic, open)
    return open
  }

  remove(open: OpenRoom): void {
    if (this.#rooms.get(open.topic) === open) this.#rooms.delete(open.topic)
    open.close()
  }
}
