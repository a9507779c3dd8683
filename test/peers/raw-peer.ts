// A peer that says to a root exactly what a test wants on the wire, and keeps all that it hears.

import b4a from 'b4a'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import Protomux from 'protomux'
import type { Channel } from 'protomux'
import type { PeerKey, RoomId } from '../../src/protocol/bytes.ts'
import { encode, uint } from '../../src/protocol/codec.ts'
import type { Announcement, Hello, Notice } from '../../src/protocol/control.ts'
import {
  clientControlHandshake,
  CONTROL_PROTOCOL,
  controlMessages
} from '../../src/protocol/control.ts'
import { RootPeerError, wireCode } from '../../src/protocol/errors.ts'
import type { Access, RoomKeys } from '../../src/protocol/keys.ts'
import {
  createRoomKey,
  guestKeys,
  memberKeyOf,
  ownerKeys,
  readKeyOf
} from '../../src/protocol/keys.ts'
import { decodePage } from '../../src/protocol/page.ts'
import type { Proof } from '../../src/protocol/proof.ts'
import { proveAccess } from '../../src/protocol/proof.ts'
import type {
  Granted,
  Pull,
  RoomHello,
  RoomMessageName,
  RoomSenders
} from '../../src/protocol/room-channel.ts'
import type { Ticket, TicketAnswer } from '../../src/protocol/ticket.ts'
import {
  addRoomMessages,
  clientRoomHandshake,
  ROOM_PROTOCOL,
  roomMessages
} from '../../src/protocol/room-channel.ts'

/** A room of its own for each test: its owner's keys and a guest's. */
export function newRoom(): { keys: RoomKeys; guest: RoomKeys } {
  const roomKey = createRoomKey()
  const keys = ownerKeys(roomKey)
  const { owner, writer } = keys.publicKeys
  return { keys, guest: guestKeys(readKeyOf(memberKeyOf(roomKey)), owner, writer) }
}

/** What arrived, to be taken one after the other, awaited where it is not there yet. */
export class Inbox<T> {
  readonly #items: T[] = []
  readonly #takers: ((item: T) => void)[] = []

  get size(): number {
    return this.#items.length
  }

  put(item: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#items.push(item)
    else taker(item)
  }

  take(): Promise<T> {
    const item = this.#items.shift()
    if (item !== undefined) return Promise.resolve(item)
    return new Promise((resolve) => this.#takers.push(resolve))
  }
}

export class RawPeer {
  readonly stream: NoiseSecretStream
  readonly mux: Protomux
  readonly notices: Inbox<RootPeerError> = new Inbox()
  readonly ticketed: Inbox<TicketAnswer> = new Inbox()
  /** Once the control channel is being opened. */
  presentTicket: (ticket: Ticket) => void = () => {}
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>

  static async over(stream: NoiseSecretStream): Promise<RawPeer> {
    stream.on('error', () => {})
    if (!(await stream.opened)) throw new Error('no connection')
    return new RawPeer(stream)
  }

  private constructor(stream: NoiseSecretStream) {
    this.stream = stream
    this.closed = new Promise((resolve) => stream.once('close', resolve))
    this.mux = new Protomux(stream)
  }

  get key(): PeerKey {
    return this.stream.publicKey as PeerKey
  }

  /** Opens the control channel; resolves with what the root says of itself. */
  greet(hello: Partial<Hello> = {}): Promise<Announcement> {
    return new Promise((resolve) => {
      const channel = this.mux.createChannel({
        protocol: CONTROL_PROTOCOL,
        handshake: clientControlHandshake,
        // A turn later: a stream in memory is faster than the other side's own hello.
        onopen: (announcement: Announcement) => void setImmediate(resolve, announcement)
      })
      if (channel === null) throw new Error('the control channel is open already')
      const ticket = channel.addMessage({ encoding: controlMessages.ticket })
      this.presentTicket = (presented) => ticket.send(presented)
      channel.addMessage({
        encoding: controlMessages.notice,
        onmessage: ({ code, detail }: Notice) =>
          this.notices.put(new RootPeerError(wireCode(code), detail))
      })
      channel.addMessage({
        encoding: controlMessages.ticketed,
        onmessage: (answer: TicketAnswer) => this.ticketed.put(answer)
      })
      channel.open({ versionMin: 1, versionMax: 1, agent: 'test', ...hello })
    })
  }

  prove(keys: RoomKeys, access: Access = keys.access): Proof {
    const { handshakeHash } = this.stream
    if (handshakeHash === null) throw new Error('no handshake')
    return proveAccess(keys, access, { handshakeHash, prover: this.key })
  }

  /** Opens a room channel, with a proof of one's own unless another is given. */
  open(keys: RoomKeys, options: { id?: RoomId; proof?: Proof; pull?: Pull | null } = {}): RawRoom {
    const { id = keys.id, proof = this.prove(keys), pull = null } = options
    return new RawRoom(this, id, { proof, pull })
  }

  /** Says hello, opens the room and awaits its grant. */
  async enter(keys: RoomKeys, pull: Pull | null = null): Promise<RawRoom> {
    if (!this.mux.opened({ protocol: CONTROL_PROTOCOL })) await this.greet()
    const room = this.open(keys, { pull })
    await room.granted
    return room
  }

  /** Writes bytes as one encrypted frame, past the mux. */
  write(...parts: Uint8Array[]): void {
    this.stream.write(b4a.concat(parts))
  }

  /** Why the root ended this connection, once it has. */
  async cutOff(): Promise<string> {
    const { code } = await this.notices.take()
    await this.closed
    return code
  }

  /** Ends the connection without a word. */
  async vanish(): Promise<void> {
    this.stream.destroy()
    await this.closed
  }
}

type Messages = {
  [Name in RoomMessageName]: ReturnType<(typeof roomMessages)[Name]['codec']['decode']>
}

export class RawRoom {
  readonly send: RoomSenders
  readonly granted: Promise<Granted>
  /** The code with which the root closed this channel, once it has. */
  readonly denied: Promise<string>
  /** What the root said with it. */
  readonly denial: Promise<string>
  /** Resolves when the channel is closed, by whoever. */
  readonly closed: Promise<void>
  /** Names of all that arrived, in order. */
  readonly order: string[] = []
  readonly #peer: RawPeer
  readonly #channel: Channel<RoomHello, null>
  readonly #inboxes = new Map<string, Inbox<unknown>>()
  #frame = 0

  constructor(peer: RawPeer, id: RoomId, hello: RoomHello) {
    this.#peer = peer
    let closed = (): void => {}
    this.closed = new Promise((resolve) => (closed = resolve))
    const channel = peer.mux.createChannel<RoomHello, null>({
      protocol: ROOM_PROTOCOL,
      id,
      unique: false, // so that a test can open one twice
      handshake: clientRoomHandshake,
      onclose: () => closed()
    })
    if (channel === null) throw new Error('the connection is gone')
    this.#channel = channel
    const handlers: Record<string, (message: unknown) => void> = {}
    for (const name of Object.keys(roomMessages)) {
      handlers[name] = (message) => {
        this.order.push(name)
        this.#inbox(name).put(message)
      }
    }
    this.send = addRoomMessages(channel, handlers)
    const denied = this.take('denied')
    this.denial = denied.then(({ detail }) => detail)
    this.denied = denied.then(async ({ code }) => {
      await this.closed
      return wireCode(code)
    })
    this.granted = Promise.race([
      this.take('granted'),
      this.denied.then((code) => {
        throw new RootPeerError(code, 'denied')
      })
    ])
    this.granted.catch(() => {})
    channel.open(hello)
  }

  get localId(): number {
    return this.#channel._localId
  }

  /** The next message of this name. */
  take<Name extends RoomMessageName>(name: Name): Promise<Messages[Name]> {
    return this.#inbox(name).take() as Promise<Messages[Name]>
  }

  /** How many messages of this name are there and not taken. */
  waiting(name: RoomMessageName): number {
    return this.#inbox(name).size
  }

  /** Hands in texts as one frame; its number. */
  append(texts: readonly string[], options: { frame?: number; resume?: boolean } = {}): number {
    const { frame = this.#frame, resume = false } = options
    this.#frame = frame + 1
    this.send.append({ frame, resume, payloads: texts.map((text) => b4a.from(text)) })
    return frame
  }

  /** The code of the next refusal. */
  async refused(): Promise<string> {
    return wireCode((await this.take('refused')).code)
  }

  /** Texts of the next `count` messages. */
  async texts(count: number): Promise<string[]> {
    const texts: string[] = []
    while (texts.length < count) {
      for (const page of (await this.take('pages')).pages) {
        for (const { payload } of decodePage(page).entries) texts.push(b4a.toString(payload))
      }
    }
    return texts
  }

  /** Writes bytes as a message at a position of this channel, past its codec. */
  write(position: number, bytes: Uint8Array): void {
    this.#peer.write(encode(uint, this.localId), encode(uint, position), bytes)
  }

  close(): void {
    this.#channel.close()
  }

  #inbox(name: string): Inbox<unknown> {
    let inbox = this.#inboxes.get(name)
    if (inbox === undefined) this.#inboxes.set(name, (inbox = new Inbox()))
    return inbox
  }
}

export function pullFrom(from: number, rest: Partial<Pull> = {}): Pull {
  return { stream: 0, coreKey: null, from, limit: 0, live: true, head: null, ...rest }
}
