// One room at one root: the room channel, opened again whenever it closes. Hands what comes to whoever
// asked for it: deliveries (appends) and streams (pulls). Checks that the root keeps to the protocol.

import { EventEmitter } from 'events'
import type { Channel } from 'protomux'
import type { CoreKey } from '../../protocol/bytes.ts'
import { RootPeerError, wireCode } from '../../protocol/errors.ts'
import type { ProtocolCode } from '../../protocol/errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { proveAccess } from '../../protocol/proof.ts'
import type { Granted, Prove, Proven, RoomHello, RoomSenders } from '../../protocol/room-channel.ts'
import { addRoomMessages, clientRoomHandshake, ROOM_PROTOCOL } from '../../protocol/room-channel.ts'
import { SegmentList } from '../../protocol/segments.ts'
import type { Segment } from '../../protocol/segments.ts'
import { isSignerOf } from '../../protocol/head.ts'
import type { Head } from '../../protocol/head.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { Window } from '../../protocol/window.ts'
import { Backoff } from '../backoff.ts'
import { Ledger } from './ledger.ts'
import type { OpenRoom, RoomLinkEvents, StreamUser } from './link-parts.ts'
import { Questions } from './questions.ts'
import type { LinkUp, RootLink } from './root-link.ts'

export type { OpenRoom, StreamUser } from './link-parts.ts'

/** Codes after which asking again changes nothing. */
const FINAL: readonly ProtocolCode[] = ['BAD_PROOF', 'VERSION_UNSUPPORTED', 'ROOM_DELETED']

export class RoomLink extends EventEmitter<RoomLinkEvents> {
  readonly link: RootLink
  readonly #keys: RoomKeys
  readonly #backoff = new Backoff()
  readonly #users = new Map<number, StreamUser>()
  /** Never reused: what is still under way for a stream that was stopped must reach nobody else. */
  #streams = 0
  /** What this root has signed of this room. */
  readonly ledger: Ledger = new Ledger()
  readonly #questions = new Questions()
  #channel: Channel<RoomHello, null> | null = null
  #open: OpenRoom | null = null
  #denied: RootPeerError | null = null
  #closed = false
  readonly #onup = (): void => this.#openChannel()

  constructor(link: RootLink, keys: RoomKeys) {
    super()
    this.setMaxListeners(0)
    this.link = link
    this.#keys = keys
    link.on('up', this.#onup)
  }

  /** The root's key as people read it. */
  get root(): string {
    return this.link.name
  }

  /** Null until the root has granted the room on this connection. */
  get open(): OpenRoom | null {
    return this.#open
  }

  /** Why the root does not let us in; null if it does, or has not said. */
  get denial(): RootPeerError | null {
    return this.#denied
  }

  start(): void {
    if (this.link.up !== null) this.#openChannel()
  }

  /** A stream for this reader; null if there are too many. The last one is kept for deliveries. */
  attach(user: StreamUser, streamsMax: number = wireLimits.streamsMax - 1): number | null {
    if (this.#users.size >= streamsMax) return null
    const stream = this.#streams++
    this.#users.set(stream, user)
    this.pull(stream)
    return stream
  }

  /** Sets a stream in motion from where its reader stands. */
  pull(stream: number): void {
    if (this.#open === null) return // asked again once it is granted
    const position = this.#users.get(stream)?.position() ?? null
    if (position !== null) this.#open.send.pull({ stream, ...position })
  }

  /** A head from a cursor: the root is held to it from now on. */
  recall(coreKey: CoreKey, head: Head): void {
    const segment = this.#open?.segments.find(coreKey)
    if (segment !== undefined) this.ledger.recall(segment, head)
  }

  /** Lets a stream go on: its reader has room for so many more. */
  more(stream: number, limit: number): void {
    this.#open?.send.more({ stream, limit })
  }

  /**
   * The proof of a block under a head of `length` pages.
   *
   * @throws `CLOSED` if the channel closes first.
   */
  prove(asked: Omit<Prove, 'request'>): Promise<Proven> {
    return this.#questions.ask((request) => {
      const { send } = this.#open ?? {}
      return send !== undefined && (send.prove({ request, ...asked }), true)
    })
  }

  /** Stops a stream until it is pulled again. */
  halt(stream: number): void {
    this.#open?.send.stop({ stream })
  }

  detach(stream: number): void {
    if (this.#users.delete(stream)) this.halt(stream)
  }

  /** Tells of several things; returns the end of it. */
  tell(listeners: {
    [Name in keyof RoomLinkEvents]?: (...args: RoomLinkEvents[Name]) => void
  }): () => void {
    const all = Object.entries(listeners) as [keyof RoomLinkEvents, () => void][]
    for (const [name, listener] of all) this.on(name, listener)
    return () => {
      for (const [name, listener] of all) this.off(name, listener)
    }
  }

  /** Waits for nothing but the link to come up again. */
  suspend(): void {
    this.#backoff.cancel()
  }

  close(): void {
    this.#closed = true
    this.#backoff.cancel()
    this.link.off('up', this.#onup)
    this.#channel?.close()
  }

  #openChannel(): void {
    const { up } = this.link
    if (this.#closed || up === null || this.#channel !== null) return
    const channel = up.mux.createChannel<RoomHello, null>({
      protocol: ROOM_PROTOCOL,
      id: this.#keys.id,
      handshake: clientRoomHandshake,
      onclose: () => this.#onclose()
    })
    if (channel === null) return this.#backoff.schedule(() => this.#openChannel())
    this.#channel = channel
    this.#denied = null
    this.#wire(channel)
    channel.open({ proof: this.#prove(up), pull: null })
  }

  #prove({ handshakeHash, peer }: LinkUp): RoomHello['proof'] {
    return proveAccess(this.#keys, this.#keys.access, { handshakeHash, prover: peer })
  }

  #wire(channel: Channel<RoomHello, null>): void {
    const send = addRoomMessages(channel, {
      granted: (granted) => this.#ongranted(granted, send),
      denied: ({ code, detail }) => {
        this.#denied = new RootPeerError(wireCode(code), detail)
      },
      segments: (segments) => this.#onsegments(segments),
      stored: (stored) => {
        this.#see(stored.segment, stored.head)
        this.emit('stored', stored)
      },
      refused: (refused) => this.emit('refused', refused),
      presence: (presence) => this.emit('presence', presence),
      broadcast: (sealed) => this.emit('broadcast', sealed),
      pages: (pages) => {
        this.#see(pages.segment, pages.head)
        this.#users.get(pages.stream)?.pages(pages)
      },
      proof: (proof) => this.#questions.answer(proof),
      retain: (retention) => {
        if (this.#open === null) return
        this.#open.granted.retention = retention
        this.emit('retained', retention)
      },
      replicate: ({ on }) => this.emit('replicate', on),
      usage: (usage) => this.emit('usage', usage),
      gap: ({ stream, from, to }) => this.#users.get(stream)?.gap(from, to),
      reset: ({ stream, number }) => this.#users.get(stream)?.reset(number)
    })
  }

  #ongranted(granted: Granted, send: RoomSenders): void {
    if (this.#open !== null) throw new RootPeerError('UNEXPECTED', '"granted" twice')
    this.#backoff.reset()
    const window = new Window(granted.windowBytes)
    this.#open = { granted, window, send, segments: this.#checked(granted.segments) }
    for (const stream of this.#users.keys()) this.pull(stream)
    this.emit('granted', granted)
    this.#holdToHeads()
  }

  #see(position: number, head: Head | null): void {
    const segment = this.#open?.segments.all[position]
    if (head !== null && segment !== undefined) this.ledger.see(segment, head)
  }

  // After a break the root is asked to stand by what it had signed before.
  #holdToHeads(): void {
    for (const [position, segment] of this.#open?.segments.all.entries() ?? []) {
      const head = this.ledger.of(segment.coreKey)
      // If it goes away before it has answered, it is asked again when it is back.
      if (head !== null) this.#holdTo(position, segment, head).catch(() => {})
    }
  }

  async #holdTo(position: number, segment: Segment, head: Head): Promise<void> {
    const block = head.length - 1
    const proof = await this.prove({ segment: position, block, length: head.length })
    try {
      this.ledger.check(segment, head, block, proof)
    } catch (err) {
      this.link.expel(err as RootPeerError)
    }
  }

  #onsegments(segments: Segment[]): void {
    if (this.#open === null) return
    this.#open.segments = this.#checked(segments)
    this.emit('segments')
  }

  /** A segment list whose cores are what their signers' manifests hash to. */
  #checked(segments: Segment[]): SegmentList {
    const known = this.#open?.segments
    for (const segment of segments) {
      if (known?.find(segment.coreKey) !== undefined) continue
      if (isSignerOf(segment.coreKey, segment.signer)) continue
      throw new RootPeerError('HOSTILE_ROOT', 'a core key that is not the hash of its manifest')
    }
    return new SegmentList(segments)
  }

  #onclose(): void {
    this.#channel = null
    const was = this.#open !== null
    this.#open = null
    for (const user of this.#users.values()) user.cut()
    this.#questions.cut()
    // One that opens its store anew has let us in, and will again: that is a break like any other.
    if (was && this.#denied?.code === 'UNAVAILABLE') this.#denied = null
    if (was) this.emit('closed')
    const denied = this.#denied
    if (denied !== null) this.emit('denied', denied)
    if (this.#closed || (denied !== null && FINAL.includes(denied.code as ProtocolCode))) return
    if (this.link.up !== null) this.#backoff.schedule(() => this.#openChannel())
  }
}
