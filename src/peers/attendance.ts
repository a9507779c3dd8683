// Who has one room open now: at most one session per peer, told to members as presence, and the way
// that broadcasts take. All in memory; nothing of it outlives the connections.

import type { PeerKey } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { Access } from '../protocol/keys.ts'
import type { Presence, PresencePeer } from '../protocol/room-channel.ts'
import type { Retention } from '../protocol/retention.ts'
import { limits } from '../limits.ts'

/** What a session must offer to be told of others. */
export interface Attendee {
  readonly peer: PeerKey
  readonly access: Access
  /** False while its stream has to drain: it gets no change, and a snapshot afterwards. */
  readonly ready: boolean
  presence(message: Presence): void
  broadcast(sealed: Uint8Array): void
  /** What holds for the room has changed. */
  retained(retention: Retention): void
  /** Sent away for this reason. */
  deny(reason: RootPeerError): void
  /** The same peer opened the room again elsewhere. */
  supersede(): void
}

interface Seat {
  attendee: Attendee
  since: number
  /** Whether the others have been told of this peer. */
  told: boolean
  /** Whether what it was told last is still the base for changes. */
  current: boolean
}

export class Attendance {
  readonly #now: () => number
  readonly #seats = new Map<string, Seat>()
  readonly #joined = new Map<string, PresencePeer>()
  readonly #left = new Map<string, PeerKey>()
  #members = 0
  #timer: NodeJS.Timeout | null = null

  constructor(now: () => number) {
    this.#now = now
  }

  get size(): number {
    return this.#seats.size
  }

  /** Seats an attendee; whoever sat there under the same key is sent away. */
  join(attendee: Attendee): void {
    const key = mapKey(attendee.peer)
    const before = this.#seats.get(key)?.attendee
    if (before !== undefined) this.leave(before)
    const since = this.#now()
    const told = this.#left.delete(key)
    this.#seats.set(key, { attendee, since, told, current: false })
    if (attendee.access !== Access.guest) this.#members++
    before?.supersede()
    this.#joined.set(key, { peer: attendee.peer, access: attendee.access, since })
    this.#tellSoon()
  }

  leave(attendee: Attendee): void {
    const key = mapKey(attendee.peer)
    const seat = this.#seats.get(key)
    if (seat?.attendee !== attendee) return
    this.#seats.delete(key)
    if (attendee.access !== Access.guest) this.#members--
    this.#joined.delete(key)
    if (seat.told) this.#left.set(key, attendee.peer)
    this.#tellSoon()
  }

  /** An attendee's stream drained: if it missed a change, it gets the whole picture. */
  drained(attendee: Attendee): void {
    const seat = this.#seats.get(mapKey(attendee.peer))
    if (seat?.attendee === attendee && !seat.current) this.#tellSoon()
  }

  /**
   * Passes a sealed broadcast to every other attendee that can take it now.
   *
   * @param afford says whether the bytes may be spent; asked once, with all of them.
   * @returns to how many it went
   */
  relay(from: Attendee, sealed: Uint8Array, afford: (bytes: number) => boolean): number {
    const bytes = sealed.byteLength * (this.#seats.size - 1)
    if (bytes === 0 || !afford(bytes)) return 0
    let receivers = 0
    for (const { attendee } of this.#seats.values()) {
      if (attendee === from || !attendee.ready) continue
      attendee.broadcast(sealed)
      receivers++
    }
    return receivers
  }

  /** Tells everybody for how long messages are kept. */
  retained(retention: Retention): void {
    for (const { attendee } of this.#seats.values()) attendee.retained(retention)
  }

  /** Sends everybody away. */
  dismiss(reason: RootPeerError): void {
    for (const { attendee } of [...this.#seats.values()]) attendee.deny(reason)
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  // Joins come in crowds: gathered, a crowd costs each attendee one message instead of one a peer.
  #tellSoon(): void {
    if (this.#timer !== null || this.#seats.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#tell()
    }, limits.presenceMs)
    this.#timer.unref()
  }

  #tell(): void {
    const change = this.#message(false, [...this.#joined.values()], [...this.#left.values()])
    const crowd = change.joined.length + change.left.length > limits.presencePeersMax
    const counts = this.#message(false, [], [])
    const changed = this.#joined.size + this.#left.size > 0
    let snapshot: Presence | null = null
    this.#joined.clear()
    this.#left.clear()
    for (const seat of this.#seats.values()) {
      const { attendee } = seat
      seat.told = true
      if (!attendee.ready) {
        seat.current = false
      } else if (attendee.access === Access.guest) {
        if (changed || !seat.current) attendee.presence(counts)
        seat.current = true
      } else if (seat.current && !crowd) {
        if (changed) attendee.presence(change)
      } else {
        snapshot ??= this.#message(true, this.#everybody(), [])
        attendee.presence(snapshot)
        seat.current = true
      }
    }
  }

  #everybody(): PresencePeer[] {
    const peers: PresencePeer[] = []
    for (const { attendee, since } of this.#seats.values()) {
      if (peers.length === limits.presencePeersMax) break
      peers.push({ peer: attendee.peer, access: attendee.access, since })
    }
    return peers
  }

  #message(snapshot: boolean, joined: PresencePeer[], left: PeerKey[]): Presence {
    return {
      snapshot,
      members: this.#members,
      guests: this.#seats.size - this.#members,
      joined,
      left
    }
  }
}
