// One peer in one room: the wiring of a room channel. What a message does is in handlers/; here are
// the state that they share and the way out.

import type { Channel } from 'protomux'
import type { PeerKey, RoomId } from '../protocol/bytes.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { superseded, unavailable, wireCodeOf, wireNumber } from '../protocol/errors.ts'
import type { Access } from '../protocol/keys.ts'
import type { Retention } from '../protocol/retention.ts'
import type { Presence, RoomHello, RoomSenders, Stored } from '../protocol/room-channel.ts'
import { addRoomMessages, ROOM_PROTOCOL, rootRoomHandshake } from '../protocol/room-channel.ts'
import type { SegmentList } from '../protocol/segments.ts'
import { Window } from '../protocol/window.ts'
import { limits } from '../limits.ts'
import type { Follower } from '../rooms/follower.ts'
import type { Room } from '../rooms/room.ts'
import type { Purse } from '../access/purse.ts'
import { Answers } from './answers.ts'
import type { Answer } from './answers.ts'
import type { Attendance, Attendee } from './attendance.ts'
import type { Connection } from './connection.ts'
import { FilesSession } from './files-session.ts'
import { onappend } from './handlers/append.ts'
import { onbroadcast } from './handlers/broadcast.ts'
import { ondelete } from './handlers/delete.ts'
import { onopen } from './handlers/open.ts'
import { onprove } from './handlers/prove.ts'
import { onmore, onpull, onstop } from './handlers/pull.ts'
import { onreplicate } from './handlers/replicate.ts'
import { onretain } from './handlers/retain.ts'
import type { Replication } from './replication.ts'
import { toldAs } from './told-as.ts'

/** What a granted session has. */
export interface Seat {
  access: Access
  room: Room
  attendance: Attendance
  /** What pays for the room; null for a guest, who takes nothing. */
  purse: Purse | null
}

export class RoomSession implements Attendee {
  readonly connection: Connection
  readonly id: RoomId
  readonly send: RoomSenders
  readonly window: Window = new Window(limits.windowBytes)
  readonly streams = new Map<number, Follower>()
  /** Resolves when the channel is closed and the room was given back. */
  readonly closed: Promise<void>
  /** Number of the newest frame taken, and whether frames are refused until one resumes. */
  lastFrame = -1
  refusing = false
  /** Proofs that were asked for and not answered. */
  proving = 0
  /** Whether a change of retention is being made. */
  retaining = false
  /** Native replication, if the peer asked for it. */
  replication: Replication | null = null
  /** The room's files, if the peer has them open. */
  #files: FilesSession | null = null
  #seat: Seat | null = null
  #granted = false
  readonly #answers = new Answers(
    (answers) => this.#answerAll(answers),
    () => performance.now()
  )
  #unlisten: () => void = () => {}
  #told: SegmentList | null = null
  #gone = false
  #left: () => void = () => {}
  #waiting: (() => void)[] = []
  readonly #channel: Channel<null, RoomHello>

  /** Opens our side of a room channel; null if the peer has it open already, or is gone. */
  static open(connection: Connection, id: RoomId): RoomSession | null {
    const channel = connection.mux.createChannel<null, RoomHello>({
      protocol: ROOM_PROTOCOL,
      id,
      handshake: rootRoomHandshake,
      onopen: (hello, opened) => (opened.userData as RoomSession).#open(hello),
      onclose: (_, closed) => (closed.userData as RoomSession).#leave()
    })
    return channel === null ? null : new RoomSession(connection, id, channel)
  }

  private constructor(connection: Connection, id: RoomId, channel: Channel<null, RoomHello>) {
    this.connection = connection
    this.id = id
    this.#channel = channel
    this.closed = new Promise((resolve) => {
      this.#left = resolve
    })
    channel.userData = this
    this.send = addRoomMessages(channel, {
      append: (message) => this.#handle(() => onappend(this, message)),
      pull: (message) => this.#handle(() => onpull(this, message)),
      more: (message) => this.#handle(() => onmore(this, message)),
      prove: (message) => this.#handleSlowly(onprove(this, message)),
      replicate: (message) => this.#handleSlowly(onreplicate(this, message)),
      stop: (message) => this.#handle(() => onstop(this, message)),
      broadcast: (message) => this.#handle(() => onbroadcast(this, message)),
      retain: (message) => this.#handleSlowly(onretain(this, message)),
      delete: () => this.#handleSlowly(ondelete(this))
    })
    channel.open(null)
  }

  get peer(): PeerKey {
    return this.connection.peer
  }

  /** Null until the proof was checked and the room is open. */
  get seat(): Seat | null {
    return this.#seat
  }

  /** Whether the client was told that it may begin. */
  get granted(): boolean {
    return this.#granted
  }

  get access(): Access {
    return (this.#seat as Seat).access
  }

  get ready(): boolean {
    return this.#granted && !this.#gone && this.connection.hasRoomFor(this)
  }

  /** Resolves when more may be sent, or the session is gone. */
  async untilReady(): Promise<void> {
    while (!this.#gone && !this.ready) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  get gone(): boolean {
    return this.#gone
  }

  /** Takes the seat that the proof has earned. The room is given back when the channel closes. */
  sit(seat: Seat): void {
    this.#seat = seat
    seat.attendance.join(this)
    this.#unlisten = seat.purse?.listen(() => this.tellUsage()) ?? this.#unlisten
  }

  grant(): void {
    this.#granted = true
    this.connection.granted(this.id)
    this.#seat?.attendance.drained(this)
  }

  /** Answers a stored frame, when its sender has kept its pace. See {@link Answers}. */
  answer(stored: Stored, weight: number, due: number): void {
    this.#answers.add({ stored, weight }, due)
  }

  /** Tells a member what its quotas are, and what is used of them. */
  tellUsage(): void {
    const { purse } = this.#seat ?? {}
    if (purse === undefined || purse === null || this.#gone) return
    this.send.usage([...purse.usage, ...this.connection.visitor.usage])
  }

  /** Tells the segment list again if it has grown since it was told. */
  tellSegments(): void {
    const segments = this.#seat?.room.log.segments ?? null
    if (segments === null || segments === this.#told) return
    if (this.#told !== null) {
      this.send.segments(segments.all)
      if (this.replication !== null) this.#handleSlowly(this.replication.offer())
    }
    this.#told = segments
  }

  /** @param quota - whether a quota has no room for it: which one is said first */
  refuse(frame: number, err: RootPeerError, quota = false): void {
    this.refusing = true
    this.connection.peers.counters.framesRefused++
    if (quota) this.tellUsage()
    this.send.refused({ frame, code: wireNumber(wireCodeOf(err)), detail: err.message })
  }

  /** The peer opens the room's files. */
  openFiles(): void {
    const files = FilesSession.open(this)
    if (files !== null) this.#files = files
  }

  /** Says why, and closes the channel. */
  deny(err: RootPeerError): void {
    if (this.#gone) return
    this.send.denied({ code: wireNumber(wireCodeOf(err)), detail: err.message })
    this.#channel.close()
  }

  /** As `deny`, and waits until the room was given back. */
  async dismiss(reason: RootPeerError): Promise<void> {
    this.deny(reason)
    await this.closed
    await this.#files?.closed
  }

  /** The stream can take more: history goes on, and presence that was missed is told. */
  drained(): void {
    if (this.#seat === null || this.#gone) return
    for (const resolve of this.#waiting.splice(0)) resolve()
    this.#seat.attendance.drained(this)
    for (const follower of this.streams.values()) follower.pump()
  }

  presence(message: Presence): void {
    this.send.presence(message)
  }

  retained(retention: Retention): void {
    if (this.#granted && !this.#gone) this.send.retain(retention)
  }

  broadcast(sealed: Uint8Array): void {
    this.send.broadcast(sealed)
  }

  supersede(): void {
    this.deny(superseded())
  }

  #open(hello: RoomHello): void {
    // Not in this turn: Protomux is still opening the channel, and must not find it closed.
    setImmediate(() => {
      if (!this.#gone) onopen(this, hello).catch((err: unknown) => this.#fail(err))
    })
  }

  #answerAll(answers: readonly Answer[]): void {
    if (this.#gone) return
    const { mux } = this.connection
    this.tellSegments()
    mux.cork()
    for (const { stored, weight } of answers) {
      this.window.release(weight)
      this.send.stored(stored)
    }
    mux.uncork()
  }

  #handle(work: () => void): void {
    try {
      work()
    } catch (err) {
      this.#fail(err)
    }
  }

  // Not returned to the mux: it would hold back every other answer until this one is ready.
  #handleSlowly(work: Promise<void>): void {
    work.catch((err: unknown) => this.#fail(err))
  }

  #fail(err: unknown): void {
    const error = toldAs(err)
    if (this.#seat === null) this.connection.denied()
    this.deny(error)
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    for (const resolve of this.#waiting.splice(0)) resolve()
    this.#answers.close()
    this.#unlisten()
    const seat = this.#seat
    this.#files?.deny(unavailable())
    if (seat !== null) {
      for (const follower of this.streams.values()) seat.room.forget(follower)
      this.streams.clear()
      this.replication?.end()
      seat.attendance.leave(this)
      this.connection.peers.vacate(this.id)
      const { rooms, access } = this.connection.peers.options
      if (seat.purse !== null) void access.treasury.unpay(this.id)
      rooms.release(seat.room)
    }
    this.#left()
  }
}
