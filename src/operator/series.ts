// The Prometheus series of our own, as a table of name, help, type and getter, in a registry of their own.
// Every counter of the parts has one. Never a number that is not in the stats.

import { Counter, Gauge, Registry } from 'prom-client'
import type { Counters } from '../counters.ts'
import type { Stats } from './stats.ts'

interface Series {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  /** Null: not known, which Prometheus calls NaN. */
  readonly get: (stats: Stats) => number | null
}

const PREFIX = 'root_peer_'

const counterSeries: Readonly<
  Record<keyof Counters, { name: string; help: string; perUnit?: number }>
> = {
  connectionsAccepted: {
    name: 'connections_accepted_total',
    help: 'Connections taken over, before anything was known of the peer'
  },
  connectionsRefused: {
    name: 'connections_refused_total',
    help: 'Connections turned away at once: too many, or too many of one address'
  },
  violations: { name: 'violations_total', help: 'Peers that broke a rule and were cut off' },
  roomsGranted: { name: 'rooms_granted_total', help: 'Room channels that were let in' },
  roomsDenied: { name: 'rooms_denied_total', help: 'Room channels that were turned away' },
  commits: {
    name: 'commits_total',
    help: 'Commits: each is one append and takes part in one sync'
  },
  framesStored: { name: 'frames_stored_total', help: 'Frames that were stored' },
  framesRefused: {
    name: 'frames_refused_total',
    help: 'Frames that were refused; nothing of them was stored'
  },
  framesLost: {
    name: 'frames_lost_total',
    help: 'Frames whose outcome nobody knows, because the store failed'
  },
  pagesServed: { name: 'pages_served_total', help: 'Pages sent to readers' },
  messagesServed: { name: 'messages_served_total', help: 'Messages in the pages sent to readers' },
  bytesServed: { name: 'bytes_served_total', help: 'Bytes of the pages sent to readers' },
  broadcastsSent: {
    name: 'broadcasts_sent_total',
    help: 'Broadcasts passed on, times their receivers'
  },
  filesStored: { name: 'files_stored_total', help: 'Entries of files that were stored' },
  fileBytesStored: { name: 'file_bytes_stored_total', help: 'Bytes of content that were stored' },
  fileBytesServed: { name: 'file_bytes_served_total', help: 'Bytes of content sent to readers' },
  profilesPublished: {
    name: 'profiles_published_total',
    help: 'Profiles of people that were accepted'
  },
  profilesRefused: {
    name: 'profiles_refused_total',
    help: 'Profiles of people that were refused'
  },
  syncs: { name: 'syncs_total', help: 'Syncs of the disk' },
  syncMs: {
    name: 'sync_seconds_total',
    help: 'Time that the syncs of the disk took',
    perUnit: 1000
  }
}

const table: readonly Series[] = [
  {
    name: 'messages_stored_total',
    help: 'Messages ever stored, through every restart',
    type: 'counter',
    get: ({ messages }) => messages
  },
  {
    name: 'bytes_stored',
    help: 'Bytes ever stored, as they are in the logs of the rooms',
    type: 'gauge',
    get: ({ bytes }) => bytes
  },
  {
    name: 'messages_kept',
    help: 'Messages that are kept: not expired, and not deleted',
    type: 'gauge',
    get: ({ messagesKept }) => messagesKept
  },
  {
    name: 'bytes_kept',
    help: 'Bytes that are kept, as they are in the logs of the rooms',
    type: 'gauge',
    get: ({ bytesKept }) => bytesKept
  },
  { name: 'rooms', help: 'Rooms that are kept', type: 'gauge', get: ({ rooms }) => rooms },
  {
    name: 'rooms_open',
    help: 'Rooms that are open now',
    type: 'gauge',
    get: ({ roomsOpen }) => roomsOpen
  },
  {
    name: 'peers_connected',
    help: 'Peers that have spoken the protocol and are connected now',
    type: 'gauge',
    get: ({ peers }) => peers
  },
  {
    name: 'connections',
    help: 'All connections now, also those of strangers that said nothing yet',
    type: 'gauge',
    get: ({ connections }) => connections
  },
  {
    name: 'people_kept',
    help: 'People whose profile the directory keeps, or whose last one it remembers; NaN without a directory',
    type: 'gauge',
    get: ({ people }) => people?.kept ?? null
  },
  {
    name: 'people_listed',
    help: 'People of the directory who asked to be listed',
    type: 'gauge',
    get: ({ people }) => people?.listed ?? null
  },
  {
    name: 'people_here',
    help: 'Identities that have proven to be connected now',
    type: 'gauge',
    get: ({ people }) => people?.here ?? null
  },
  {
    name: 'uptime_seconds',
    help: 'Time since this process started',
    type: 'gauge',
    get: ({ uptimeMs }) => uptimeMs / 1000
  },
  {
    name: 'online',
    help: 'Whether a node of the DHT answers; NaN while that is not known',
    type: 'gauge',
    get: ({ online }) => (online === null ? null : Number(online))
  },
  {
    name: 'writable',
    help: 'Whether anything can be stored now; 0 when the disk is full',
    type: 'gauge',
    get: ({ writable }) => Number(writable)
  },
  {
    name: 'durable',
    help: 'Whether what is acknowledged survives a power cut; 0 with --no-fsync',
    type: 'gauge',
    get: ({ durable }) => Number(durable)
  },
  {
    name: 'disk_used_bytes',
    help: 'What the data folder takes on the disk',
    type: 'gauge',
    get: ({ disk }) => disk?.usedBytes ?? null
  },
  {
    name: 'disk_free_bytes',
    help: 'What is left of the file system that the data folder is on',
    type: 'gauge',
    get: ({ disk }) => disk?.freeBytes ?? null
  },
  {
    name: 'disk_reserve_bytes',
    help: 'With less left than this, nothing is stored',
    type: 'gauge',
    get: ({ disk }) => disk?.reserveBytes ?? null
  },
  {
    name: 'disk_full_in_days',
    help: 'Days until only the reserve is left; NaN if unknown, or it does not fill',
    type: 'gauge',
    get: ({ disk }) => disk?.fullInDays ?? null
  },
  {
    name: 'disk_bytes_per_day',
    help: 'Bytes by which the data folder grows in a day, over an hour to seven days; NaN before there is an hour',
    type: 'gauge',
    get: ({ growth }) => growth?.diskBytesPerDay ?? null
  },
  {
    name: 'messages_per_day',
    help: 'Messages that a day brings, over an hour to seven days; NaN before there is an hour',
    type: 'gauge',
    get: ({ growth }) => growth?.messagesPerDay ?? null
  },
  {
    name: 'bytes_per_day',
    help: 'Bytes in the logs that a day brings, over an hour to seven days; NaN before there is an hour',
    type: 'gauge',
    get: ({ growth }) => growth?.bytesPerDay ?? null
  },
  ...Object.entries(counterSeries).map(([key, { name, help, perUnit = 1 }]): Series => ({
    name,
    help: `${help}, since this process started`,
    type: 'counter',
    get: ({ counters }) => counters[key as keyof Counters] / perUnit
  }))
]

/** Our own series, out of one snapshot. */
export class OwnSeries {
  readonly #registry = new Registry()
  readonly #setters: readonly ((stats: Stats) => void)[]

  constructor(version: string) {
    const registers = [this.#registry]
    new Gauge({
      name: `${PREFIX}info`,
      help: 'The version that runs',
      labelNames: ['version'],
      registers
    }).set({ version }, 1)
    this.#setters = table.map(({ name, help, type, get }) => {
      const options = { name: PREFIX + name, help, registers }
      if (type === 'gauge') {
        const gauge = new Gauge(options)
        return (stats) => gauge.set(get(stats) ?? NaN)
      }
      const counter = new Counter(options)
      return (stats) => {
        counter.reset()
        counter.inc(get(stats) ?? 0)
      }
    })
  }

  /** In Prometheus' text format. */
  async text(stats: Stats): Promise<string> {
    for (const set of this.#setters) set(stats) // in one turn: no other snapshot comes between
    return await this.#registry.metrics()
  }
}
