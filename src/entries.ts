// Every entry of the configuration, in one table: what it is for, what it may be, what it is called in
// the file, the environment and on the command line. Flags, checks, help and docs are made from it.
// Never reads a file, a variable or a flag.

import { isIP, isIPv4 } from 'node:net'
import * as v from 'valibot'
import { limits } from './limits.ts'

/** What an entry may be, and how it is written where there is only text. */
interface Kind<Value> {
  /** In words, to be read after "expected". */
  readonly expects: string
  readonly schema: v.GenericSchema<unknown, Value>
  /** The value of a flag or a variable. What is none stays text, which the schema refuses. */
  readonly read: (text: string) => unknown
  /** A list: its flag may be given more than once, its variable has commas between. */
  readonly many?: boolean
}

export interface Entry extends Kind<EntryValue> {
  /** One sentence, without its full stop. */
  readonly help: string
  /** Undefined: what `unset` says. */
  readonly byDefault: EntryValue | undefined
  /** What it means that there is no value. */
  readonly unset?: string
  readonly flag: string
  /** One letter, as other Holepunch tools have it. */
  readonly short?: string
  /** What stands for its value in help; a flag without one is a switch. */
  readonly value?: string
  /** What a switch sets. */
  readonly sets?: boolean
  /** What help says of the flag, if not the same. */
  readonly flagHelp?: string
  readonly env: string
  /** Takes effect when the process is told to reload; any other at the next start. */
  readonly reloadable: boolean
  /** Never shown: not in an error, not by `root-peer config`. */
  readonly secret?: boolean
}

export type EntryValue = string | number | boolean | readonly string[]

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
const NETWORK_LETTERS_MAX = 128
const DAY_S = 86_400

const portKind = whole(0, 65_535)

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
  const { byDefault, unset } = entryOf(name)
  return unset ?? String(byDefault)
}

export function isEntry(name: string): name is EntryName {
  return Object.hasOwn(ENTRIES, name)
}

function text(expects: string, holds: (text: string) => boolean): Kind<string> {
  const message = `expected ${expects}`
  return {
    expects,
    schema: v.pipe(v.string(message), v.check(holds, message)),
    read: (text) => text
  }
}

function oneOf<const Choice extends string>(choices: readonly Choice[]): Kind<Choice> {
  const expects = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
  return { expects, schema: v.picklist(choices, `expected ${expects}`), read: (text) => text }
}

function whole(least: number, most: number): Kind<number> {
  const expects = `a whole number, ${least} to ${most}`
  const message = `expected ${expects}`
  return {
    expects,
    schema: v.pipe(
      v.number(message),
      v.integer(message),
      v.minValue(least, message),
      v.maxValue(most, message)
    ),
    read: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text)
  }
}

function onOff(): Kind<boolean> {
  const words = new Map([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false]
  ])
  return {
    expects: 'true or false',
    schema: v.boolean('expected true or false'),
    read: (text) => words.get(text.toLowerCase()) ?? text
  }
}

function list(item: string, holds: (text: string) => boolean): Kind<readonly string[]> {
  const expects = `a list of ${item}`
  const message = `expected ${item}`
  return {
    expects,
    schema: v.pipe(
      v.array(v.pipe(v.string(message), v.check(holds, message)), `expected ${expects}`),
      v.minLength(1, `expected at least one ${item}; leave the entry out for none`),
      v.checkItems((each, i, all) => all.indexOf(each) === i, 'it is named twice')
    ),
    read: (text) => text.split(/\s*,\s*/),
    many: true
  }
}

function isAddress(text: string): boolean {
  const [, host = '', port = ''] = /^([^:]+):(\d{1,5})$/.exec(text) ?? []
  return (isIPv4(host) || isHostName(host)) && Number(port) > 0 && Number(port) < 65_536
}

function isNetworkName(name: string): boolean {
  return name.trim() !== '' && name.length <= NETWORK_LETTERS_MAX
}

function isHostName(name: string): boolean {
  return (
    name.length <= 253 && /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i.test(name)
  )
}
