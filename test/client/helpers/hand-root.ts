// A root peer made by hand: a raw DHT server that speaks our channels, keeps a room in memory, and does
// what a test tells it to. Honest where it was told nothing.

import type { Test } from 'brittle'
import b4a from 'b4a'
import Hypercore from 'hypercore'
import HyperDHT from 'hyperdht'
import Protomux from 'protomux'
import type { Channel } from 'protomux'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { CoreKey, KeyPair, PeerKey, Signature } from '../../../src/protocol/bytes.ts'
import { formatKey, key32 } from '../../../src/protocol/bytes.ts'
import type { Announcement } from '../../../src/protocol/control.ts'
import {
  CONTROL_PROTOCOL,
  controlMessages,
  rootControlHandshake
} from '../../../src/protocol/control.ts'
import { discoveryTopic } from '../../../src/protocol/discovery.ts'
import type { WireCode } from '../../../src/protocol/errors.ts'
import { wireNumber } from '../../../src/protocol/errors.ts'
import type { Head } from '../../../src/protocol/head.ts'
import { UNBOUNDED } from '../../../src/protocol/retention.ts'
import { wireLimits } from '../../../src/protocol/limits.ts'
import { encodePage } from '../../../src/protocol/page.ts'
import type {
  Append,
  Granted,
  Prove,
  Pull,
  RoomHello,
  RoomSenders
} from '../../../src/protocol/room-channel.ts'
import {
  addRoomMessages,
  ROOM_PROTOCOL,
  rootRoomHandshake
} from '../../../src/protocol/room-channel.ts'
import type { Segment } from '../../../src/protocol/segments.ts'
import type { PrivateDht } from '../../helpers/dht.ts'
import { TIME } from './writer.ts'

/** One client's channel. */
export interface Session {
  send: RoomSenders
  peer: PeerKey
  stream: NoiseSecretStream
  channel: Channel<null, RoomHello>
}

/** What it does otherwise than an honest one. */
export interface Manners {
  announcement?: Partial<Announcement>
  granted?: Partial<Granted>
  /** What else it speaks on a connection. */
  onmux?: (mux: Protomux) => void
  /** Instead of `granted`. */
  onroom?: (session: Session) => void
  /** Instead of storing and answering. */
  onappend?: (session: Session, append: Append) => void
  /** Instead of saying that the page is not kept. */
  onprove?: (session: Session, prove: Prove) => void
  /** Instead of giving the pages from there, and following. */
  onpull?: (session: Session, pull: Pull) => void
}

const announcement: Announcement = {
  versionMin: 1,
  versionMax: 1,
  agent: 'made by hand',
  durable: true,
  writable: true,
  ticketNeeded: false,
  bodyBytesMax: wireLimits.bodyBytesMax,
  frameBytesMax: wireLimits.frameBytesMax,
  frameMessagesMax: wireLimits.frameMessagesMax,
  roomsMax: 16,
  features: []
}

const signer = b4a.alloc(32, 1)

export const segment: Segment = {
  coreKey: Hypercore.key({ version: 1, signers: [{ publicKey: signer }] }) as CoreKey,
  signer,
  start: 0,
  end: null
}

/** A head that nobody signed. */
export const head = (length: number): Head => ({
  fork: 0,
  length,
  treeHash: b4a.alloc(32, length),
  signature: b4a.alloc(64, length) as Signature
})

export class HandRoot {
  readonly keyPair: KeyPair
  manners: Manners
  /** The log: one page for each frame. */
  readonly pages: { first: number; bytes: Uint8Array }[] = []
  next = 0
  readonly sessions: Session[] = []
  readonly appended: Append[] = []
  /** Streams that follow, with their session. */
  readonly #live: { session: Session; stream: number }[] = []

  private constructor(manners: Manners, keyPair: KeyPair) {
    this.manners = manners
    this.keyPair = keyPair
  }

  static async start(
    t: Test,
    dht: PrivateDht,
    manners: Manners = {},
    options: { announce?: boolean | Uint8Array; keyPair?: KeyPair } = {}
  ): Promise<HandRoot> {
    const { announce = false, keyPair = HyperDHT.keyPair() } = options
    const root = new HandRoot(manners, keyPair)
    const node = dht.createNode()
    const server = node.createServer((stream) => root.greet(stream))
    t.teardown(() => server.close(), { order: 200, force: true })
    await server.listen(root.keyPair)
    const topic = announce === true ? discoveryTopic() : announce
    if (topic !== false) await node.announce(topic, root.keyPair).finished()
    return root
  }

  /** Its key in z32. */
  get key(): string {
    return formatKey(this.keyPair.publicKey)
  }

  grant(session: Session): void {
    session.send.granted({
      access: 2,
      segments: [segment],
      oldest: 0,
      next: this.next,
      windowBytes: wireLimits.windowBytes,
      retention: UNBOUNDED,
      ...this.manners.granted
    })
  }

  /** Puts payloads into the log, as one page. */
  store(payloads: readonly Uint8Array[], sender: PeerKey = b4a.alloc(32, 7) as PeerKey): number {
    const first = this.next
    this.pages.push({ first, bytes: encodePage(first, TIME, [{ sender, payloads }]) })
    this.next += payloads.length
    return first
  }

  /** Stores a frame, tells its sender and all who follow. */
  accept(session: Session, { frame, payloads }: Append): void {
    const first = this.store(payloads, session.peer)
    const block = this.pages.length - 1
    session.send.stored({
      frame,
      first,
      storedAt: TIME,
      segment: 0,
      block,
      head: head(this.pages.length)
    })
    for (const live of this.#live) this.give(live.session, live.stream, block)
  }

  refuse(session: Session, frame: number, code: WireCode): void {
    session.send.refused({
      frame,
      code: wireNumber(code),
      detail: `made by hand: ${code}`,
      quota: null
    })
  }

  /** Sends the pages from a block on, and says that this is the end. */
  give(session: Session, stream: number, block: number): void {
    session.send.pages({
      stream,
      segment: 0,
      block,
      pages: this.pages.slice(block).map(({ bytes }) => bytes),
      next: this.next,
      end: true,
      head: this.pages.length === 0 ? null : head(this.pages.length)
    })
  }

  serve(session: Session, { stream, from, live }: Pull): void {
    if (from > this.next) session.send.reset({ stream, number: this.next })
    const block = this.pages.findLastIndex(({ first }) => first <= from)
    this.give(session, stream, from >= this.next ? this.pages.length : Math.max(0, block))
    if (live) this.#live.push({ session, stream })
  }

  /** Says something that concerns the whole newest connection. */
  notify: (code: WireCode) => void = () => {}

  /** Cuts every connection. */
  hangUp(): void {
    for (const { stream } of this.sessions.splice(0)) stream.destroy()
    this.#live.length = 0
  }

  /** Speaks to whoever is on this connection. */
  greet(stream: NoiseSecretStream): void {
    stream.on('error', () => {}) // a client that expels us
    const mux = new Protomux(stream)
    mux.pair({ protocol: CONTROL_PROTOCOL }, () => {
      const channel = mux.createChannel({
        protocol: CONTROL_PROTOCOL,
        handshake: rootControlHandshake
      })
      channel?.addMessage(null)
      const notice = channel?.addMessage({ encoding: controlMessages.notice })
      this.notify = (code) => notice?.send({ code: wireNumber(code), detail: '' })
      channel?.open({ ...announcement, ...this.manners.announcement })
    })
    mux.pair({ protocol: ROOM_PROTOCOL }, (id) => this.#openRoom(mux, stream, id))
    this.manners.onmux?.(mux)
  }

  #openRoom(mux: Protomux, stream: NoiseSecretStream, id: Uint8Array | null): void {
    const channel = mux.createChannel<null, RoomHello>({
      protocol: ROOM_PROTOCOL,
      id,
      handshake: rootRoomHandshake,
      onopen: () => (this.manners.onroom ?? ((each) => this.grant(each)))(session)
    })
    if (channel === null) return
    const send = addRoomMessages(channel, {
      append: (append) => {
        const payloads = append.payloads.map((payload) => b4a.from(payload))
        this.appended.push({ ...append, payloads })
        const act = this.manners.onappend ?? this.accept.bind(this)
        act(session, { ...append, payloads })
      },
      pull: (pull) => (this.manners.onpull ?? this.serve.bind(this))(session, pull),
      more: () => {},
      stop: ({ stream: stopped }) => {
        const place = this.#live.findIndex((each) => each.stream === stopped)
        if (place !== -1) this.#live.splice(place, 1)
      },
      prove: (prove) => (this.manners.onprove ?? forget)(session, prove),
      replicate: () => {},
      broadcast: () => {}
    })
    const peer = key32<PeerKey>(stream.remotePublicKey, 'a key')
    const session: Session = { send, peer, stream, channel }
    this.sessions.push(session)
    channel.open(null)
  }
}

function forget(session: Session, { request }: Prove): void {
  session.send.proof({
    request,
    page: null,
    path: [],
    roots: [],
    head: null,
    laterRoots: [],
    paths: []
  })
}
