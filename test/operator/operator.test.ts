import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import pino from 'pino'
import { Counters } from '../../src/counters.ts'
import type { OperatorOptions } from '../../src/operator/operator.ts'
import { Operator } from '../../src/operator/operator.ts'
import type { Stats } from '../../src/operator/stats.ts'
import { RootPeer } from '../../src/root-peer.ts'
import { RootPeerClient } from '../../src/client/client.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import { createDht } from '../helpers/dht.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { getJson, getMetrics } from './asking.ts'

const host = '127.0.0.1'

interface Stage {
  root: RootPeer
  operator: Operator
  url: string
  client: () => Promise<RootPeerClient>
  lines: Record<string, unknown>[]
}

/** A root peer that is not ready yet, and its operator side. */
async function stage(t: Test, options: Partial<OperatorOptions> = {}): Promise<Stage> {
  const dht = await createDht(t)
  const { bootstrap } = dht
  const root = new RootPeer({ storage: path.join(await tmpFolder(t), 'store'), bootstrap, host })
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const operator = await Operator.open({
    root,
    log: pino({ level: 'debug' }, { write }),
    http: { host, port: 0, required: true },
    statsIntervalMs: 0,
    print: null,
    systemd: null,
    ...options
  })
  t.teardown(
    async () => {
      await root.close()
      await operator.close()
    },
    { order: 500 }
  )
  const client = async (): Promise<RootPeerClient> => {
    const client = new RootPeerClient({ bootstrap, host, roots: [formatKey(root.publicKey)] })
    t.teardown(() => client.close(), { order: 100 })
    await client.ready()
    return client
  }
  const { port } = operator.address ?? { port: 0 }
  return { root, operator, url: `http://${host}:${port}`, client, lines }
}

test('it can be asked while the root peer opens, and until it is closed', async (t) => {
  const { root, operator, url } = await stage(t)
  const before = await getJson(`${url}/readyz`)
  t.is(before.status, 503)
  t.alike((before.body as { parts: object }).parts, {
    store: 'closed',
    rooms: 'closed',
    files: 'closed',
    access: 'closed',
    directory: 'closed',
    peers: 'closed',
    swarm: 'closed'
  })
  t.is((await getJson(`${url}/healthz`)).status, 200, 'opening may take long')
  t.is((await getJson(`${url}/stats`)).status, 503)
  t.is((await getJson(`${url}/metrics`)).status, 503)

  await root.ready()
  const ready = await getJson(`${url}/readyz`)
  t.is(ready.status, 200, JSON.stringify(ready.body))
  t.is((await getJson(`${url}/healthz`)).status, 200)
  if (root.online === null) await once(root, 'online')
  t.is(((await getJson(`${url}/readyz`)).body as { dht: string }).dht, 'yes')

  await root.close()
  const closing = await getJson(`${url}/readyz`)
  t.is(closing.status, 503)
  t.is((closing.body as { phase: string }).phase, 'closing')
  await operator.close()
  await t.exception.all(fetch(`${url}/readyz`))
})

test('one that is closed before it was ready has no numbers, and says no wrong ones', async (t) => {
  const { root, url, lines } = await stage(t)
  await root.close()
  t.is((await getJson(`${url}/readyz`)).status, 503)
  t.is((await getJson(`${url}/stats`)).status, 503)
  t.is((await getJson(`${url}/metrics`)).status, 503)
  t.absent(lines.some(({ msg }) => msg === 'a page failed'))
})

test('stats say what was stored, and every series is there', async (t) => {
  const { root, url, client } = await stage(t)
  await root.ready()
  const ann = await client()
  const room = await ann.createRoom()
  const bodies = Array.from({ length: 50 }, (_, i) => `message ${i}`)
  for await (const _receipt of room.sendAll(bodies)) void _receipt
  const stats = (await getJson(`${url}/stats`)).body as Stats
  t.is(stats.publicKey, formatKey(root.publicKey))
  t.is(stats.rooms, 1)
  t.is(stats.roomsOpen, 1)
  t.is(stats.messages, 50)
  t.ok(stats.bytes > 50 * 100)
  t.is(stats.peers, 1)
  t.is(stats.connections, 1)
  t.ok(stats.rates.messagesPerSecond > 0)
  t.ok((stats.disk?.usedBytes ?? 0) > 0)
  t.ok((stats.disk?.freeBytes ?? 0) > 0)
  t.is(stats.growth, null, 'too early to tell')
  t.is(stats.busiest.length, 1)
  t.is(stats.busiest[0]?.messages, 50)
  t.ok(/^[a-z0-9]{8}…$/.test(stats.busiest[0]?.room ?? ''))
  t.is(stats.writable, true)
  t.ok(stats.uptimeMs >= 0)
  t.ok(stats.counters.commits >= 1)

  const metrics = await getMetrics(url)
  t.is(metrics.get('root_peer_messages_stored_total'), 50)
  t.is(metrics.get('root_peer_rooms'), 1)
  t.is(metrics.get('root_peer_peers_connected'), 1)
  t.is(metrics.get('root_peer_bytes_stored'), stats.bytes)
  const own = [...metrics.keys()].filter((name) => name.startsWith('root_peer_'))
  t.ok(own.length >= Object.keys(new Counters()).length + 16, `${own.length} of our own`)
  t.ok((metrics.get('hypercore_total_cores') ?? 0) > 0)
  t.is(metrics.get('hyperswarm_server_connections_opened'), 1)
  t.ok(metrics.has('dht_total_queries'))
  t.ok(metrics.has('process_cpu_seconds_total'))
  t.ok(metrics.has('nodejs_eventloop_lag_seconds'))

  const again = await getMetrics(url)
  t.is(again.get('root_peer_messages_stored_total'), 50, 'not added up from scrape to scrape')
})

test('metrics show no address and no key', async (t) => {
  const { root, url, client } = await stage(t)
  await root.ready()
  const ann = await client()
  await (await ann.createRoom()).send('hello')
  const text = await (await fetch(`${url}/metrics`)).text()
  t.absent(/\b127\.0\.0\.1\b/.test(text))
  t.absent(/[ybndrfg8ejkmcpqxot1uwisza345h769]{52}|[0-9a-f]{64}/.test(text))
})

test('a store that hangs is ill, and the pages answer all the same', async (t) => {
  const { root, url } = await stage(t)
  await root.ready()
  t.is((await getJson(`${url}/healthz`)).status, 200)
  root.probe = () => new Promise(() => {})
  root.disk = () => new Promise(() => {})
  await new Promise((resolve) => setTimeout(resolve, 600)) // the last answer is not fresh any more
  const began = performance.now()
  const { status, body } = await getJson(`${url}/healthz`)
  t.is(status, 503)
  t.ok((body as { reason: string }).reason.startsWith('the store has not answered for'))
  t.ok(performance.now() - began < 5000)
  const then = performance.now()
  t.is((await getJson(`${url}/healthz`)).status, 503)
  t.ok(performance.now() - then < 500, 'at once, now that it is known')
  t.is((await getJson(`${url}/stats`)).status, 200)
  t.is((await fetch(`${url}/metrics`)).status, 200)
})

test('a store that fails is ill, unless it is full: then a restart would not help', async (t) => {
  const { root, url } = await stage(t)
  await root.ready()
  root.probe = () => Promise.reject(new Error('gone'))
  t.alike((await getJson(`${url}/healthz`)).body, {
    healthy: false,
    phase: 'ready',
    reason: 'gone'
  })
  Object.defineProperty(root, 'writable', { value: false })
  await new Promise((resolve) => setTimeout(resolve, 600))
  t.is((await getJson(`${url}/healthz`)).status, 200)
  const { body } = await getJson(`${url}/readyz`)
  t.alike((body as { notes: string[] }).notes[0], 'read-only: the disk is full')
})

test('reports come at their interval, and a change of it takes effect', async (t) => {
  const printed: string[] = []
  const { root, operator, lines } = await stage(t, { statsIntervalMs: 50 })
  await root.ready()
  const reports = (): number => lines.filter(({ msg }) => msg === 'stats').length
  while (reports() < 3) await new Promise((resolve) => setTimeout(resolve, 20))
  const line = lines.find(({ msg }) => msg === 'stats') as unknown as Stats
  t.is(line.messages, 0)
  t.is(line.publicKey, formatKey(root.publicKey))
  operator.reconfigure({ statsIntervalMs: 0 })
  await new Promise((resolve) => setTimeout(resolve, 60))
  const before = reports()
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.is(reports(), before, 'none')

  const people = await stage(t, { statsIntervalMs: 30, print: (text) => printed.push(text) })
  await people.root.ready()
  while (printed.length < 1) await new Promise((resolve) => setTimeout(resolve, 20))
  t.ok(/^ {2}rooms +0 kept, 0 open\n {2}messages +0, 0 B\n/.test(printed[0] ?? ''), printed[0])
})

test('a port that is taken: an error if it was asked for, else a warning', async (t) => {
  const other = createServer()
  other.listen(0, host)
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  const http = { host, port }
  const { operator, lines } = await stage(t, { http: { ...http, required: false } })
  t.is(operator.address, null)
  t.ok(lines.some(({ level, msg }) => level === 40 && /no \/metrics/.test(String(msg))))
  await t.exception(stage(t, { http: { ...http, required: true } }), /can't serve HTTP on 127/)
})

test('the history of growth is kept with the store', async (t) => {
  const { root } = await stage(t)
  await root.ready()
  let kept = await root.notes?.get('operator/growth')
  while (kept === null) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    kept = await root.notes?.get('operator/growth')
  }
  const rows = JSON.parse(Buffer.from(kept ?? []).toString()) as number[][]
  t.is(rows.length, 1)
  t.ok(Math.abs((rows[0]?.[0] ?? 0) - Date.now()) < 60_000)
})
