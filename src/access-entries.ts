// The entries of the configuration that say who may use a root, and how much. See entries.ts.

import { isKey, list, oneOf, size, whole } from './entry-kinds.ts'
import type { Entry } from './entry-kinds.ts'
import { limits } from './limits.ts'

const ACCESS_MODES = ['open', 'tickets', 'allowlist'] as const
const AMOUNT_MAX = 1e12

export type AccessMode = (typeof ACCESS_MODES)[number]

export const ACCESS_ENTRIES = {
  access: {
    ...oneOf(ACCESS_MODES),
    help: 'Who may open rooms: open, everybody within the quotas; tickets, who holds a ticket; allowlist, the keys on the list',
    byDefault: 'open',
    flag: 'access',
    value: 'MODE',
    env: 'ROOT_PEER_ACCESS',
    reloadable: true
  },
  allow: {
    ...list('KEY', isKey),
    help: 'Keys of peers that may use it with access allowlist, besides those of root-peer allow',
    byDefault: undefined,
    unset: 'none',
    flag: 'allow',
    value: 'KEY',
    flagHelp: 'A key of a peer that may use it with --access allowlist',
    env: 'ROOT_PEER_ALLOW',
    reloadable: true
  },
  maxStorage: {
    ...size(),
    help: 'What all rooms may take together',
    byDefault: undefined,
    unset: '80 % of what the disk had free at the start, and of what was kept',
    flag: 'max-storage',
    value: 'SIZE',
    env: 'ROOT_PEER_MAX_STORAGE',
    reloadable: true
  },
  bytesPerRoom: {
    ...size(),
    help: 'What one room may take',
    byDefault: 4 * 2 ** 30,
    flag: 'bytes-per-room',
    value: 'SIZE',
    env: 'ROOT_PEER_BYTES_PER_ROOM',
    reloadable: true
  },
  messagesPerRoom: {
    ...whole(1, AMOUNT_MAX),
    help: 'Messages that one room may keep',
    byDefault: 10_000_000,
    flag: 'messages-per-room',
    value: 'N',
    env: 'ROOT_PEER_MESSAGES_PER_ROOM',
    reloadable: true
  },
  bytesPerKey: {
    ...size(),
    help: 'What the rooms that one key founded may take; a ticket says its own',
    byDefault: undefined,
    unset: 'a tenth of max-storage',
    flag: 'bytes-per-key',
    value: 'SIZE',
    env: 'ROOT_PEER_BYTES_PER_KEY',
    reloadable: true
  },
  roomsPerKey: {
    ...whole(1, AMOUNT_MAX),
    help: 'Rooms that one key may found; a ticket says its own',
    byDefault: 2000,
    flag: 'rooms-per-key',
    value: 'N',
    env: 'ROOT_PEER_ROOMS_PER_KEY',
    reloadable: true
  },
  bytesPerAddress: {
    ...size(),
    help: 'What the rooms may take that were founded from one address without a ticket',
    byDefault: undefined,
    unset: 'a quarter of max-storage',
    flag: 'bytes-per-address',
    value: 'SIZE',
    env: 'ROOT_PEER_BYTES_PER_ADDRESS',
    reloadable: true
  },
  roomsPerAddress: {
    ...whole(1, AMOUNT_MAX),
    help: 'Rooms that may be founded from one address without a ticket',
    byDefault: 20_000,
    flag: 'rooms-per-address',
    value: 'N',
    env: 'ROOT_PEER_ROOMS_PER_ADDRESS',
    reloadable: true
  },
  connectionsPerKey: {
    ...whole(1, limits.connectionsMax),
    help: 'Connections that one key, or one ticket, may have',
    byDefault: 64,
    flag: 'connections-per-key',
    value: 'N',
    env: 'ROOT_PEER_CONNECTIONS_PER_KEY',
    reloadable: true
  },
  messagesPerDay: {
    ...whole(1, AMOUNT_MAX),
    help: 'Messages that one key may send in a day, and an address eight times as many; a ticket says its own',
    byDefault: 5_000_000,
    flag: 'messages-per-day',
    value: 'N',
    env: 'ROOT_PEER_MESSAGES_PER_DAY',
    reloadable: true
  },
  messagesPerSecond: {
    ...whole(1, AMOUNT_MAX),
    help: 'Messages that one key or ticket may send in a second for long, and an address eight times as many',
    byDefault: 5000,
    flag: 'messages-per-second',
    value: 'N',
    env: 'ROOT_PEER_MESSAGES_PER_SECOND',
    reloadable: true
  },
  bytesPerSecond: {
    ...size(),
    help: 'Bytes that one key or ticket may send in a second for long, and an address eight times as many',
    byDefault: 64 * 2 ** 20,
    flag: 'bytes-per-second',
    value: 'SIZE',
    env: 'ROOT_PEER_BYTES_PER_SECOND',
    reloadable: true
  }
} as const satisfies Record<string, Entry>
