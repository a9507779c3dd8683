// The daemon as a table of contents: store, rooms, access, peers, swarm. No logic.

import { EventEmitter } from 'node:events'
import type { Address } from 'hyperdht'
import type { PeerKey } from './protocol/bytes.ts'
import { shuttingDown, unavailable } from './protocol/errors.ts'
import { announcementOf } from './announcement.ts'
import type { RootPeerConfig } from './config.ts'
import { parseConfig, retentionOf } from './config.ts'
import { storeFailed } from './errors.ts'
import type { RootPeerEvents } from './events.ts'
import { mend } from './mending.ts'
import type { PartStates } from './parts.ts'
import { Parts } from './parts.ts'
import { Counters } from './counters.ts'
import type { Notes } from './storage/notes.ts'
import type { DiskSpace } from './storage/disk.ts'
import { Store } from './storage/store.ts'
import { Access } from './access/access.ts'
import type { Busy } from './busiest.ts'
import { Rooms } from './rooms/rooms.ts'
import type { Totals } from './rooms/tally.ts'
import { NOTHING_KEPT } from './rooms/tally.ts'
import { Peers } from './peers/peers.ts'
import { Swarm } from './peers/swarm.ts'

export type { RootPeerConfig } from './config.ts'
export type { RootPeerEvents } from './events.ts'
export type { PartName, PartState, PartStates } from './parts.ts'
export type { Notes } from './storage/notes.ts'
export type { DiskSpace } from './storage/disk.ts'
export type { Totals } from './rooms/tally.ts'
export { Counters } from './counters.ts'
export { RootPeerError } from './protocol/errors.ts'

/** What may be changed while it runs; undefined is the default. */
export type Reconfiguration = { [Name in keyof RootPeerConfig]?: RootPeerConfig[Name] | undefined }

export class RootPeer extends EventEmitter<RootPeerEvents> {
  /** What happened since it was made; only read it. */
  readonly counters: Counters = new Counters()
  /** When it was made, in milliseconds since 1970. */
  readonly startedAt: number
  /** Small values that whoever watches over this root keeps with it. */
  readonly notes: Pick<Notes, 'get' | 'set'> = {
    get: async (name) => this.#openStore.notes.get(name),
    set: async (name, value) => this.#openStore.notes.set(name, value)
  }
  readonly #now: () => number
  #config: Readonly<RootPeerConfig>
  #store: Store | null = null
  #rooms: Rooms | null = null
  #access: Access | null = null
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

  /** What was ever stored here, and what is kept of it; zeros until the rooms are open. */
  get totals(): Readonly<Totals> {
    return this.#rooms?.totals ?? NOTHING_KEPT
  }

  /** Rooms that are open now. */
  get roomsOpen(): number {
    return this.#rooms?.size ?? 0
  }

  /** Who may use it, and how much; what an operator changes while it runs. */
  get access(): Access {
    if (this.#access === null) throw storeFailed('it is not open')
    return this.#access
  }

  /** Who sent most in the last minutes. */
  talkers(count: number): Busy[] {
    return this.#access?.talkers(count) ?? []
  }

  /** All connections. */
  get connections(): number {
    return this.#peers?.size ?? 0
  }

  /** Connections of peers: they have spoken the protocol. */
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

  /** Changes what can be changed while it runs. Throws `CONFIG` if a value is wrong; then nothing was changed. */
  reconfigure(changes: Reconfiguration): void {
    this.#config = parseConfig({ ...this.#config, ...changes } as RootPeerConfig)
    this.#peers?.limitAddresses(this.#config.connectionsPerAddress)
    this.#access?.reconfigure(this.#config)
    if (this.#rooms !== null) this.#rooms.retention = retentionOf(this.#config)
  }

  /**
   * Opens everything; idempotent. On a failure whatever was opened is closed again. Throws the store's errors (`STORE_LOCKED`, `STORE_COPIED`, …), or what binding the socket throws.
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
            this.#tell('messages-stored', { room, messages, bytes, next }),
          freed: (room, freed, founder, gone) => {
            void this.#access?.treasury.freed(room, freed, founder, gone)
            this.#tell('room-freed', { room, ...freed })
          },
          retained: (room) => this.#peers?.retained(room),
          deleted: (room) => {
            this.#peers?.deleted(room)
            this.#tell('room-deleted', { room })
          }
        },
        this.#now,
        { counters, retention: retentionOf(config) }
      )
    )
    this.#rooms = rooms
    const access = await this.#parts.open('access', () =>
      Access.open(store, { config, ledger: rooms, now: this.#now })
    )
    this.#access = access
    const peers = await this.#parts.open(
      'peers',
      () =>
        new Peers({
          rooms,
          access,
          announcement: () => announcementOf(store, access),
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
    await this.#peers?.close()
    await this.#swarm?.close()
    await this.#access?.close()
    await this.#store?.close()
    this.#parts.closed()
  }

  /** In a turn of its own: a listener that throws must not do so in the middle of a commit. */
  #tell<Name extends keyof RootPeerEvents>(name: Name, ...event: RootPeerEvents[Name]): void {
    queueMicrotask(() => this.emit(name, ...(event as never)))
  }

  #watch(store: Store): void {
    mend(store, {
      tell: {
        failed: (error) => {
          if (store.failed !== null) this.#parts.failed('store')
          this.emit('failed', { error })
        },
        peers: (standing) => this.#peers?.notify(standing),
        readOnly: (error) => this.emit('read-only', { error }),
        writable: () => this.emit('writable')
      },
      reopen: () => this.#reopen(),
      closing: () => this.#closing !== null
    })
  }

  /** After a write that failed for want of space the store must be opened anew; clients come back by themselves. */
  async #reopen(): Promise<void> {
    await this.#peers?.dismiss(unavailable())
    await this.#parts.open('rooms', async () => {
      await this.#rooms?.reopen(() => this.#parts.open('store', async () => this.#store?.reopen()))
    })
  }
}
