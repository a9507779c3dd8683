// How a root peer stands: what it says of itself to whoever asks, whichever of its parts are open. Owns
// where the parts are kept; opens and closes none.

import { EventEmitter } from 'node:events'
import type { Address } from 'hyperdht'
import type { PeerKey } from './protocol/bytes.ts'
import type { Access } from './access/access.ts'
import type { Busy } from './busiest.ts'
import type { RootPeerConfig } from './config.ts'
import { Counters } from './counters.ts'
import type { Directory, PeopleCounts } from './directory/directory.ts'
import { storeFailed } from './errors.ts'
import type { RootPeerEvents } from './events.ts'
import type { Files } from './files/files.ts'
import type { PartStates } from './parts.ts'
import { Parts } from './parts.ts'
import type { Peers } from './peers/peers.ts'
import type { RoomTopics } from './peers/room-topics.ts'
import type { Swarm } from './peers/swarm.ts'
import type { Rooms } from './rooms/rooms.ts'
import type { Totals } from './rooms/tally.ts'
import { NOTHING_KEPT } from './rooms/tally.ts'
import type { DiskSpace } from './storage/disk.ts'
import type { Notes } from './storage/notes.ts'
import type { Store } from './storage/store.ts'

/** What a root peer is made of; null before it is open. */
interface Pieces {
  config: Readonly<RootPeerConfig>
  store: Store | null
  rooms: Rooms | null
  files: Files | null
  access: Access | null
  directory: Directory | null
  peers: Peers | null
  swarm: Swarm | null
  topics: RoomTopics | null
}

export abstract class Standing extends EventEmitter<RootPeerEvents> {
  /** What happened since it was made; only read it. */
  readonly counters: Counters = new Counters()
  /** When it was made, in milliseconds since 1970. */
  readonly startedAt: number
  /** Small values that whoever watches over this root keeps with it. */
  readonly notes: Pick<Notes, 'get' | 'set'> = {
    get: async (name) => this.openStore.notes.get(name),
    set: async (name, value) => this.openStore.notes.set(name, value)
  }
  protected readonly now: () => number
  protected readonly opened: Parts = new Parts()
  protected readonly my: Pieces

  constructor(config: Readonly<RootPeerConfig>) {
    super()
    const kept = { store: null, rooms: null, files: null, access: null, directory: null }
    this.my = { config, ...kept, peers: null, swarm: null, topics: null }
    this.now = config.now ?? Date.now
    this.startedAt = this.now()
  }

  get config(): Readonly<RootPeerConfig> {
    return this.my.config
  }

  /** This root's name; the same after every restart. Known once `ready`. */
  get publicKey(): PeerKey {
    if (this.my.store === null) throw new Error('not ready yet')
    return this.my.store.keyPair.publicKey as PeerKey
  }

  /** Where the DHT node listens; null before `ready`. */
  get address(): Address | null {
    return this.my.swarm?.address ?? null
  }

  /** Which part is ready, and which is not. */
  get parts(): PartStates {
    return this.opened.states
  }

  /** Whether a node of the DHT answers; null while that is not known. */
  get online(): boolean | null {
    return this.my.swarm?.online ?? null
  }

  /** Whether what is acknowledged survives a power cut. */
  get durable(): boolean {
    return this.config.fsync ?? true
  }

  /** Whether anything can be stored now. */
  get writable(): boolean {
    return this.my.store?.writable ?? false
  }

  /** What was ever stored here, and what is kept of it; zeros until the rooms are open. */
  get totals(): Readonly<Totals> {
    return this.my.rooms?.totals ?? NOTHING_KEPT
  }

  /** Rooms that are open now. */
  get roomsOpen(): number {
    return this.my.rooms?.size ?? 0
  }

  /** Who may use it, and how much; what an operator changes while it runs. */
  get access(): Access {
    if (this.my.access === null) throw storeFailed('it is not open')
    return this.my.access
  }

  /** What an operator does to rooms while it runs. */
  get rooms(): Pick<Rooms, 'drop' | 'allow' | 'keptOut'> {
    if (this.my.rooms === null) throw storeFailed('it is not open')
    return this.my.rooms
  }

  /** People in the directory; null where none is kept, or it is not open. */
  get people(): PeopleCounts | null {
    return this.my.directory?.counts ?? null
  }

  /** Who sent most in the last minutes. */
  talkers(count: number): Busy[] {
    return this.my.access?.talkers(count) ?? []
  }

  /** All connections. */
  get connections(): number {
    return this.my.peers?.size ?? 0
  }

  /** Connections of peers: they have spoken the protocol. */
  get peersConnected(): number {
    return this.my.peers?.connected ?? 0
  }

  /**
   * Asks the store whether it answers: it reads, and where it is durable, syncs. It may never resolve.
   *
   * @throws if the store is not open, or has failed
   */
  async probe(): Promise<void> {
    await this.openStore.probe()
  }

  /**
   * What the data folder takes on its disk, and what is free there. Looks at every file: not for every message.
   *
   * @throws if the store is not open
   */
  async disk(): Promise<DiskSpace> {
    return this.openStore.space()
  }

  protected get openStore(): Store {
    if (this.my.store === null) throw storeFailed('it is not open')
    return this.my.store
  }
}
