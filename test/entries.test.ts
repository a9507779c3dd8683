import test from 'brittle'
import * as v from 'valibot'
import type { EntryName } from '../src/entries.ts'
import { defaultOf, ENTRY_NAMES, entryOf } from '../src/entries.ts'
import type { RootPeerConfig } from '../src/config.ts'
import { parseConfig } from '../src/config.ts'
import { limits } from '../src/limits.ts'

function holds(name: EntryName, value: unknown): boolean {
  return v.safeParse(entryOf(name).schema, value).success
}

test('every default is a value, and what has none says what that means', (t) => {
  for (const name of ENTRY_NAMES) {
    const { byDefault, unset } = entryOf(name)
    if (byDefault === undefined) t.ok(unset, name)
    else t.ok(holds(name, byDefault), name)
    t.ok(defaultOf(name) !== '')
  }
})

test('names are alike everywhere, and none is there twice', (t) => {
  for (const name of ENTRY_NAMES) {
    const { flag, env, value, sets, help } = entryOf(name)
    const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    t.ok([kebab, `no-${kebab}`].includes(flag), flag)
    const usual = `ROOT_PEER_${kebab.replaceAll('-', '_').toUpperCase()}`
    t.ok([usual, 'STORAGE_DIR', 'PORT'].includes(env), env)
    t.is(value === undefined, sets !== undefined, 'a switch sets something')
    t.absent(help.endsWith('.'))
  }
  for (const key of ['flag', 'env'] as const) {
    t.is(new Set(ENTRY_NAMES.map((name) => entryOf(name)[key])).size, ENTRY_NAMES.length)
  }
})

/** Zero, negative, absurd, or no size at all. */
const sizesWrong = [
  0,
  -1,
  1.5,
  2 ** 51,
  Number.NaN,
  '',
  '0',
  '-1GB',
  '1.5GB',
  '2 PB',
  '9999TiB',
  'GB',
  null
]
const sizesRight = [1, 2 ** 50, '1', '500MB', '2GiB', '2 gib', '1k', '7b']
const amountsWrong = [0, -1, 0.5, 1e13, Infinity, '10', null]
const amountsRight = [1, 1e12]

const wrong: Readonly<Record<EntryName, readonly unknown[]>> = {
  storage: ['', '  ', 'a\0b', 1],
  bootstrap: [
    [],
    'a:1',
    [''],
    ['a'],
    ['a:0'],
    ['a:65536'],
    ['a:1,b:2'],
    [' a:1'],
    ['[::1]:1'],
    ['a:b:1'],
    ['http://a:1'],
    [1]
  ],
  host: ['', 'localhost', '1.2.3', '1.2.3.4 ', '::', 'fe80::1'],
  port: [-1, 65_536, 1.5, Number.NaN, Infinity, '1', null],
  network: ['', ' ', 'x'.repeat(129)],
  fsync: ['true', 1, null],
  connectionsPerAddress: [0, limits.connectionsMax + 1, 2 ** 60, -0.5],
  access: ['', 'closed', 'OPEN', 1],
  allow: [[], ['x'], ['0'.repeat(63)], 'x'],
  maxStorage: sizesWrong,
  bytesPerRoom: sizesWrong,
  messagesPerRoom: amountsWrong,
  bytesPerKey: sizesWrong,
  roomsPerKey: amountsWrong,
  bytesPerAddress: sizesWrong,
  roomsPerAddress: amountsWrong,
  connectionsPerKey: [0, -1, limits.connectionsMax + 1],
  messagesPerDay: amountsWrong,
  messagesPerSecond: amountsWrong,
  bytesPerSecond: sizesWrong,
  directoryMax: [-1, 1_000_001, 0.5, '10'],
  announcedRooms: [-1, 1025, 0.5, '10'],
  retentionDays: [-1, 36_501, 0.5, '90'],
  retentionBytes: [-1, 2 ** 53, 1.5, Infinity],
  retentionMessages: [-1, 2 ** 53, '1'],
  statsInterval: [-1, 86_401, 0.1],
  httpPort: [-1, 65_536, '3000'],
  httpHost: ['', 'a b', '-a', 'a..b', '[::1]'],
  logLevel: ['', 'trace', 'INFO', 3]
}

const right: Readonly<Record<EntryName, readonly unknown[]>> = {
  storage: ['x', '/var/lib/root peer'],
  bootstrap: [['a.example:1', '127.0.0.1:65535']],
  host: ['0.0.0.0', '192.0.2.1'],
  port: [0, 65_535],
  network: ['x', 'x'.repeat(128)],
  fsync: [false],
  connectionsPerAddress: [1, limits.connectionsMax],
  access: ['open', 'tickets', 'allowlist'],
  allow: [['0'.repeat(64), 'y'.repeat(52)]],
  maxStorage: sizesRight,
  bytesPerRoom: sizesRight,
  messagesPerRoom: amountsRight,
  bytesPerKey: sizesRight,
  roomsPerKey: amountsRight,
  bytesPerAddress: sizesRight,
  roomsPerAddress: amountsRight,
  connectionsPerKey: [1, limits.connectionsMax],
  messagesPerDay: amountsRight,
  messagesPerSecond: amountsRight,
  bytesPerSecond: sizesRight,
  directoryMax: [0, 1_000_000],
  announcedRooms: [0, 1024],
  retentionDays: [0, 36_500],
  retentionBytes: [0, 2 ** 53 - 1],
  retentionMessages: [0, 1],
  statsInterval: [0, 86_400],
  httpPort: [0, 65_535],
  httpHost: ['::1', 'localhost', 'stats.example'],
  logLevel: ['error', 'debug']
}

test('a value is what the entry expects, and says so if not', (t) => {
  for (const name of ENTRY_NAMES) {
    for (const value of right[name]) t.ok(holds(name, value), `${name} ${String(value)}`)
    for (const value of wrong[name]) {
      const { issues } = v.safeParse(entryOf(name).schema, value)
      t.ok(issues?.[0].message.startsWith('expected '), `${name} ${String(value)}`)
    }
  }
})

test('text becomes the value that it says, or stays a text that is refused', (t) => {
  const read = (name: EntryName, text: string): unknown => entryOf(name).read(text)
  t.is(read('port', '49737'), 49_737)
  for (const text of ['1e3', '0x10', '-1', '1.5', '', ' 1', '9'.repeat(16)]) {
    t.absent(holds('port', read('port', text)), text)
  }
  t.is(read('fsync', 'False'), false)
  t.is(read('fsync', '1'), true)
  for (const text of ['no', '', 'constructor']) t.absent(holds('fsync', read('fsync', text)), text)
  t.alike(read('bootstrap', 'a:1, b:2'), ['a:1', 'b:2'])
  t.absent(holds('bootstrap', read('bootstrap', 'a:1,')))
})

test('the library is held to the same', async (t) => {
  for (const name of ['bootstrap', 'host', 'port', 'network', 'connectionsPerAddress'] as const) {
    for (const value of right[name]) {
      const config: RootPeerConfig = parseConfig({ storage: 'x', [name]: value })
      t.alike({ value: config[name] }, { value })
    }
    for (const value of wrong[name]) {
      const message = new RegExp(`${name}[.\\d]*: expected`)
      await t.exception(() => parseConfig({ storage: 'x', [name]: value }), { message })
    }
  }
})
