// The one set of numbers that every reader gets: log, terminal, systemd, Prometheus, `root-peer stats`.
// Reads the root peer and never steers it. Never counts a message itself: what is exact comes from the root.

import { Busiest } from '../busiest.ts'
import type { Busy } from '../busiest.ts'
import type { Counters } from '../counters.ts'
import { limits } from '../limits.ts'
import { formatKey } from '../protocol/bytes.ts'
import type { PeopleCounts, RootPeer } from '../root-peer.ts'
import { VERSION } from '../version.ts'
import type { Growth, Sample } from './growth.ts'
import { fullInDays, History } from './growth.ts'
import type { Rates } from './meter.ts'
import { listenTo } from './listening.ts'
import { Meter } from './meter.ts'
import { settles } from './patience.ts'
import { short } from './words.ts'

const NOTE = 'operator/growth'
const BUSIEST = 5
/** The data folder is looked through this often at most, whoever asks. */
const DISK_FRESH_MS = 10_000
/** A disk that does not say how full it is keeps nobody waiting for longer. */
const DISK_PATIENCE_MS = 1000

export interface BusyRoom {
  /** Shortened: enough to tell a few apart. */
  room: string
  /** Messages in the last five to ten minutes. */
  messages: number
}

export interface DiskStats {
  /** What the data folder takes. */
  usedBytes: number
  /** What is left of the file system that it is on. */
  freeBytes: number
  /** With less left than this, nothing is stored. */
  reserveBytes: number
  /** Until only the reserve is left, at the pace of `growth`; null if unknown, or it does not fill. */
  fullInDays: number | null
}

/** Times in milliseconds. */
export interface Stats {
  version: string
  /** In z32. */
  publicKey: string
  /** Since 1970. */
  startedAt: number
  uptimeMs: number
  /** Kept; of these, open just now. */
  rooms: number
  roomsOpen: number
  /** Ever stored, through every restart; bytes as they are in the logs. */
  messages: number
  bytes: number
  /** Of these, what is kept: the rest has expired, or was deleted. */
  messagesKept: number
  bytesKept: number
  /** That have spoken the protocol; connections also counts the others. */
  peers: number
  connections: number
  /** Of the directory; null where there is none. */
  people: PeopleCounts | null
  rates: Rates
  /** Null before there is an hour of history. */
  growth: Growth | null
  /** Null if the disk does not say. */
  disk: DiskStats | null
  durable: boolean
  writable: boolean
  /** Whether a node of the DHT answers; null before that is known. */
  online: boolean | null
  busiest: BusyRoom[]
  /** Who sends most: keys, shortened, tickets by their names, and addresses. */
  talkers: Busy[]
  /** Since this process started. */
  counters: { [Name in keyof Counters]: number }
}

export interface StatsOptions {
  root: RootPeer
  /** Milliseconds since 1970, by a clock that may jump. */
  now: () => number
  /** Milliseconds of a clock that never does. */
  clock: () => number
}

export class StatsSource {
  readonly #options: StatsOptions
  readonly #openedAt: number
  readonly #meter: Meter
  readonly #busiest: Busiest
  readonly #stop: () => void
  #known = false
  #history = new History(null)
  #disk: { usedBytes: number; freeBytes: number } | null = null
  #looking: Promise<void> | null = null
  #lookedAt = -Infinity

  constructor(options: StatsOptions) {
    this.#options = options
    this.#openedAt = options.clock()
    this.#meter = new Meter(options.clock)
    this.#busiest = new Busiest(options.clock)
    this.#stop = listenTo(options.root, {
      ready: () => {
        this.#known = true
      },
      'messages-stored': ({ room, messages, bytes }) => {
        this.#meter.add(messages, bytes)
        this.#busiest.add(formatKey(room), messages)
      }
    })
  }

  /** Whether there are any: not before the root peer was ready. A counter that began at 0 would look like a reset. */
  get known(): boolean {
    return this.#known
  }

  /** As of now. They must be known. */
  async read(): Promise<Stats> {
    await this.#look()
    const { root, clock } = this.#options
    const { rooms, messages, bytes, messagesKept, bytesKept } = root.totals
    const growth = this.#disk === null ? null : this.#history.growth(this.#sample(this.#disk))
    return {
      version: VERSION,
      publicKey: formatKey(root.publicKey),
      startedAt: root.startedAt,
      uptimeMs: Math.round(clock() - this.#openedAt),
      rooms,
      roomsOpen: root.roomsOpen,
      messages,
      bytes,
      messagesKept,
      bytesKept,
      peers: root.peersConnected,
      connections: root.connections,
      people: root.people,
      rates: this.#meter.rates(),
      growth,
      disk: this.#diskStats(growth),
      durable: root.durable,
      writable: root.writable,
      online: root.online,
      busiest: this.#busiest
        .top(BUSIEST)
        .map(({ name, messages }) => ({ room: short(name), messages })),
      talkers: root
        .talkers(BUSIEST)
        .map(({ name, messages }) => ({ name: shortly(name), messages })),
      counters: Object.assign({}, root.counters)
    }
  }

  /** Goes on with the history that was kept. */
  async remember(): Promise<void> {
    const kept = (await this.#options.root.notes?.get(NOTE)) ?? null
    this.#history = new History(kept === null ? null : Buffer.from(kept).toString())
  }

  /** Takes the sample of this hour and keeps it, unless there is one. */
  async sample(): Promise<void> {
    await this.#look()
    if (this.#disk === null) return
    if (!this.#history.take(this.#sample(this.#disk))) return
    const { root } = this.#options
    if (root.writable) await root.notes?.set(NOTE, Buffer.from(this.#history.text()))
  }

  close(): void {
    this.#stop()
  }

  #diskStats(growth: Growth | null): DiskStats | null {
    if (this.#disk === null) return null
    const { usedBytes, freeBytes } = this.#disk
    const reserveBytes = limits.diskReserveBytes
    const days = fullInDays({ freeBytes, reserveBytes }, growth)
    return { usedBytes, freeBytes, reserveBytes, fullInDays: days }
  }

  /** Looks at the disk, unless somebody just did; all who ask meanwhile share the answer. */
  async #look(): Promise<void> {
    if (this.#options.clock() - this.#lookedAt < DISK_FRESH_MS) return
    this.#looking ??= this.#lookAtDisk()
    await settles(this.#looking, DISK_PATIENCE_MS)
  }

  async #lookAtDisk(): Promise<void> {
    const { clock, root } = this.#options
    this.#disk = await root.disk().catch(() => null)
    this.#lookedAt = clock()
    this.#looking = null
  }

  #sample({ usedBytes }: { usedBytes: number }): Sample {
    const { messages, bytes } = this.#options.root.totals
    return { at: this.#options.now(), messages, bytes, usedBytes }
  }
}

/** A key shortened; a ticket's name and an address as they are. */
function shortly(name: string): string {
  return /^[a-z0-9]{52}$/.test(name) ? short(name) : name
}
