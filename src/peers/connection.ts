// One connection: the guarded mux, the control channel, and the room sessions of one peer.
// Owns the bounds of a connection and how it ends; what a message does is in its handler.

import type NoiseSecretStream from '@hyperswarm/secret-stream'
import Protomux from 'protomux'
import type { PeerKey, RoomId } from '../protocol/bytes.ts'
import { key32, mapKey } from '../protocol/bytes.ts'
import { CONTROL_PROTOCOL } from '../protocol/control.ts'
import { DIRECTORY_PROTOCOL } from '../protocol/directory-channel.ts'
import { RootPeerError, tooLarge, tooMany, unexpected } from '../protocol/errors.ts'
import { guard } from '../protocol/guard.ts'
import { FILES_PROTOCOL } from '../protocol/files-channel.ts'
import { ROOM_PROTOCOL } from '../protocol/room-channel.ts'
import { Window } from '../protocol/window.ts'
import type { Visitor } from '../access/visitor.ts'
import { limits } from '../limits.ts'
import { Allowance } from './allowance.ts'
import { ControlChannel } from './control-channel.ts'
import { DirectorySession } from './directory-session.ts'
import type { Peers } from './peers.ts'
import { RoomSession } from './room-session.ts'
import { Turns } from './turns.ts'

/** What waits for the stream to drain. */
interface Waiter {
  drained(): void
}

export class Connection {
  readonly peers: Peers
  readonly peer: PeerKey
  readonly mux: Protomux
  /** Payload bytes of this peer that wait for their commit. */
  readonly pending: Window = new Window(limits.connectionPendingBytesMax)
  /** What this peer may make others receive. */
  readonly broadcasts: Allowance
  /** Reading from disk for this peer: what was read waits in memory, so one room after the other. */
  readonly reads: Turns = new Turns()
  readonly #stream: NoiseSecretStream
  /** By the id of their room. */
  readonly #sessions = new Map<string, RoomSession>()
  /** Sessions that found the stream full. */
  #waiting = new Set<Waiter>()
  readonly #address: string
  readonly #control: ControlChannel
  /** Who it is; null before it has spoken the protocol. */
  #visitor: Visitor | null = null
  /** Whether it was let into a room, and whether it was turned away from one. */
  #granted = false
  #denied = false
  #strays = 0
  #ending = false
  /** Whether we stopped reading from it. */
  #slowed = false

  constructor(stream: NoiseSecretStream, peers: Peers, address: string) {
    this.peers = peers
    this.#address = address
    this.#stream = stream
    this.peer = key32<PeerKey>(stream.remotePublicKey, 'a remote key')
    this.broadcasts = new Allowance(limits.broadcastBytesPerSecondMax, peers.options.now)
    this.mux = new Protomux(stream)
    guard(this.mux, {
      violated: (err) => this.#cutOff(err),
      strayed: () => this.#countStray(),
      receiving: (bytes) => this.#receiving(bytes),
      uncorked: () => this.#drained()
    })
    this.#control = new ControlChannel(this.mux, {
      announcement: peers.options.announcement,
      greeted: () => this.#greet(),
      ticket: (ticket) => this.visitor.present(ticket)
    })
    this.mux.pair({ protocol: CONTROL_PROTOCOL }, () => this.#control.open())
    this.mux.pair({ protocol: ROOM_PROTOCOL }, (id) => this.#openRoom(id))
    this.mux.pair({ protocol: FILES_PROTOCOL }, (id) => this.#openFiles(id))
    this.mux.pair({ protocol: DIRECTORY_PROTOCOL }, () => void DirectorySession.open(this))

    const hello = setTimeout(() => {
      if (!this.greeted) stream.destroy()
    }, peers.options.helloMs ?? limits.helloMs)
    hello.unref()
    stream.setTimeout(this.#silenceMs)
    stream.on('data', () => this.#slowDown())
    stream.on('drain', () => {
      this.#speedUp()
      this.#drained()
    })
    stream.once('close', () => {
      clearTimeout(hello)
      this.#closed()
    })
  }

  /** Whether the peer has spoken the protocol; before that it is nobody. */
  get greeted(): boolean {
    return this.#visitor !== null
  }

  /** Who it is. Throws if it has not spoken the protocol. */
  get visitor(): Visitor {
    if (this.#visitor === null) throw unexpected('the control channel comes first')
    return this.#visitor
  }

  /** Whether it counts as one of those whom this root serves: not who was only ever turned away. */
  get isPeer(): boolean {
    return this.greeted && !this.#ending && (this.#granted || !this.#denied)
  }

  /** Whether more may be written now. If not, the session is told by `drained()` when it may. */
  hasRoomFor(session: Waiter): boolean {
    if (this.#ending) return false
    const { buffered } = this.#stream._writableState
    if (buffered < this.peers.outputBytes && this.mux.corked === 0) return true
    this.#waiting.add(session)
    return false
  }

  get #silenceMs(): number {
    return this.peers.options.silenceMs ?? limits.silenceMs
  }

  /** The same on both sides and different on every connection: what proofs are bound to. */
  get handshakeHash(): Uint8Array {
    if (this.#stream.handshakeHash === null) throw unexpected('no handshake yet')
    return this.#stream.handshakeHash
  }

  /** Says something that concerns the whole connection. */
  notify(err: RootPeerError): void {
    this.#control.notify(err)
  }

  /** An open was granted. */
  granted(room: RoomId): void {
    this.#granted = true
    this.peers.counters.roomsGranted++
    this.peers.options.opened?.(room)
  }

  /** An open was denied. Too many that come to nothing end the connection. */
  denied(): void {
    this.#denied = true
    this.peers.counters.roomsDenied++
    this.strayed()
  }

  /** Something came to nothing. Too much of that ends the connection. */
  strayed(): void {
    try {
      this.#countStray()
    } catch (err) {
      this.#cutOff(err as RootPeerError)
    }
  }

  /** Closes every room session with this reason. */
  async dismiss(reason: RootPeerError): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.dismiss(reason)))
  }

  /** Ends the connection once what was written is out, or after `limits.farewellMs`. */
  end(): Promise<void> {
    this.#ending = true
    const stream = this.#stream
    if (stream.destroyed) return Promise.resolve()
    return new Promise((resolve) => {
      const patience = setTimeout(() => stream.destroy(), limits.farewellMs)
      stream.once('close', () => {
        clearTimeout(patience)
        resolve()
      })
      stream.end()
    })
  }

  /** There is no room for its unfinished frame any more. */
  crowdedOut(): void {
    const reason = 'too much was being sent at once, and this had taken the longest: connect again'
    this.#expel(new RootPeerError('RATE_LIMITED', reason))
  }

  /** Its first frame was decrypted: from now on it is somebody, unless it may not be. */
  #greet(): void {
    if (this.#visitor !== null || this.#ending) return // the channel was closed and opened again
    try {
      this.#visitor = this.peers.options.access.enter(this.peer, this.#address, {
        roomsEnded: (reason, ticket) => {
          if (ticket) this.#control.ticketEnded(reason)
          void this.dismiss(reason)
        },
        banned: (reason) => this.#turnAway(reason)
      })
      this.peers.options.connected(this.peer)
    } catch (err) {
      this.#turnAway(err as RootPeerError)
    }
  }

  /** Ends it for what it is, not for what it did. */
  #turnAway(reason: RootPeerError): void {
    if (this.#ending) return
    this.peers.counters.connectionsRefused++
    this.notify(reason)
    void this.end()
  }

  #openRoom(id: Uint8Array | null): void {
    if (this.#ending || id === null || id.byteLength !== 32) return
    const session = RoomSession.open(this, key32<RoomId>(id, 'a room id'))
    if (session === null) return
    if (this.#sessions.size >= limits.roomsMax) {
      session.deny(tooMany('rooms', limits.roomsMax))
      return this.denied()
    }
    const key = mapKey(id)
    this.#sessions.set(key, session)
    session.closed.then(
      () => this.#forget(key, session),
      () => {}
    )
  }

  /** Unless the peer has opened the room again already. */
  #forget(key: string, session: RoomSession): void {
    if (this.#sessions.get(key) === session) this.#sessions.delete(key)
  }

  /** Beside a room that was granted; one that was not is left unanswered, as any unknown channel is. */
  #openFiles(id: Uint8Array | null): void {
    if (this.#ending || id === null) return
    const room = this.#sessions.get(mapKey(id))
    if (room?.granted === true && !room.gone) room.openFiles()
  }

  /** Thrown, so that nothing behind it in the same frame is decoded any more. */
  #countStray(): void {
    if (++this.#strays > limits.strayOpensMax) throw tooMany('opens in vain', limits.strayOpensMax)
  }

  // In the order in which they found it full, so that none of them is always last.
  #drained(): void {
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const session of waiting) session.drained()
  }

  /** A peer that makes us answer without reading the answers is not read any further until it does. */
  #slowDown(): void {
    if (this.#stream._writableState.buffered <= limits.connectionOutputBytesMax) return
    this.#stream.pause()
    this.#slowed = true
    // Whom we do not listen to is silent. Should it be dead, what waits for it will not arrive, which
    // ends the connection as well.
    this.#stream.setTimeout(0)
  }

  #speedUp(): void {
    this.#stream.resume()
    if (this.#slowed) this.#stream.setTimeout(this.#silenceMs)
    this.#slowed = false
  }

  /** Bytes came; the frame that they left unfinished will have so many. */
  #receiving(bytes: number): void {
    const read = this.#stream.rawBytesRead
    if (!this.greeted && read + bytes > limits.helloBytesMax) {
      return this.#expel(
        tooLarge('what comes before the hello, in bytes,', limits.helloBytesMax, read + bytes)
      )
    }
    this.peers.intake.receiving(this, bytes, read)
  }

  /** Ends the connection at once: what waits for it, and what is gathered of it, is given up. */
  #expel(reason: RootPeerError): void {
    this.#ending = true
    this.#accuse(reason)
    this.#stream.destroy()
  }

  #cutOff(reason: RootPeerError): void {
    if (this.#ending) return
    this.#accuse(reason)
    this.notify(reason)
    void this.end()
  }

  #accuse(reason: RootPeerError): void {
    this.peers.counters.violations++
    this.peers.options.violated(this.peer, reason)
  }

  #closed(): void {
    if (this.#visitor === null) return
    this.#visitor.leave()
    this.peers.options.disconnected(this.peer)
  }
}
