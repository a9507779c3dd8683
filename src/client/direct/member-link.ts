// One connection to one member's device, shared by all rooms that both are in. Owns its bounds and how it
// ends: until it has proven to be a member in one of our rooms, whoever is there is a stranger.

import b4a from 'b4a'
import Protomux from 'protomux'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { PeerKey } from '../../protocol/bytes.ts'
import { key32, mapKey } from '../../protocol/bytes.ts'
import { DIRECT_PROTOCOL, directChannelId } from '../../protocol/direct-channel.ts'
import { RootPeerError, tooLarge, tooMany } from '../../protocol/errors.ts'
import { guard } from '../../protocol/guard.ts'
import { clientLimits } from '../limits.ts'
import { MemberChannel } from './member-channel.ts'
import type { DirectRoom, Line } from './member-channel.ts'

/** Who has this connection. */
export interface Switchboard {
  /** Rooms that a member may open. */
  readonly rooms: Iterable<DirectRoom>
  /** A stranger is none any more. */
  proven(link: MemberLink): void
  /** A rule was broken, or nothing was proven in time. */
  violated(link: MemberLink, err: RootPeerError): void
  ended(link: MemberLink): void
}

const {
  directHelloMs,
  directHelloBytesMax,
  directFrameBytesMax,
  directOutputBytesMax,
  directStraysMax,
  silenceMs
} = clientLimits

/** How long what was said last may take to get out. */
const FAREWELL_MS = 1000

export class MemberLink implements Line {
  readonly peer: PeerKey
  readonly self: PeerKey
  readonly mux: Protomux
  readonly stream: NoiseSecretStream
  readonly #board: Switchboard
  /** Whether the connection is the app's, and others may be using it. */
  readonly #shared: boolean
  readonly #channels = new Set<MemberChannel>()
  /** Rooms that the other does not know: it opens them itself once it does. */
  readonly #refused = new Set<DirectRoom>()
  #guarded = false
  #proven = false
  #ending = false
  #strays = 0
  /** Runs while no room uses it. */
  #patience: ReturnType<typeof setTimeout> | null = null

  /** @param stream a connection whose handshake is done. */
  constructor(stream: NoiseSecretStream, board: Switchboard, shared: boolean) {
    this.stream = stream
    this.#board = board
    this.#shared = shared
    this.peer = key32<PeerKey>(stream.remotePublicKey, 'a remote key')
    this.self = key32<PeerKey>(stream.publicKey, 'our key')
    this.mux = Protomux.from(stream)
    this.mux.pair({ protocol: DIRECT_PROTOCOL }, (id) => this.#onopen(id))
    stream.once('close', () => this.#onclose())
    if (shared) return
    this.#guard()
    stream.setTimeout(silenceMs)
    stream.on('data', () => this.#checkOutput())
    this.#wait()
  }

  get key(): string {
    return mapKey(this.peer)
  }

  get isProven(): boolean {
    return this.#proven
  }

  /** Rooms that are open on it, or being opened. */
  get rooms(): DirectRoom[] {
    return Array.from(this.#channels, ({ room }) => room)
  }

  get handshakeHash(): Uint8Array {
    return this.stream.handshakeHash ?? b4a.alloc(64)
  }

  /** Whether this one stays where both sides have dialled: the same one on both. */
  isBetterThan(other: MemberLink): boolean {
    if (this.stream.isInitiator === other.stream.isInitiator) return true // the other has begun anew
    return this.stream.isInitiator === b4a.compare(this.self, this.peer) < 0
  }

  /** Opens a room with the member, unless it is open on this connection, or was refused on it. */
  open(room: DirectRoom): void {
    if (!this.#refused.has(room)) this.#open(room)
  }

  /** Closes a room: it was left. */
  shut(room: DirectRoom): void {
    for (const channel of this.#channels) if (channel.room === room) channel.close()
    this.#refused.delete(room)
  }

  proven(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    if (this.#proven) return
    this.#proven = true
    this.#board.proven(this)
  }

  closed(channel: MemberChannel): void {
    this.#channels.delete(channel)
    if (channel.access === null) this.#refused.add(channel.room)
    if (this.#channels.size === 0 && !this.#shared) this.#wait()
  }

  violated(err: RootPeerError): void {
    if (this.#ending) return
    this.#ending = true
    this.#board.violated(this, err)
    for (const channel of this.#channels) channel.deny(err)
    this.stream.end()
    const patience = setTimeout(() => this.stream.destroy(), FAREWELL_MS)
    this.stream.once('close', () => clearTimeout(patience))
  }

  /** Ends it, or leaves it to the app. */
  end(): void {
    this.#ending = true
    for (const channel of [...this.#channels]) channel.close()
    if (!this.#shared) this.stream.destroy()
  }

  #open(room: DirectRoom): void {
    if (this.#ending || this.stream.destroying || this.stream.handshakeHash === null) return
    this.#guard()
    const channel = MemberChannel.open(room, this)
    if (channel !== null) this.#channels.add(channel)
  }

  #guard(): void {
    if (this.#guarded) return
    this.#guarded = true
    guard(this.mux, {
      violated: (err) => this.violated(err),
      strayed: () => this.#countStray(),
      receiving: (bytes) => this.#receiving(bytes),
      uncorked: () => {}
    })
  }

  #onopen(id: Uint8Array | null): void {
    if (this.#ending || id === null || this.stream.handshakeHash === null) return
    for (const room of this.#board.rooms) {
      if (room.isFull || !b4a.equals(id, directChannelId(room.keys, this.handshakeHash))) continue
      this.#refused.delete(room)
      return this.#open(room)
    }
  }

  /** Thrown, so that nothing behind it in the same frame is decoded any more. */
  #countStray(): void {
    if (this.#shared) return // others use it for what we know nothing of
    if (++this.#strays > directStraysMax) throw tooMany('opens in vain', directStraysMax)
  }

  #receiving(bytes: number): void {
    if (this.#shared) return
    const most = this.#proven ? directFrameBytesMax : directHelloBytesMax
    const got = this.#proven ? bytes : this.stream.rawBytesRead + bytes
    if (got > most) this.#cut(tooLarge('what a member may send at once, in bytes,', most, got))
  }

  /** One that makes us answer and does not read the answers is cut off. */
  #checkOutput(): void {
    const { buffered } = this.stream._writableState
    if (buffered <= directOutputBytesMax) return
    this.#cut(
      tooLarge('what waits for a member to read it, in bytes,', directOutputBytesMax, buffered)
    )
  }

  #cut(err: RootPeerError): void {
    if (this.#ending) return
    this.#ending = true
    this.#board.violated(this, err)
    this.stream.destroy()
  }

  #wait(): void {
    if (this.#patience !== null || this.#ending) return
    this.#patience = setTimeout(() => {
      this.#patience = null
      if (this.#channels.size > 0 && this.#proven) return
      if (this.#proven) return this.end()
      this.#cut(new RootPeerError('TIMEOUT', 'it did not prove that it is a member of a room'))
    }, directHelloMs)
  }

  #onclose(): void {
    this.#ending = true
    if (this.#patience !== null) clearTimeout(this.#patience)
    for (const channel of [...this.#channels]) channel.close()
    this.#board.ended(this)
  }
}
