// All peers that are connected: counts and bounds over every connection, and what connections share.
// Never decodes anything itself.

import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { PeerKey, RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Announcement } from '../protocol/control.ts'
import { roomDeleted } from '../protocol/errors.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { Window } from '../protocol/window.ts'
import type { Access } from '../access/access.ts'
import { networkOf } from '../access/names.ts'
import { Counters } from '../counters.ts'
import type { Directory } from '../directory/directory.ts'
import { limits } from '../limits.ts'
import type { Room } from '../rooms/room.ts'
import type { Files } from '../files/files.ts'
import type { Rooms } from '../rooms/rooms.ts'
import { Addresses } from './addresses.ts'
import { Attendance } from './attendance.ts'
import { Connection } from './connection.ts'
import { Intake } from './intake.ts'

/** What peers are told of, and what they tell. */
export interface PeersOptions {
  rooms: Rooms
  access: Access
  files: Files
  /** Null where none is kept. */
  directory: Directory | null
  /** What this root says of itself, as of now. */
  announcement: () => Announcement
  now: () => number
  counters?: Counters
  /** A peer has spoken the protocol: its first frame was decrypted and accepted. */
  connected: (peer: Uint8Array) => void
  disconnected: (peer: Uint8Array) => void
  /** Somebody has opened a room. */
  opened?: (room: RoomId) => void
  /** A peer broke a rule and was cut off. */
  violated: (peer: Uint8Array, err: RootPeerError) => void
  /** Time for a peer to say hello; `limits.helloMs` unless given. */
  helloMs?: number | undefined
  /** Time after which a silent peer is taken for dead; `limits.silenceMs` unless given. */
  silenceMs?: number | undefined
  /** `limits.connectionsPerAddress` unless given. */
  connectionsPerAddress?: number | undefined
}

export class Peers {
  readonly options: PeersOptions
  readonly counters: Counters
  /** Payload bytes of all connections that wait for their commit. */
  readonly pending: Window = new Window(limits.pendingBytesMax)
  /** Frames of all connections that have not ended. */
  readonly intake: Intake = new Intake(limits.intakeBytesMax)
  readonly #connections = new Set<Connection>()
  readonly #addresses: Addresses
  readonly #attendances = new Map<string, Attendance>()
  #closing = false

  constructor(options: PeersOptions) {
    this.options = options
    this.counters = options.counters ?? new Counters()
    this.#addresses = new Addresses(options.connectionsPerAddress ?? limits.connectionsPerAddress)
  }

  /** All connections. */
  get size(): number {
    return this.#connections.size
  }

  /** Connections of peers, as opposed to strangers. */
  get connected(): number {
    let count = 0
    for (const connection of this.#connections) if (connection.isPeer) count++
    return count
  }

  /** How many connections an address may have from now on; undefined for the default. */
  limitAddresses(most: number | undefined): void {
    this.#addresses.most = most ?? limits.connectionsPerAddress
  }

  /**
   * Bytes that each connection may have waiting to be sent before more is fetched for it. Much, so that
   * a reader far away is not slowed by its distance; less where many would share the memory.
   */
  get outputBytes(): number {
    const share = Math.floor(limits.outputBytesMax / Math.max(1, this.#connections.size))
    return Math.max(limits.outputBytesMin, Math.min(limits.connectionOutputBytes, share))
  }

  /** Takes over a new connection, or refuses it before anything is set aside for it. */
  accept(stream: NoiseSecretStream): void {
    const address = networkOf(stream.rawStream.remoteHost ?? '')
    const gone = this.#closing || stream.destroying
    const banned = this.options.access.isBanned(stream.remotePublicKey as PeerKey, address)
    const full = this.#connections.size >= limits.connectionsMax
    if (gone || full || banned || !this.#addresses.take(address)) {
      if (!gone) this.counters.connectionsRefused++
      stream.on('error', () => {})
      stream.destroy()
      return
    }
    this.counters.connectionsAccepted++
    const connection = new Connection(stream, this, address)
    this.#connections.add(connection)
    stream.once('close', () => {
      this.#connections.delete(connection)
      this.#addresses.release(address)
      this.intake.done(connection)
    })
  }

  /** Who has this room open. */
  attendance(id: RoomId): Attendance {
    const key = mapKey(id)
    let attendance = this.#attendances.get(key)
    if (attendance === undefined) {
      attendance = new Attendance(this.options.now)
      this.#attendances.set(key, attendance)
    }
    return attendance
  }

  /** Forgets the attendance of a room that nobody has open. */
  vacate(id: RoomId): void {
    const key = mapKey(id)
    const attendance = this.#attendances.get(key)
    if (attendance === undefined || attendance.size > 0) return
    attendance.close()
    this.#attendances.delete(key)
  }

  /** Tells who has a room open for how long its messages are kept now. */
  retained(room: Room): void {
    this.#attendances.get(mapKey(room.id))?.retained(room.retention)
  }

  /** A room is gone: sends away who has it open. */
  deleted(id: RoomId): void {
    this.#attendances.get(mapKey(id))?.dismiss(roomDeleted())
  }

  /** Sends every room session away with this reason; their clients come back. */
  async dismiss(reason: RootPeerError): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.dismiss(reason)))
  }

  /** Tells every peer something that concerns its whole connection. */
  notify(standing: RootPeerError): void {
    for (const connection of this.#connections) connection.notify(standing)
  }

  /** Takes no connection any more, and tells the open ones why they will end. */
  announceEnd(reason: RootPeerError): void {
    this.#closing = true
    this.notify(reason)
  }

  /** Ends every connection once what was written to it is out, or after `limits.farewellMs`. */
  async close(): Promise<void> {
    this.#closing = true
    await Promise.all([...this.#connections].map((connection) => connection.end()))
    for (const attendance of this.#attendances.values()) attendance.close()
  }
}
