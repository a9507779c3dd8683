// The daemon as a table of contents: store, rooms, files, access, directory, peers, swarm; opened in this
// order and closed in reverse. No logic.

import { shuttingDown, unavailable } from './protocol/errors.ts'
import { announcementOf } from './announcement.ts'
import type { RootPeerConfig } from './config.ts'
import { announcedRoomsOf, directoryMaxOf, parseConfig, retentionOf } from './config.ts'
import type { RootPeerEvents } from './events.ts'
import { mend } from './mending.ts'
import { Standing } from './standing.ts'
import { Store } from './storage/store.ts'
import { Rooms } from './rooms/rooms.ts'
import { Files } from './files/files.ts'
import { FilesPurse } from './access/files-purse.ts'
import { RoomsLedger } from './access/ledger.ts'
import { Access } from './access/access.ts'
import { Directory } from './directory/directory.ts'
import { Peers } from './peers/peers.ts'
import { RoomTopics } from './peers/room-topics.ts'
import { Swarm } from './peers/swarm.ts'

export type { RootPeerConfig } from './config.ts'
export type { RootPeerEvents } from './events.ts'
export type { PartName, PartState, PartStates } from './parts.ts'
export type { Notes } from './storage/notes.ts'
export type { DiskSpace } from './storage/disk.ts'
export type { PeopleCounts } from './directory/directory.ts'
export type { Totals } from './rooms/tally.ts'
export { Counters } from './counters.ts'
export { RootPeerError } from './protocol/errors.ts'

/** What may be changed while it runs; undefined is the default. */
export type Reconfiguration = { [Name in keyof RootPeerConfig]?: RootPeerConfig[Name] | undefined }

export class RootPeer extends Standing {
  #opening: Promise<void> | null = null
  #closing: Promise<void> | null = null

  /** @throws `CONFIG` if the configuration is wrong. */
  constructor(config: RootPeerConfig) {
    super(parseConfig(config))
  }

  /** Changes what can be changed while it runs. Throws `CONFIG` if a value is wrong; then nothing was changed. */
  reconfigure(changes: Reconfiguration): void {
    this.my.config = parseConfig({ ...this.config, ...changes } as RootPeerConfig)
    this.my.peers?.limitAddresses(this.config.connectionsPerAddress)
    this.my.access?.reconfigure(this.config)
    if (this.my.rooms !== null) this.my.rooms.retention = retentionOf(this.config)
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

  async #open(): Promise<void> {
    const { config, counters } = this
    const store = await this.opened.open('store', () =>
      Store.open({
        directory: config.storage,
        fsync: this.durable,
        restored: config.restored ?? false,
        counters,
        oncorestore: (corestore) => this.emit('corestore', corestore)
      })
    )
    this.my.store = store
    this.#watch(store)
    const rooms = await this.opened.open('rooms', () =>
      Rooms.open(
        store,
        {
          registered: (room) => this.#tell('room-registered', { room }),
          stored: (room, messages, bytes, next) => {
            this.my.topics?.active(room)
            this.#tell('messages-stored', { room, messages, bytes, next })
          },
          freed: (room, freed, founder, gone) => {
            void this.my.access?.treasury.freed(room, freed, founder, gone)
            if (gone) this.my.files?.erase(room, founder).catch(() => {}) // the next start does it
            this.#tell('room-freed', { room, ...freed })
          },
          retained: (room) => this.my.peers?.retained(room),
          deleted: (room) => {
            this.my.peers?.deleted(room)
            this.my.topics?.deleted(room)
            this.#tell('room-deleted', { room })
          }
        },
        this.now,
        { counters, retention: retentionOf(config) }
      )
    )
    this.my.rooms = rooms
    const space = new FilesPurse()
    const files = await this.opened.open('files', () =>
      Files.open(store, {
        now: this.now,
        space,
        freed: (bytes) => store.freed(bytes),
        isKept: async (id) => (await rooms.useOf(id)) !== null
      })
    )
    this.my.files = files
    const ledger = new RoomsLedger(rooms, files)
    const access = await this.opened.open('access', () =>
      Access.open(store, { config, ledger, now: this.now })
    )
    this.my.access = access
    space.charge(access.treasury, ledger)
    const most = directoryMaxOf(config)
    const directory = await this.opened.open('directory', async () =>
      most === 0
        ? null
        : Directory.open(store, { most, counters, now: this.now, believed: () => rooms.time })
    )
    this.my.directory = directory
    const peers = await this.opened.open(
      'peers',
      () =>
        new Peers({
          rooms,
          access,
          files,
          directory,
          announcement: () => announcementOf(store, access, directory),
          now: this.now,
          counters,
          connectionsPerAddress: this.config.connectionsPerAddress,
          opened: (room) => this.my.topics?.active(room),
          connected: (peer) => this.#tell('peer-connected', { peer }),
          disconnected: (peer) => this.#tell('peer-disconnected', { peer }),
          violated: (peer, error) => this.#tell('violation', { peer, error })
        })
    )
    this.my.peers = peers
    const swarm = await this.opened.open('swarm', () =>
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
    this.my.swarm = swarm
    const announced = announcedRoomsOf(config)
    const announce = (topic: Uint8Array): (() => void) => swarm.announce(topic)
    const topics = new RoomTopics({ rooms, store, most: announced, announce })
    this.my.topics = topics
    topics.resume().catch(() => {}) // others are announced, as they are opened
    this.emit('ready', { publicKey: this.publicKey })
  }

  async #close(): Promise<void> {
    this.emit('shutdown')
    await this.#opening?.catch(() => {}) // its caller was told
    await this.#closeParts()
  }

  async #closeParts(): Promise<void> {
    this.my.peers?.announceEnd(shuttingDown())
    await this.my.rooms?.close()
    await this.my.files?.close()
    await this.my.peers?.close()
    await this.my.topics?.close()
    await this.my.swarm?.close()
    await this.my.directory?.close()
    await this.my.access?.close()
    await this.my.store?.close()
    this.opened.closed()
  }

  /** In a turn of its own: a listener that throws must not do so in the middle of a commit. */
  #tell<Name extends keyof RootPeerEvents>(name: Name, ...event: RootPeerEvents[Name]): void {
    queueMicrotask(() => this.emit(name, ...(event as never)))
  }

  #watch(store: Store): void {
    mend(store, {
      tell: {
        failed: (error) => {
          if (store.failed !== null) this.opened.failed('store')
          this.emit('failed', { error })
        },
        peers: (standing) => this.my.peers?.notify(standing),
        readOnly: (error) => this.emit('read-only', { error }),
        writable: () => this.emit('writable')
      },
      reopen: () => this.#reopen(),
      closing: () => this.#closing !== null
    })
  }

  /** After a write that failed for want of space the store must be opened anew; clients come back by themselves. */
  async #reopen(): Promise<void> {
    await this.my.peers?.dismiss(unavailable())
    await this.my.files?.rest()
    await this.opened.open('rooms', async () => {
      await this.my.rooms?.reopen(() =>
        this.opened.open('store', async () => this.my.store?.reopen())
      )
    })
  }
}
