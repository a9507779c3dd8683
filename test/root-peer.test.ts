import { spawnSync } from 'node:child_process'
import { cpSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import path from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import { discoveryTopic } from '../src/protocol/discovery.ts'
import type { RootPeerError } from '../src/protocol/errors.ts'
import { limits } from '../src/limits.ts'
import { RootPeer } from '../src/root-peer.ts'
import type { RootPeerConfig } from '../src/root-peer.ts'
import { createDht } from './helpers/dht.ts'
import { tmpFolder } from './helpers/tmp.ts'
import { createWorld, newRoom, pullFrom, RawPeer } from './peers/helpers.ts'

const host = '127.0.0.1'
const MiB = 1024 * 1024

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing thrown',
    (err: Partial<RootPeerError>) => err.code ?? 'no code'
  )
}

function create(t: Test, config: RootPeerConfig): RootPeer {
  const root = new RootPeer(config)
  t.teardown(() => root.close(), { order: 500, force: true })
  return root
}

test('a root has one name for ever, and opens and closes once', async (t) => {
  const { bootstrap } = await createDht(t)
  const storage = await tmpFolder(t)
  const first = create(t, { storage, bootstrap, host })
  t.is(first.address, null)
  await t.exception(() => first.publicKey, /not ready/)
  const ready = once(first, 'ready')
  await Promise.all([first.ready(), first.ready()])
  t.alike(await ready, [{ publicKey: first.publicKey }])
  t.is(first.address?.host, host)
  const port = first.address?.port ?? 0
  let shutdowns = 0
  first.on('shutdown', () => shutdowns++)
  await Promise.all([first.close(), first.close()])
  t.is(shutdowns, 1)

  const second = create(t, { storage, bootstrap, host, port })
  await second.ready()
  t.is(second.address?.port, port, 'the port that a firewall has to let through')
  t.alike(second.publicKey, first.publicKey)
  const never = create(t, { storage: await tmpFolder(t), bootstrap, host })
  await t.execution(never.close(), 'one that was never opened')
})

test('a configuration that is wrong is told whole, before anything is touched', async (t) => {
  const wrong = { storage: '', port: 70_000, bootstrap: ['nowhere'], color: 'red' }
  await t.exception(() => new RootPeer(wrong), {
    code: 'CONFIG',
    message: /storage.*bootstrap|bootstrap.*storage/
  })
  for (const each of ['host:', ':1', 'host:0', 'host:65536', 'host:1a', 'host']) {
    await t.exception(() => new RootPeer({ storage: 'x', bootstrap: [each] }), { code: 'CONFIG' })
  }
})

test('what was opened is closed again where the rest does not open', async (t) => {
  const { bootstrap } = await createDht(t)
  const storage = await tmpFolder(t)
  const first = create(t, { storage, bootstrap, host })
  await first.ready()
  const second = create(t, { storage, bootstrap, host })
  t.is(await codeOf(second.ready()), 'STORE_LOCKED')
  await second.close()
  await first.close()
  const third = create(t, { storage, bootstrap, host })
  await third.ready()
  t.alike(third.publicKey, first.publicKey)
})

test('its events tell of rooms and commits', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const registered = once(world.root, 'room-registered')
  const stored = once(world.root, 'messages-stored')
  const room = await (await world.connect()).enter(keys)
  room.append(['one', 'two'])
  t.alike(await registered, [{ room: keys.id }])
  t.alike(await stored, [{ room: keys.id, messages: 2, bytes: 6, next: 2 }])
})

test('what it counts and keeps can be read, and survives it', async (t) => {
  const now = (): number => 1_800_000_000_000
  const storage = await tmpFolder(t)
  const world = await createWorld(t, { storage, now })
  const { root } = world
  t.is(root.startedAt, now())
  t.alike([root.totals.rooms, root.totals.messages, root.totals.bytesKept], [0, 0, 0])
  const { keys } = newRoom()
  const peer = await world.connect()
  const room = await peer.enter(keys)
  t.alike([root.connections, root.peersConnected, root.roomsOpen], [1, 1, 1])
  room.append(['one', 'two'])
  room.append(['three'])
  await room.take('stored')
  await room.take('stored')
  const { totals, counters } = root
  t.alike([totals.rooms, totals.messages, totals.bytes > 0], [1, 3, true])
  t.is(counters.framesStored, 2)
  t.ok(counters.commits > 0 && counters.commits <= 2)
  t.ok(counters.syncs > 0)
  t.alike([root.durable, root.writable], [true, true])
  await root.probe()
  const { usedBytes, freeBytes } = await root.disk()
  t.ok(usedBytes > 0 && freeBytes > 0)
  await root.notes.set('growth', b4a.from('a sample'))
  await root.close()
  t.alike(root.parts, {
    store: 'closed',
    rooms: 'closed',
    files: 'closed',
    access: 'closed',
    directory: 'closed',
    peers: 'closed',
    swarm: 'closed'
  })
  await t.exception(root.probe())

  const again = await world.startRoot({ storage })
  t.alike(again.totals, totals)
  t.alike(await again.notes.get('growth'), b4a.from('a sample'))
  t.is(again.counters.framesStored, 0)
})

test('it tells which part is ready, and hands out corestore and swarm before they are used', async (t) => {
  const { bootstrap } = await createDht(t)
  const root = create(t, { storage: await tmpFolder(t), bootstrap, host })
  const parts = {
    store: 'closed',
    rooms: 'closed',
    files: 'closed',
    access: 'closed',
    directory: 'closed',
    peers: 'closed',
    swarm: 'closed'
  }
  t.alike(root.parts, parts)
  t.alike([root.online, root.writable], [null, false])
  await t.exception(root.probe(), { code: 'STORE_FAILED' })
  await t.exception(root.notes.get('any'), { code: 'STORE_FAILED' })
  const seen: unknown[] = []
  root.on('corestore', (corestore) => seen.push(corestore.cores.size, root.parts))
  root.on('swarm', (swarm) => seen.push(swarm.connections.size, root.parts))
  const online = once(root, 'online')
  await root.ready()
  const open = 'open'
  const kept = { store: open, rooms: open, files: open, access: open, directory: open }
  const ready = { ...kept, peers: open }
  t.alike(seen, [0, { ...parts, store: 'opening' }, 0, { ...ready, swarm: 'opening' }])
  t.alike(root.parts, { ...ready, swarm: open })
  await online
  t.is(root.online, true)

  const second = create(t, { storage: root.config.storage, bootstrap, host })
  t.is(await codeOf(second.ready()), 'STORE_LOCKED')
  t.is(second.parts.store, 'failed')
})

test('what may change while it runs is changed at once, or not at all', async (t) => {
  const world = await createWorld(t)
  world.root.reconfigure({ connectionsPerAddress: 1 })
  t.is(world.root.config.connectionsPerAddress, 1)
  await t.exception(() => world.root.reconfigure({ connectionsPerAddress: 0 }), { code: 'CONFIG' })
  const first = await world.connect()
  await first.greet()
  await (
    await world.connect()
  ).closed
  world.root.reconfigure({ connectionsPerAddress: 2 })
  await (await world.connect()).greet()
  await first.enter(newRoom().keys)
})

test('it is found by the topic of its network, and by no other', async (t) => {
  const dht = await createDht(t)
  const roots: RootPeer[] = []
  for (const network of [undefined, undefined, 'a private fleet']) {
    const root = create(t, {
      storage: await tmpFolder(t),
      bootstrap: dht.bootstrap,
      host,
      ...(network === undefined ? {} : { network })
    })
    const online = once(root, 'online')
    await root.ready()
    await online
    roots.push(root)
  }
  const node = dht.createNode()
  const found = async (network?: string): Promise<string[]> => {
    const keys = new Set<string>()
    for await (const { peers } of node.lookup(discoveryTopic(network))) {
      for (const { publicKey } of peers) keys.add(b4a.toString(publicKey, 'hex'))
    }
    return [...keys]
  }
  const [one, two, three] = roots.map(({ publicKey }) => b4a.toString(publicKey, 'hex'))
  t.alike(new Set(await found()), new Set([one, two]))
  t.alike(await found('a private fleet'), [three])
  t.alike(await found('another'), [])
})

test('with no node of the DHT answering it is ready all the same, and says so', async (t) => {
  // A port that is taken and never answers.
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  const bootstrap = [`${host}:${socket.address().port}`]
  const root = create(t, { storage: await tmpFolder(t), bootstrap, host })
  const offline = once(root, 'offline')
  await root.ready()
  await offline
  t.pass()
})

test('shutting down answers what was accepted, and what was answered is there afterwards', async (t) => {
  const storage = await tmpFolder(t)
  const world = await createWorld(t, { storage })
  const { keys } = newRoom()
  const peers = await Promise.all(Array.from({ length: 8 }, () => world.connect()))
  const rooms = await Promise.all(peers.map((peer) => peer.enter(keys)))
  for (const [i, room] of rooms.entries()) {
    for (let j = 0; j < 100; j++) room.append([`${i}.${j}`])
  }
  await once(world.root, 'messages-stored')
  const start = Date.now()
  await world.root.close()
  t.ok(Date.now() - start < 5000)
  for (const peer of peers) {
    t.is((await peer.notices.take()).code, 'SHUTTING_DOWN')
    await peer.closed
  }

  const again = await world.startRoot({ storage })
  const reader = await RawPeer.over(world.dht.createNode().connect(again.publicKey))
  const room = await reader.enter(keys, pullFrom(0))
  const { next } = await room.granted
  const texts = await room.texts(next)
  t.is(new Set(texts).size, next, 'nothing twice')
  for (const [i, each] of rooms.entries()) {
    const answered = each.waiting('stored')
    const mine = texts.filter((text) => text.startsWith(`${i}.`))
    t.is(mine.length, answered, 'what was answered, and nothing that was refused')
    t.alike(
      mine,
      mine.map((_, j) => `${i}.${j}`)
    )
  }
})

test('a folder that was put back: old readers are told, and the room goes on in a new segment', async (t) => {
  const storage = path.join(await tmpFolder(t), 'store')
  const backup = path.join(await tmpFolder(t), 'backup')
  const world = await createWorld(t, { storage })
  const { keys } = newRoom()
  const before = await (await world.connect()).enter(keys)
  before.append(['kept'])
  await before.take('stored')
  await world.root.close()
  cpSync(storage, backup, { recursive: true })

  const second = await world.startRoot({ storage })
  const connectTo = async (root: RootPeer): Promise<RawPeer> =>
    RawPeer.over(world.dht.createNode().connect(root.publicKey))
  const writer = await (await connectTo(second)).enter(keys)
  writer.append(['lost'])
  const lost = await writer.take('stored')
  const coreKey = (await writer.granted).segments[0]?.coreKey ?? null
  t.is(lost.first, 1)
  await second.close()
  rmSync(storage, { recursive: true })
  cpSync(backup, storage, { recursive: true })

  t.is(await codeOf(world.startRoot({ storage })), 'STORE_COPIED')
  const third = await world.startRoot({ storage, restored: true })
  t.alike(third.publicKey, second.publicKey)
  const cursor = { coreKey, head: lost.head }
  const reader = await (await connectTo(third)).enter(keys, pullFrom(2, cursor))
  t.alike(await reader.take('reset'), { stream: 0, number: 1 })
  const sender = await (await connectTo(third)).enter(keys)
  sender.append(['lost'])
  const stored = await sender.take('stored')
  t.alike([stored.first, stored.segment, stored.head.length, stored.head.fork], [1, 1, 1, 0])
  t.alike(await reader.texts(1), ['lost'])
  const [segments] = [await reader.take('segments')]
  t.alike(
    segments.map(({ start, end }) => [start, end]),
    [
      [0, 1],
      [1, null]
    ]
  )
  const fresh = await (await connectTo(third)).enter(keys, pullFrom(0))
  t.alike(await fresh.texts(2), ['kept', 'lost'])
})

test('a disk that fills up turns it read-only; with room again it writes by itself', async (t) => {
  const folder = await tmpFolder(t)
  // The database reserves a log's length in advance.
  const size = Math.ceil((limits.diskReserveBytes * 1.25) / MiB) + 120
  const options = ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', folder]
  if (spawnSync('mount', options).status !== 0) {
    t.comment('mounting a small disk is not permitted here')
    return t.pass()
  }
  t.teardown(() => spawnSync('umount', [folder]), { order: 2000, force: true })
  const world = await createWorld(t, { storage: path.join(folder, 'store') })
  const { keys } = newRoom()
  const peer = await world.connect()
  const room = await peer.enter(keys)
  room.append(['before'])
  await room.take('stored')

  const filler = path.join(folder, 'filler')
  const readOnly = once(world.root, 'read-only')
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(filler, b4a.alloc(bavail * bsize - limits.diskReserveBytes / 2))
  const [{ error }] = (await readOnly) as [{ error: RootPeerError }]
  t.is(error.code, 'DISK_FULL')
  room.append(['refused'])
  t.is(await room.refused(), 'DISK_FULL')
  t.is((await peer.notices.take()).code, 'DISK_FULL', 'whoever is there is told')
  const late = await world.connect()
  t.is((await late.greet()).writable, false)
  t.is(await late.open(newRoom().keys).denied, 'DISK_FULL', 'no new room')
  const reader = await late.enter(keys, pullFrom(0))
  t.alike(await reader.texts(1), ['before'])

  const writable = once(world.root, 'writable')
  rmSync(filler)
  await writable
  t.is((await peer.notices.take()).code, 'SPACE_AGAIN')
  t.is((await late.notices.take()).code, 'SPACE_AGAIN')
  room.append(['after'], { resume: true })
  t.is((await room.take('stored')).first, 1)
  t.alike(await reader.texts(1), ['after'])
})
