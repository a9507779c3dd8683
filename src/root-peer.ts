// The daemon as a table of contents: store → rooms → peers → swarm, opened in this order and closed in
// reverse. No logic.

import { EventEmitter } from 'node:events'
import type { Address } from 'hyperdht'
import type { PeerKey, RoomId } from './protocol/bytes.ts'
import type { Announcement } from './protocol/control.ts'
import { PROTOCOL_VERSIONS } from './protocol/control.ts'
import { RootPeerError, shuttingDown, unavailable } from './protocol/errors.ts'
import { limits } from './limits.ts'
import type { RootPeerConfig } from './config.ts'
import { parseConfig } from './config.ts'
import { Store } from './storage/store.ts'
import { Rooms } from './rooms/rooms.ts'
import { Peers } from './peers/peers.ts'
import { Swarm } from './peers/swarm.ts'
import { AGENT } from './version.ts'

export type { RootPeerConfig } from './config.ts'
export { RootPeerError } from './protocol/errors.ts'

export interface RootPeerEvents {
  /** Serving. `publicKey` is this root's name. */
  ready: [{ publicKey: PeerKey }]
  /** A node of the DHT answers: this root can be found. */
  online: []
  /** No node of the DHT answers. It is tried again, and whoever knows the way is served. */
  offline: []
  /** A peer has spoken the protocol. `peer` is its Noise key. */
  'peer-connected': [{ peer: Uint8Array }]
  'peer-disconnected': [{ peer: Uint8Array }]
  /** A peer broke a rule and was cut off. */
  violation: [{ peer: Uint8Array; error: RootPeerError }]
  /** A member opened a room that was not kept before. */
  'room-registered': [{ room: RoomId }]
  /** Once a commit, when it is synced: how many messages and payload bytes, and the room's next number. */
  'messages-stored': [{ room: RoomId; messages: number; bytes: number; next: number }]
  /** Nothing can be stored for want of space; reading goes on. */
  'read-only': [{ error: RootPeerError }]
  writable: []
  /** The disk failed to keep what was written: end the process, and answer nobody. */
  failed: [{ error: Error }]
  /** Closing has begun. */
  shutdown: []
}

export class RootPeer extends EventEmitter<RootPeerEvents> {
  readonly config: Readonly<RootPeerConfig>
  readonly #now: () => number
  #store: Store | null = null
  #rooms: Rooms | null = null
  #peers: Peers | null = null
  #swarm: Swarm | null = null
  #opening: Promise<void> | null = null
  #closing: Promise<void> | null = null

  /** @throws `CONFIG` if the configuration is wrong. */
  constructor(config: RootPeerConfig) {
    super()
    this.config = parseConfig(config)
    this.#now = this.config.now ?? Date.now
  }

  /** This root's name; the same after every restart. Known once `ready`. */
  get publicKey(): PeerKey {
    if (this.#store === null) throw new Error('not ready yet')
    return this.#store.keyPair.publicKey as PeerKey
  }

  /** Where the DHT node listens; null before `ready`. */
  get address(): Address | null {
    return this.#swarm?.address ?? null
  }

  /**
   * Opens everything; idempotent. On a failure whatever was opened is closed again.
   *
   * @throws the store's errors (`STORE_LOCKED`, `STORE_COPIED`, …), or what binding the socket throws.
   */
  ready(): Promise<void> {
    this.#opening ??= this.#open().catch(async (err: unknown) => {
      await this.#closeParts()
      throw err
    })
    return this.#opening
  }

  /** Answers what was accepted, then closes everything; idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #open(): Promise<void> {
    const { config } = this
    this.#store = await Store.open({
      directory: config.storage,
      fsync: config.fsync ?? true,
      restored: config.restored ?? false
    })
    this.#watch(this.#store)
    this.#rooms = await Rooms.open(
      this.#store,
      {
        registered: (room) => this.#tell('room-registered', { room }),
        stored: (room, messages, bytes, next) =>
          this.#tell('messages-stored', { room, messages, bytes, next })
      },
      this.#now
    )
    this.#peers = new Peers({
      rooms: this.#rooms,
      announcement: () => this.#announcement(),
      now: this.#now,
      connectionsPerAddress: config.connectionsPerAddress,
      connected: (peer) => this.#tell('peer-connected', { peer }),
      disconnected: (peer) => this.#tell('peer-disconnected', { peer }),
      violated: (peer, error) => this.#tell('violation', { peer, error })
    })
    const peers = this.#peers
    this.#swarm = await Swarm.open({
      keyPair: this.#store.keyPair,
      bootstrap: config.bootstrap,
      host: config.host,
      port: config.port,
      network: config.network,
      connection: (stream) => peers.accept(stream),
      online: (online) => this.emit(online ? 'online' : 'offline')
    })
    this.emit('ready', { publicKey: this.publicKey })
  }

  async #close(): Promise<void> {
    this.emit('shutdown')
    await this.#opening?.catch(() => {}) // its caller was told
    await this.#closeParts()
  }

  async #closeParts(): Promise<void> {
    this.#peers?.announceEnd(shuttingDown())
    await this.#rooms?.close()
    await this.#peers?.close()
    await this.#swarm?.close()
    await this.#store?.close()
  }

  /** In a turn of its own: a listener that throws must not do so in the middle of a commit. */
  #tell<Name extends keyof RootPeerEvents>(name: Name, ...event: RootPeerEvents[Name]): void {
    queueMicrotask(() => this.emit(name, ...(event as never)))
  }

  #watch(store: Store): void {
    store.on('failed', (error) => this.emit('failed', { error }))
    store.on('read-only', (error) => this.emit('read-only', { error }))
    store.on('writable', () => this.emit('writable'))
    store.on('space', () => {
      this.#reopen().catch((error: Error) => {
        // With too little room even for that, there will be another `space`.
        const full = error instanceof RootPeerError && error.code === 'DISK_FULL'
        if (!full && this.#closing === null) this.emit('failed', { error })
      })
    })
  }

  /** After a write that failed for want of space the store must be opened anew; clients come back by themselves. */
  async #reopen(): Promise<void> {
    await this.#peers?.dismiss(unavailable())
    await this.#rooms?.reopen(async () => this.#store?.reopen())
  }

  #announcement(): Announcement {
    const { min, max } = PROTOCOL_VERSIONS
    return {
      versionMin: min,
      versionMax: max,
      agent: AGENT,
      durable: this.#store?.durable ?? false,
      writable: this.#store?.writable ?? false,
      ticketNeeded: false,
      bodyBytesMax: limits.bodyBytesMax,
      frameBytesMax: limits.frameBytesMax,
      frameMessagesMax: limits.frameMessagesMax,
      roomsMax: limits.roomsMax,
      features: []
    }
  }
}
