// One room with one member, on one connection: the proof both ways, then what is given and taken. Wiring
// only. Before the other side's proof was checked nothing is said but our own, and nothing is taken.

import type Protomux from 'protomux'
import type { Channel } from 'protomux'
import type { PeerKey } from '../../protocol/bytes.ts'
import {
  addDirectMessages,
  DIRECT_PROTOCOL,
  directChannelId,
  directHandshake
} from '../../protocol/direct-channel.ts'
import type { DirectHello, DirectSenders } from '../../protocol/direct-channel.ts'
import { badProof, readOnly, RootPeerError, unexpected } from '../../protocol/errors.ts'
import { wireCode, wireCodeOf, wireNumber } from '../../protocol/errors.ts'
import { Access } from '../../protocol/keys.ts'
import { checkProof, proveAccess } from '../../protocol/proof.ts'
import type { OutboxEntry } from '../outbox/outbox-entry.ts'
import { Giver } from './giver.ts'
import type { Desk } from './taker.ts'
import { Taker } from './taker.ts'

/** The room's side of it. */
export interface DirectRoom extends Desk {
  /** What waits in the outbox; null for a guest, who gives nothing. */
  readonly outbox: { readonly entries: Iterable<OutboxEntry> } | null
  /** Whether there are so many already that others are not let in. */
  readonly isFull: boolean
  /** A member, or a guest, has proven itself. */
  met(channel: MemberChannel): void
  parted(channel: MemberChannel): void
}

/** The connection's side of it. */
export interface Line {
  readonly peer: PeerKey
  readonly self: PeerKey
  readonly mux: Protomux
  readonly handshakeHash: Uint8Array
  proven(): void
  /** The other side broke a rule: the connection ends. */
  violated(err: RootPeerError): void
  closed(channel: MemberChannel): void
}

export class MemberChannel {
  readonly room: DirectRoom
  readonly #line: Line
  readonly #channel: Channel<DirectHello>
  readonly #send: DirectSenders
  readonly #taker: Taker
  /** Null for a guest's. */
  #giver: Giver | null = null
  #access: Access | null = null

  private constructor(room: DirectRoom, line: Line, channel: Channel<DirectHello>) {
    this.room = room
    this.#line = line
    this.#channel = channel
    // None of these is called before the channel is open, which it is with the other's proof only.
    this.#send = addDirectMessages(channel, {
      denied: ({ code, detail }) => {
        throw new RootPeerError(wireCode(code), `the other member says: ${detail}`)
      },
      pass: (pass) => this.#members().pass(pass),
      received: ({ frame }) => this.#own().received(frame),
      offer: ({ ids }) => this.#members().offer(ids),
      wanted: ({ places }) => this.#own().wanted(places),
      broadcast: (sealed) => this.#members().broadcast(sealed)
    })
    this.#taker = new Taker(line.peer, {
      desk: room,
      send: this.#send,
      violated: (err) => line.violated(err)
    })
  }

  /** Opens a room with a member; null if it is open on this connection, or the connection is gone. */
  static open(room: DirectRoom, line: Line): MemberChannel | null {
    const { keys } = room
    const { mux, handshakeHash, self } = line
    const made: { channel?: MemberChannel } = {}
    const channel = mux.createChannel<DirectHello, DirectHello>({
      protocol: DIRECT_PROTOCOL,
      id: directChannelId(keys, handshakeHash),
      handshake: directHandshake,
      onopen: (hello) => made.channel?.opened(hello),
      onclose: () => made.channel?.closed()
    })
    if (channel === null) return null
    made.channel = new MemberChannel(room, line, channel)
    channel.open({ proof: proveAccess(keys, keys.access, { handshakeHash, prover: self }) })
    return made.channel
  }

  get peer(): PeerKey {
    return this.#line.peer
  }

  /** What the other side has proven; null before it did. */
  get access(): Access | null {
    return this.#access
  }

  /** A new frame was kept. */
  give(entry: OutboxEntry): void {
    this.#giver?.give(entry)
  }

  /** Passed on if the other side can take it now: it is worth nothing later. */
  broadcast(sealed: Uint8Array): void {
    if (this.#access !== null && this.#line.mux.drained) this.#send.broadcast(sealed)
  }

  /** Tells the other side why this ends. */
  deny(err: RootPeerError): void {
    this.#send.denied({ code: wireNumber(wireCodeOf(err)), detail: err.message })
  }

  close(): void {
    this.#channel.close()
  }

  /** The other side has said who it is. Throws `BAD_PROOF`, `VERSION_UNSUPPORTED`. */
  opened({ proof }: DirectHello): void {
    const { keys, outbox } = this.room
    const { handshakeHash, peer } = this.#line
    const access = checkProof(proof, keys.id, { handshakeHash, prover: peer })
    if (access === Access.guest && outbox === null) throw badProof('guests have nothing to tell')
    this.#access = access
    this.#line.proven()
    // The connection may have been given up for a better one just now.
    if (this.#channel.closed) return
    this.room.met(this)
    if (outbox !== null) this.#giver = new Giver(this.#send, outbox.entries)
  }

  closed(): void {
    this.#taker.close()
    this.#giver = null
    this.room.parted(this)
    this.#line.closed(this)
  }

  /** Who takes what comes from a member. Throws `READ_ONLY` for a guest. */
  #members(): Taker {
    if (this.#access === Access.guest) throw readOnly()
    return this.#taker
  }

  /** Who gets the answers to what we gave. Throws `UNEXPECTED` if we gave nothing. */
  #own(): Giver {
    if (this.#giver === null) throw unexpected('an answer to nothing')
    return this.#giver
  }
}
