// The daemon as a table of contents: store → rooms → peers → swarm, opened in this order and closed in
// reverse. No logic.

import { EventEmitter } from 'node:events'
import type { Address } from 'hyperdht'
import type { PeerKey } from './protocol/bytes.ts'
import type { Announcement } from './protocol/control.ts'
import { PROTOCOL_VERSIONS } from './protocol/control.ts'
import { RootPeerError, shuttingDown, unavailable } from './protocol/errors.ts'
import { limits } from './limits.ts'
import type { RootPeerConfig } from './config.ts'
import { parseConfig } from './config.ts'
import { storeFailed } from './errors.ts'
import type { RootPeerEvents } from './events.ts'
import type { PartStates } from './parts.ts'
import { Parts } from './parts.ts'
import { Counters } from './counters.ts'
import type { Notes } from './storage/notes.ts'
import type { DiskSpace } from './storage/disk.ts'
import { Store } from './storage/store.ts'
import { Files } from './files/files.ts'
import { Rooms } from './rooms/rooms.ts'
import type { Totals } from './rooms/tally.ts'
import { Peers } from './peers/peers.ts'
import { Swarm } from './peers/swarm.ts'
import { AGENT } from './version.ts'

export type { RootPeerConfig } from './config.ts'
export type { RootPeerEvents } from './events.ts'
export type { PartName, PartState, PartStates } from './parts.ts'
export type { Notes } from './storage/notes.ts'
export type { DiskSpace } from './storage/disk.ts'
export type { Totals } from './rooms/tally.ts'
export { Counters } from './counters.ts'
export { RootPeerError } from './protocol/errors.ts'

/** What may be changed while it runs. */
export type Reconfiguration = Pick<RootPeerConfig, 'connectionsPerAddress'>

export class RootPeer extends EventEmitter<RootPeerEvents> {
  /** What happened since it was made; only read it. */
  readonly counters: Counters = new Counters()
  /** When it was made, in milliseconds since 1970. */
  readonly startedAt: number
  /** Small values that whoever watches over this root keeps with it. `STORE_FAILED` while it is not open. */
  readonly notes: Pick<Notes, 'get' | 'set'> = {
    get: async (name) => this.#openStore.notes.get(name),
    set: async (name, value) => this.#openStore.notes.set(name, value)
  }
  readonly #now: () => number
  #config: Readonly<RootPeerConfig>
  #store: Store | null = null
  #rooms: Rooms | null = null
  #files: Files | null = null
  #peers: Peers | null = null
  #swarm: Swarm | null = null
  #opening: Promise<void> | null = null
  #closing: Promise<void> | null = null
  readonly #parts: Parts = new Parts()

  /** @throws `CONFIG` if the configuration is wrong. */
  constructor(config: RootPeerConfig) {
    super()
    this.#config = parseConfig(config)
    this.#now = this.#config.now ?? Date.now
    this.startedAt = this.#now()
  }

  get config(): Readonly<RootPeerConfig> {
    return this.#config
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

  /** Which part is ready, and which is not. */
  get parts(): PartStates {
    return this.#parts.states
  }

  /** Whether a node of the DHT answers; null while that is not known. */
  get online(): boolean | null {
    return this.#swarm?.online ?? null
  }

  /** Whether what is acknowledged survives a power cut. */
  get durable(): boolean {
    return this.config.fsync ?? true
  }

  /** Whether anything can be stored now. */
  get writable(): boolean {
    return this.#store?.writable ?? false
  }

  /** All that was ever stored here; zeros until the rooms are open. */
  get totals(): Readonly<Totals> {
    return this.#rooms?.totals ?? { rooms: 0, messages: 0, bytes: 0 }
  }

  /** Rooms that are open now. */
  get roomsOpen(): number {
    return this.#rooms?.size ?? 0
  }

  /** All connections, strangers' as well. */
  get connections(): number {
    return this.#peers?.size ?? 0
  }

  /** Connections of peers: they have spoken the protocol, and were not turned away. */
  get peersConnected(): number {
    return this.#peers?.connected ?? 0
  }

  /**
   * Asks the store whether it answers: it reads, and where it is durable, syncs. It may never resolve.
   *
   * @throws if the store is not open, or has failed
   */
  async probe(): Promise<void> {
    await this.#openStore.probe()
  }

  /**
   * What the data folder takes on its disk, and what is free there. Looks at every file: not for every message.
   *
   * @throws if the store is not open
   */
  async disk(): Promise<DiskSpace> {
    return this.#openStore.space()
  }

  /**
   * Changes what can be changed while it runs. Connections that are there stay.
   *
   * @throws `CONFIG` if a value is wrong; then nothing was changed.
   */
  reconfigure(changes: Reconfiguration): void {
    this.#config = parseConfig({ ...this.#config, ...changes })
    this.#peers?.limitAddresses(this.#config.connectionsPerAddress)
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

  get #openStore(): Store {
    if (this.#store === null) throw storeFailed('it is not open')
    return this.#store
  }

  async #open(): Promise<void> {
    const { config, counters } = this
    const store = await this.#parts.open('store', () =>
      Store.open({
        directory: config.storage,
        fsync: this.durable,
        restored: config.restored ?? false,
        counters,
        oncorestore: (corestore) => this.emit('corestore', corestore)
      })
    )
    this.#store = store
    this.#watch(store)
    const rooms = await this.#parts.open('rooms', () =>
      Rooms.open(
        store,
        {
          registered: (room) => this.#tell('room-registered', { room }),
          stored: (room, messages, bytes, next) =>
            this.#tell('messages-stored', { room, messages, bytes, next })
        },
        this.#now,
        { counters }
      )
    )
    this.#rooms = rooms
    const files = new Files(store, { now: this.#now })
    this.#files = files
    const peers = await this.#parts.open(
      'peers',
      () =>
        new Peers({
          rooms,
          files,
          announcement: () => this.#announcement(),
          now: this.#now,
          counters,
          connectionsPerAddress: this.config.connectionsPerAddress,
          connected: (peer) => this.#tell('peer-connected', { peer }),
          disconnected: (peer) => this.#tell('peer-disconnected', { peer }),
          violated: (peer, error) => this.#tell('violation', { peer, error })
        })
    )
    this.#peers = peers
    this.#swarm = await this.#parts.open('swarm', () =>
      Swarm.open({
        keyPair: store.keyPair,
        bootstrap: config.bootstrap,
        host: config.host,
        port: config.port,
        network: config.network,
        created: (swarm) => this.emit('swarm', swarm),
        connection: (stream) => peers.accept(stream),
        online: (online) => this.emit(online ? 'online' : 'offline')
      })
    )
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
    await this.#files?.close()
    await this.#peers?.close()
    await this.#swarm?.close()
    await this.#store?.close()
    this.#parts.closed()
  }

  /** In a turn of its own: a listener that throws must not do so in the middle of a commit. */
  #tell<Name extends keyof RootPeerEvents>(name: Name, ...event: RootPeerEvents[Name]): void {
    queueMicrotask(() => this.emit(name, ...(event as never)))
  }

  #watch(store: Store): void {
    store.on('failed', (error) => {
      this.#parts.failed('store')
      this.emit('failed', { error })
    })
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
    await this.#files?.rest()
    await this.#parts.open('rooms', async () => {
      await this.#rooms?.reopen(() => this.#parts.open('store', async () => this.#store?.reopen()))
    })
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
