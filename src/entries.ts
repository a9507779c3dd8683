// Every entry of the configuration, in one table: what it is for, what it may be, what it is called in
// the file, the environment and on the command line. Flags, checks, help and docs are made from it.
// Never reads a file, a variable or a flag.

import { isIP, isIPv4 } from 'node:net'
import type * as v from 'valibot'
import { ACCESS_ENTRIES } from './access-entries.ts'
import type { Entry } from './entry-kinds.ts'
import {
  isAddress,
  isHostName,
  isNetworkName,
  list,
  NETWORK_LETTERS_MAX,
  oneOf,
  onOff,
  portKind,
  text,
  whole
} from './entry-kinds.ts'
import { limits } from './limits.ts'

export type { Entry, EntryValue } from './entry-kinds.ts'
export type { AccessMode } from './access-entries.ts'

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
const DAY_S = 86_400
const RETENTION_DAYS_MAX = 36_500

export const ENTRIES = {
  storage: {
    ...text('a folder', (folder) => folder.trim() !== '' && !folder.includes('\0')),
    help: 'The data folder, made if missing',
    byDefault: './storage',
    flag: 'storage',
    short: 's',
    value: 'DIR',
    env: 'STORAGE_DIR',
    reloadable: false
  },
  bootstrap: {
    ...list('HOST:PORT', isAddress),
    help: 'The DHT nodes to begin with',
    byDefault: undefined,
    unset: 'the public DHT',
    flag: 'bootstrap',
    value: 'HOST:PORT',
    flagHelp: 'A DHT node to begin with',
    env: 'ROOT_PEER_BOOTSTRAP',
    reloadable: false
  },
  host: {
    ...text('an IPv4 address', isIPv4), // the DHT knows no others
    help: 'The address to bind the UDP port to',
    byDefault: undefined,
    unset: 'all, or 127.0.0.1 if every bootstrap node is there',
    flag: 'host',
    value: 'ADDR',
    env: 'ROOT_PEER_HOST',
    reloadable: false
  },
  port: {
    ...portKind,
    help: 'The UDP port',
    byDefault: undefined,
    unset: '49737 if free, else any',
    flag: 'port',
    short: 'p',
    value: 'UDP',
    env: 'ROOT_PEER_PORT',
    reloadable: false
  },
  network: {
    ...text(`a name of at most ${NETWORK_LETTERS_MAX} letters`, isNetworkName),
    help: 'The name of a private fleet; roots and clients must agree on it',
    byDefault: undefined,
    unset: 'none',
    flag: 'network',
    value: 'NAME',
    env: 'ROOT_PEER_NETWORK',
    reloadable: false
  },
  fsync: {
    ...onOff(),
    help: 'Acknowledge a message when the disk has it; false is faster, and a power cut may lose messages. Clients are told',
    byDefault: true,
    flag: 'no-fsync',
    sets: false,
    flagHelp:
      'Acknowledge before the disk has it: faster, and a power cut may lose messages. Clients are told',
    env: 'ROOT_PEER_FSYNC',
    reloadable: false
  },
  connectionsPerAddress: {
    ...whole(1, limits.connectionsMax),
    help: 'Connections that one address may have; peers behind one NAT or relay share an address',
    byDefault: limits.connectionsPerAddress,
    flag: 'connections-per-address',
    value: 'N',
    env: 'ROOT_PEER_CONNECTIONS_PER_ADDRESS',
    reloadable: true
  },
  ...ACCESS_ENTRIES,
  directoryMax: {
    ...whole(0, 1_000_000),
    help: 'Profiles of people that the directory keeps; 0 for no directory',
    byDefault: limits.directoryMax,
    flag: 'directory-max',
    value: 'N',
    env: 'ROOT_PEER_DIRECTORY_MAX',
    reloadable: false
  },
  announcedRooms: {
    ...whole(0, 1024),
    help: 'Rooms that are announced on the DHT, those that were in use last; each costs some 19 requests every ten minutes',
    byDefault: limits.announcedRooms,
    flag: 'announced-rooms',
    value: 'N',
    env: 'ROOT_PEER_ANNOUNCED_ROOMS',
    reloadable: false
  },
  retentionDays: {
    ...whole(0, RETENTION_DAYS_MAX),
    help: 'Days for which messages are kept; 0 for ever. The owner of a room may want less',
    byDefault: 90,
    flag: 'retention-days',
    value: 'DAYS',
    env: 'ROOT_PEER_RETENTION_DAYS',
    reloadable: true
  },
  retentionBytes: {
    ...whole(0, Number.MAX_SAFE_INTEGER),
    help: 'Bytes that a room keeps, the newest; 0 for no bound. The owner of a room may want less',
    byDefault: 0,
    flag: 'retention-bytes',
    value: 'BYTES',
    env: 'ROOT_PEER_RETENTION_BYTES',
    reloadable: true
  },
  retentionMessages: {
    ...whole(0, Number.MAX_SAFE_INTEGER),
    help: 'Messages that a room keeps, the newest; 0 for no bound. The owner of a room may want less',
    byDefault: 0,
    flag: 'retention-messages',
    value: 'N',
    env: 'ROOT_PEER_RETENTION_MESSAGES',
    reloadable: true
  },
  statsInterval: {
    ...whole(0, DAY_S),
    help: 'Seconds between two lines of statistics; 0 for none',
    byDefault: 30,
    flag: 'stats-interval',
    value: 'SECONDS',
    env: 'ROOT_PEER_STATS_INTERVAL',
    reloadable: true
  },
  httpPort: {
    ...portKind,
    help: 'The TCP port of /metrics, /healthz, /readyz and /stats; 0 for none',
    byDefault: 3000,
    flag: 'http-port',
    value: 'TCP',
    env: 'PORT',
    reloadable: false
  },
  httpHost: {
    ...text('an IP address or a host name', (host) => isIP(host) !== 0 || isHostName(host)),
    help: 'The address of that port, which has no password',
    byDefault: '127.0.0.1',
    flag: 'http-host',
    value: 'ADDR',
    env: 'ROOT_PEER_HTTP_HOST',
    reloadable: false
  },
  logLevel: {
    ...oneOf(LOG_LEVELS),
    help: 'The least that is logged: error, warn, info or debug',
    byDefault: 'info',
    flag: 'log-level',
    value: 'LEVEL',
    env: 'ROOT_PEER_LOG_LEVEL',
    reloadable: true
  }
} as const satisfies Record<string, Entry>

export type EntryName = keyof typeof ENTRIES
export type LogLevel = (typeof LOG_LEVELS)[number]

type Value<E extends Entry> = E extends { schema: v.GenericSchema<unknown, infer Out> }
  ? Out | (E['byDefault'] extends undefined ? undefined : never)
  : never

/** A value for each entry; undefined where nothing is set and there is no default. */
export type EntryValues = { readonly [Name in EntryName]: Value<(typeof ENTRIES)[Name]> }

export const ENTRY_NAMES = Object.keys(ENTRIES) as EntryName[]

/** The entry of this name, with what only some of them have. */
export function entryOf(name: EntryName): Entry {
  return ENTRIES[name]
}

/** What holds when nobody says anything, for people. */
export function defaultOf(name: EntryName): string {
  const { byDefault, unset, show = String } = entryOf(name)
  return unset ?? (typeof byDefault === 'number' ? show(byDefault) : String(byDefault))
}

export function isEntry(name: string): name is EntryName {
  return Object.hasOwn(ENTRIES, name)
}
