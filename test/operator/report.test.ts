import test from 'brittle'
import { Counters } from '../../src/counters.ts'
import { block, statusLine } from '../../src/operator/report.ts'
import type { Stats } from '../../src/operator/stats.ts'

const DAY = 86_400_000

const quiet: Stats = {
  version: '0.1.0',
  publicKey: 'y'.repeat(52),
  startedAt: 0,
  uptimeMs: 3 * DAY + 4.5 * 3_600_000,
  rooms: 1200,
  roomsOpen: 12,
  people: { kept: 1200, listed: 30, here: 7 },
  messages: 1_234_567,
  bytes: 345_600_000,
  messagesKept: 1_200_000,
  bytesKept: 300_000_000,
  peers: 1,
  connections: 1,
  rates: { windowMs: 59_500, messagesPerSecond: 0, bytesPerSecond: 0 },
  growth: null,
  disk: null,
  durable: true,
  writable: true,
  online: true,
  busiest: [],
  talkers: [],
  counters: new Counters()
}

const busy: Stats = {
  ...quiet,
  people: null,
  connections: 4,
  rates: { windowMs: 59_500, messagesPerSecond: 4.2, bytesPerSecond: 1234 },
  growth: {
    windowMs: 6.9 * DAY,
    messagesPerDay: 12_345,
    bytesPerDay: 6_700_000,
    diskBytesPerDay: 8_000_000
  },
  disk: { usedBytes: 512e6, freeBytes: 2e9, reserveBytes: 64e6, fullInDays: 242.7 },
  busiest: [
    { room: 'yryryryr…', messages: 1500 },
    { room: 'nananana…', messages: 3 }
  ]
}

test('a block for people', (t) => {
  t.is(
    block(quiet),
    [
      '  rooms         1,200 kept, 12 open',
      '  messages      1,234,567, 345.6 MB',
      '  kept          1,200,000 messages, 300.0 MB',
      '  active peers  1',
      '  directory     1,200 people, 30 listed, 7 here',
      '  uptime        3 days 4 hours',
      '  disk          unknown',
      ''
    ].join('\n')
  )
  t.is(
    block({ ...busy, writable: false, online: false, durable: false }),
    [
      '  rooms          1,200 kept, 12 open',
      '  messages       1,234,567, 345.6 MB; now 4.2 messages/s, 1.2 kB/s',
      '  kept           1,200,000 messages, 300.0 MB',
      '  active peers   1 (and 3 connections that said nothing yet)',
      '  uptime         3 days 4 hours',
      '  disk           512.0 MB used, 2.0 GB free, full in 242 days',
      '  growth         12,345 messages, 6.7 MB a day, over 7 days; the data folder grows by 8.0 MB a day',
      '  busiest rooms  yryryryr… 1,500  nananana… 3',
      '  note           read-only: the disk is full',
      '  note           no DHT node answers',
      '  note           not durable (--no-fsync)',
      ''
    ].join('\n')
  )
})

test('a line for systemctl status, the worst first', (t) => {
  t.is(statusLine(quiet), '1,200 rooms, 1,234,567 messages (0/s), 1 peer, up 3 days 4 hours')
  t.is(
    statusLine({ ...busy, writable: false }),
    'read-only: the disk is full, 1,200 rooms, 1,234,567 messages (4.2/s), 1 peer, up 3 days 4 hours, disk full in 242 days'
  )
  const disk = { usedBytes: 1, freeBytes: 1, reserveBytes: 0, fullInDays: 0.4 }
  t.ok(statusLine({ ...busy, disk }).endsWith('disk full in less than a day'))
  t.ok(statusLine({ ...busy, disk: { ...disk, fullInDays: 9999 } }).endsWith('4 hours'), 'far')
})
