// The room channel of one visitor, as this device speaks it: whoever proves that it knows whose space it is
// may read its files. There are no messages here, and nothing is taken.

import type { Channel } from 'protomux'
import b4a from 'b4a'
import type { RoomId } from '../../protocol/bytes.ts'
import { RootPeerError, roomUnknown, unavailable } from '../../protocol/errors.ts'
import { Access } from '../../protocol/keys.ts'
import { checkProof } from '../../protocol/proof.ts'
import { UNBOUNDED } from '../../protocol/retention.ts'
import type { RoomHello, RoomSenders } from '../../protocol/room-channel.ts'
import { addRoomMessages, ROOM_PROTOCOL, rootRoomHandshake } from '../../protocol/room-channel.ts'
import { FilesSession } from './files-session.ts'
import type { ServedSpace, VisitorLine } from './served.ts'
import { toldAs } from './told-as.ts'

export class SpaceSession {
  readonly id: RoomId
  /** Null for a room that is not served here. */
  readonly space: ServedSpace | null
  readonly #line: VisitorLine
  readonly #channel: Channel<null, RoomHello>
  readonly #send: RoomSenders
  #files: FilesSession | null = null
  #granted = false
  #gone = false

  /** Opens our side; null if the visitor has it open already, or is gone. */
  static open(line: VisitorLine, id: RoomId): SpaceSession | null {
    const channel = line.mux.createChannel<null, RoomHello>({
      protocol: ROOM_PROTOCOL,
      id,
      handshake: rootRoomHandshake,
      onopen: (hello, opened) => (opened.userData as SpaceSession).#onopen(hello),
      onclose: (_, closed) => (closed.userData as SpaceSession).#onclose()
    })
    return channel === null ? null : new SpaceSession(line, id, channel)
  }

  private constructor(line: VisitorLine, id: RoomId, channel: Channel<null, RoomHello>) {
    const { space } = line.served
    this.id = id
    this.space = space !== null && b4a.equals(space.id, id) ? space : null
    this.#line = line
    this.#channel = channel
    channel.userData = this
    this.#send = addRoomMessages(channel, {})
    channel.open(null)
  }

  openFiles(): void {
    if (!this.#granted || this.#gone || this.space === null) return
    this.#files = FilesSession.open(this.#line, this.space) ?? this.#files
  }

  drained(): void {
    this.#files?.drained()
  }

  /** Says why, and closes the channel. */
  deny(err: RootPeerError): void {
    if (this.#gone) return
    this.#send.denied(toldAs(err))
    this.#channel.close()
  }

  #onopen(hello: RoomHello): void {
    const { handshakeHash, peer, served } = this.#line
    let reason: RootPeerError | null = null
    try {
      checkProof(hello.proof, this.id, { handshakeHash, prover: peer })
      if (this.space === null || served.space !== this.space) reason = roomUnknown()
    } catch (err) {
      reason = err instanceof RootPeerError ? err : unavailable()
    }
    if (reason !== null) this.#line.strayed()
    // Not in this turn: Protomux is still opening the channel, and must not find it closed.
    setTimeout(() => (reason === null ? this.#grant() : this.deny(reason)), 0)
  }

  #grant(): void {
    if (this.#gone) return
    this.#granted = true
    this.#send.granted({
      access: Access.guest,
      segments: [],
      oldest: 0,
      next: 0,
      windowBytes: 0,
      retention: UNBOUNDED
    })
  }

  #onclose(): void {
    if (this.#gone) return
    this.#gone = true
    this.#files?.deny(unavailable())
  }
}
