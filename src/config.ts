// The configuration of a root peer, checked once at the edge. The core never reads the environment.

import path from 'node:path'
import * as v from 'valibot'
import { ENTRIES } from './entries.ts'
import type { AccessMode } from './entries.ts'
import { badConfig } from './errors.ts'
import type { Retention } from './protocol/retention.ts'

/** What a root peer is started with. */
export interface RootPeerConfig {
  /** The data folder; made if missing, and used by one process at a time. */
  storage: string
  /** DHT nodes to begin with, as HOST:PORT; the public DHT if none are given. */
  bootstrap?: readonly string[]
  /** Address to bind the UDP socket to; all if not given. */
  host?: string
  /** UDP port; 49737 if free, else any, if not given. */
  port?: number
  /** Name of a private fleet; clients must use the same. */
  network?: string
  /** False: acknowledge before the write is durable. Clients are told. Default true. */
  fsync?: boolean
  /**
   * Connections that one address may have; 256 unless given. Peers behind one NAT, or that come through
   * one relay, share an address.
   */
  connectionsPerAddress?: number
  /** Who may open rooms; `open` unless given. */
  access?: AccessMode
  /** Keys, in z32 or hex, that may use it with `allowlist`. */
  allow?: readonly string[]
  /** Bytes that all rooms may take together; a share of the disk unless given. See docs/CONFIGURATION.md. */
  maxStorage?: number
  bytesPerRoom?: number
  messagesPerRoom?: number
  bytesPerKey?: number
  roomsPerKey?: number
  bytesPerAddress?: number
  roomsPerAddress?: number
  connectionsPerKey?: number
  messagesPerDay?: number
  messagesPerSecond?: number
  bytesPerSecond?: number
  /** Profiles of people that are kept, 0 for no directory; 10,000 unless given. */
  directoryMax?: number
  /** Rooms that are announced on the DHT, 0 for none; 32 unless given. */
  announcedRooms?: number
  /** Days for which messages are kept, 0 for ever; 90 unless given. A room's owner may want less. */
  retentionDays?: number
  /** Bytes, and messages, that a room keeps, the newest; 0 for no bound, as unless given. */
  retentionBytes?: number
  retentionMessages?: number
  /** The data folder is a copy or a restored backup, and that is meant. */
  restored?: boolean
  /** Milliseconds since 1970; `Date.now` unless given. */
  now?: () => number
}

const DAY_MS = 86_400_000

/** The longest that anything is kept. */
export function retentionOf(config: RootPeerConfig): Retention {
  return {
    ageMs: (config.retentionDays ?? ENTRIES.retentionDays.byDefault) * DAY_MS,
    bytes: config.retentionBytes ?? 0,
    messages: config.retentionMessages ?? 0
  }
}

/** How many profiles are kept; 0 for no directory. */
export function directoryMaxOf({ directoryMax }: RootPeerConfig): number {
  return directoryMax ?? ENTRIES.directoryMax.byDefault
}

/** How many rooms are announced; 0 for none. */
export function announcedRoomsOf({ announcedRooms }: RootPeerConfig): number {
  return announcedRooms ?? ENTRIES.announcedRooms.byDefault
}

const schema = v.strictObject({
  storage: ENTRIES.storage.schema,
  bootstrap: v.optional(ENTRIES.bootstrap.schema),
  host: v.optional(ENTRIES.host.schema),
  port: v.optional(ENTRIES.port.schema),
  network: v.optional(ENTRIES.network.schema),
  fsync: v.optional(ENTRIES.fsync.schema),
  connectionsPerAddress: v.optional(ENTRIES.connectionsPerAddress.schema),
  access: v.optional(ENTRIES.access.schema),
  allow: v.optional(ENTRIES.allow.schema),
  maxStorage: v.optional(ENTRIES.maxStorage.schema),
  bytesPerRoom: v.optional(ENTRIES.bytesPerRoom.schema),
  messagesPerRoom: v.optional(ENTRIES.messagesPerRoom.schema),
  bytesPerKey: v.optional(ENTRIES.bytesPerKey.schema),
  roomsPerKey: v.optional(ENTRIES.roomsPerKey.schema),
  bytesPerAddress: v.optional(ENTRIES.bytesPerAddress.schema),
  roomsPerAddress: v.optional(ENTRIES.roomsPerAddress.schema),
  connectionsPerKey: v.optional(ENTRIES.connectionsPerKey.schema),
  messagesPerDay: v.optional(ENTRIES.messagesPerDay.schema),
  messagesPerSecond: v.optional(ENTRIES.messagesPerSecond.schema),
  bytesPerSecond: v.optional(ENTRIES.bytesPerSecond.schema),
  directoryMax: v.optional(ENTRIES.directoryMax.schema),
  announcedRooms: v.optional(ENTRIES.announcedRooms.schema),
  retentionDays: v.optional(ENTRIES.retentionDays.schema),
  retentionBytes: v.optional(ENTRIES.retentionBytes.schema),
  retentionMessages: v.optional(ENTRIES.retentionMessages.schema),
  restored: v.optional(v.boolean()),
  now: v.optional(v.function())
})

/**
 * The configuration, whole and frozen.
 *
 * @throws `CONFIG`, naming everything that is wrong at once.
 */
export function parseConfig(config: RootPeerConfig): Readonly<RootPeerConfig> {
  const result = v.safeParse(schema, config)
  if (!result.success) {
    const wrong = result.issues.map(
      (issue) => `${v.getDotPath(issue) ?? 'config'}: ${issue.message}`
    )
    throw badConfig(`the configuration is wrong: ${[...new Set(wrong)].join('; ')}`)
  }
  return Object.freeze({ ...config, storage: path.resolve(config.storage) })
}
