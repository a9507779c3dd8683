// The numbers agree: what clients counted, /stats, /metrics, the line in the log, `root-peer stats`. Also
// after kill -9, in the middle of nothing and in the middle of everything.

import { setTimeout as wait } from 'node:timers/promises'
import test from 'brittle'
import type { Test } from 'brittle'
import { RootPeerClient } from '../../src/client/client.ts'
import type { Room } from '../../src/client/room.ts'
import type { Stats } from '../../src/operator/stats.ts'
import { createDht } from '../helpers/dht.ts'
import type { Daemon } from '../helpers/process.ts'
import { runCommand, startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { freePort, getJson, getMetrics } from './asking.ts'

const ROOMS = 7
const CLIENTS = 3
const MESSAGES = 10_000
const host = '127.0.0.1'

test(
  'after 10,000 messages all agree, and after kill -9, and after more',
  { timeout: 120_000 },
  async (t) => {
    const dht = await createDht(t)
    const port = await freePort()
    const args = [
      ...dht.args,
      '--storage',
      await tmpFolder(t),
      '--http-port',
      String(port),
      '--stats-interval',
      '1'
    ]
    let root = await startDaemon(t, args)
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const client = new RootPeerClient({
          bootstrap: dht.bootstrap,
          host,
          roots: [root.publicKey]
        })
        t.teardown(() => client.close(), { order: 50 })
        await client.ready()
        return client
      })
    )
    const rooms = await Promise.all(
      Array.from({ length: ROOMS }, (_, i) => clientOf(clients, i).createRoom())
    )

    let counted = await sendTo(rooms, MESSAGES)
    t.is(counted, MESSAGES)
    const bytes = await agree(t, port, root, { messages: counted, rooms: ROOMS, peers: CLIENTS })

    await root.kill('SIGKILL')
    root = await startDaemon(t, args)
    const after = await agree(t, port, root, { messages: counted, rooms: ROOMS })
    t.is(after, bytes, 'the bytes are what they were')

    counted += await sendTo(rooms, 500)
    counted += await sendTo([await clientOf(clients, 0).createRoom()], 10)
    await agree(t, port, root, { messages: counted, rooms: ROOMS + 1 })

    // In the middle of everything. Every message was sent once, and none is stored twice in a log that
    // kept its range: so what clients have receipts for is what is there.
    const sending = sendTo(rooms, 3000)
    while ((await statsOf(port)).messages < counted + 500) await wait(5)
    await root.kill('SIGKILL')
    root = await startDaemon(t, args)
    counted += await sending
    await agree(t, port, root, { messages: counted, rooms: ROOMS + 1 })
    t.is((await root.kill('SIGTERM')).code, 0)
    root = await startDaemon(t, args)
    await agree(t, port, root, { messages: counted, rooms: ROOMS + 1 })
  }
)

interface Counted {
  messages: number
  rooms: number
  peers?: number
}

/** All readers say so; resolves with the bytes that they agree on. */
async function agree(t: Test, port: number, root: Daemon, counted: Counted): Promise<number> {
  const stats = await statsOf(port)
  t.is(stats.messages, counted.messages, '/stats: messages')
  t.is(stats.rooms, counted.rooms, '/stats: rooms')
  if (counted.peers !== undefined) t.is(stats.peers, counted.peers, '/stats: peers')

  const metrics = await getMetrics(`http://${host}:${port}`)
  t.is(metrics.get('root_peer_messages_stored_total'), counted.messages, '/metrics: messages')
  t.is(metrics.get('root_peer_rooms'), counted.rooms, '/metrics: rooms')
  t.is(metrics.get('root_peer_bytes_stored'), stats.bytes, '/metrics: bytes')
  t.is(metrics.get('root_peer_messages_kept'), counted.messages, '/metrics: nothing expired')
  t.is(metrics.get('root_peer_bytes_kept'), stats.bytes, '/metrics: bytes kept')
  if (counted.peers !== undefined) {
    t.is(metrics.get('root_peer_peers_connected'), counted.peers, '/metrics: peers')
  }

  const told = await runCommand(t, ['stats', '--json', '--http-port', String(port)])
  t.is(told.code, 0, told.stderr)
  const printed = JSON.parse(told.stdout.toString()) as Stats
  t.alike(numbersOf(printed), numbersOf(stats), 'root-peer stats')

  t.alike(numbersOf(await nextLine(root)), numbersOf(stats), 'the line in the log')
  return stats.bytes
}

function numbersOf({ messages, rooms, bytes }: Stats): Record<string, number> {
  return { messages, rooms, bytes }
}

/** The next line of statistics that it logs. */
async function nextLine(root: Daemon): Promise<Stats> {
  const seen = root.log.length
  while (true) {
    const line = root.log.slice(seen).find(({ msg }) => msg === 'stats')
    if (line !== undefined) return line as unknown as Stats
    await wait(20)
  }
}

async function statsOf(port: number): Promise<Stats> {
  return (await getJson(`http://${host}:${port}/stats`)).body as Stats
}

/** Sends so many messages, to all rooms in turn; resolves with the receipts that came back. */
async function sendTo(rooms: readonly Room[], messages: number): Promise<number> {
  const each = rooms.map(async (room, i) => {
    let receipts = 0
    const share = Math.floor((messages + i) / rooms.length)
    const bodies = Array.from({ length: share }, (_, n) => `message ${n}, of ${share}`)
    for await (const receipt of room.sendAll(bodies)) if (receipt.index >= 0) receipts++
    return receipts
  })
  return (await Promise.all(each)).reduce((sum, receipts) => sum + receipts, 0)
}

function clientOf(clients: readonly RootPeerClient[], i: number): RootPeerClient {
  const client = clients[i % clients.length]
  if (client === undefined) throw new Error('there are no clients')
  return client
}
