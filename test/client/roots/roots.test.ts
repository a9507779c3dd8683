// How a client finds its root peers, and tells them from what else is there.

import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import test from 'brittle'
import type { Test } from 'brittle'
import { parseInvite, printInvite, RootPeerClient } from '../../../src/client/client.ts'
import type { RootPeerError } from '../../../src/client/client.ts'
import HyperDHT from 'hyperdht'
import { formatKey } from '../../../src/protocol/bytes.ts'
import { keysOf } from '../../../src/protocol/invite.ts'
import { discoveryTopic } from '../../../src/protocol/discovery.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import { readAll, tellAll, World } from '../helpers/world.ts'

/** Somebody on the topic who speaks something else. */
async function stranger(
  t: Test,
  world: World,
  speak: (stream: { write(data: string): boolean }) => void,
  topic: Uint8Array = discoveryTopic()
): Promise<string> {
  const keyPair = HyperDHT.keyPair()
  const node = world.dht.createNode()
  const server = node.createServer((stream) => {
    stream.on('error', () => {})
    stream.on('data', () => {})
    speak(stream)
  })
  t.teardown(() => server.close(), { order: 200, force: true })
  await server.listen(keyPair)
  await node.announce(topic, keyPair).finished()
  return formatKey(keyPair.publicKey)
}

const failures = (client: RootPeerClient): { root: string; code: string }[] => {
  const seen: { root: string; code: string }[] = []
  client.on('root-error', ({ root, error }) => seen.push({ root, code: error.code }))
  return seen
}

test('without a key given, the root peer on the topic is found and written into the invite', async (t) => {
  const world = await World.create(t)
  const root = await world.root({ start: false })
  await root.start()
  await root.announced()
  const writer = await world.client().createRoom()
  await writer.send('found')
  t.alike(parseInvite(writer.invite).roots.map(formatKey), [root.key])

  const nameless = printInvite({ ...parseInvite(writer.invite), roots: [] })
  const reader = await world.client().join(nameless)
  t.alike(tellAll(await readAll(reader)), ['found'])
})

test('who speaks JSON on the topic is told apart, and the real one is found', async (t) => {
  const world = await World.create(t)
  const json = await stranger(t, world, (stream) => {
    stream.write(JSON.stringify({ type: 'register', email: 'ann@example.org', port: 4242 }))
  })
  const named = world.client({ roots: [json] })
  const toldOfNamed = once(named, 'root-error')
  await named.createRoom()
  const client = world.client()
  const told = failures(client)
  const searching = once(client, 'searching')
  const creating = client.createRoom()
  await searching
  t.is((await toldOfNamed)[0].error.code, 'NOT_A_ROOT_PEER', 'by its key too')
  t.alike(told, [{ root: json, code: 'NOT_A_ROOT_PEER' }])

  const root = await world.root({ start: false })
  await root.start()
  await root.announced()
  const room = await creating
  await room.send('m0')
  t.alike(tellAll(await readAll(room)), ['m0'])
  t.is(told.length, 1, 'who was told apart is left alone')
})

test('one that keeps silent holds nobody up once another speaks', async (t) => {
  const world = await World.create(t)
  await stranger(t, world, () => {})
  const root = await world.root({ start: false })
  await root.start()
  await root.announced()
  const began = Date.now()
  const room = await world.client().createRoom()
  t.ok(Date.now() - began < 4000, `${Date.now() - began} ms`)
  t.alike(parseInvite(room.invite).roots.map(formatKey), [root.key])
})

test('a root of another version says which', async (t) => {
  const world = await World.create(t)
  const hand = await HandRoot.start(t, world.dht, {
    announcement: { versionMin: 7, versionMax: 9 }
  })
  const client = world.client({ roots: [hand.key] })
  const told = once(client, 'root-error')
  await client.createRoom()
  const [{ error }] = await told
  t.is(error.code, 'VERSION_UNSUPPORTED')
  t.ok(/7 to 9/.test(error.message), error.message)
})

test('a root that is gone while it is greeted is tried again soon', async (t) => {
  const world = await World.create(t)
  const hand = await HandRoot.start(t, world.dht)
  let early = true
  const node = world.dht.createNode()
  const keyPair = HyperDHT.keyPair()
  const server = node.createServer((stream) => {
    stream.on('error', () => {})
    if (early) stream.destroy()
    else hand.greet(stream)
    early = false
  })
  t.teardown(() => server.close(), { order: 200, force: true })
  await server.listen(keyPair)
  const client = world.client({ roots: [formatKey(keyPair.publicKey)] })
  const began = Date.now()
  const room = await client.createRoom()
  t.is((await room.send('m0')).index, 0)
  t.ok(Date.now() - began < 5000)
})

test('a private fleet is found by its name only', async (t) => {
  const world = await World.create(t)
  const root = await world.root({ network: 'fleet', start: false })
  await root.start()
  await root.announced()
  const lost = world.client()
  const searching = once(lost, 'searching')
  lost.createRoom().catch(() => {}) // it is closed while it looks
  await searching
  const room = await world.client({ network: 'fleet' }).createRoom()
  t.alike(parseInvite(room.invite).roots.map(formatKey), [root.key])
})

test('with an invite that names no root, the root that has the room is found, not any root', async (t) => {
  const world = await World.create(t)
  const other = await world.root()
  const has = await world.root({ network: 'elsewhere' }) // discovery never leads there
  const writer = await world.client({ roots: [has.key] }).createRoom()
  await writer.send('m0')
  const invite = parseInvite(writer.invite)
  const { topic } = keysOf(invite)
  await stranger(t, world, () => {}, topic)
  const silent = await stranger(t, world, () => {}, topic)
  const node = world.dht.createNode()
  const announced = async (): Promise<string[]> => {
    const keys: string[] = []
    for await (const { peers } of node.lookup(topic)) {
      for (const { publicKey } of peers) keys.push(formatKey(publicKey))
    }
    return keys
  }
  while (!(await announced()).includes(has.key)) await setTimeout(50)
  t.ok((await announced()).includes(silent))

  const reader = await world.client().join(printInvite({ ...invite, roots: [] }))
  t.alike(tellAll(await readAll(reader)), ['m0'])
  t.alike(
    reader.roots.map(({ root }) => root),
    [has.key]
  )
  t.is(other.peer.connections, 0, 'the other was not even asked')

  await has.peer.rooms.drop(keysOf(invite).id, { keepOut: true })
  while ((await announced()).includes(has.key)) await setTimeout(50)
  t.pass('a room that is gone is announced no more')
})

test('members who look for each other leave their root in peace', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const options = { direct: true, announce: true, roots: [root.key] }
  const ann = world.client(options)
  const errors: string[] = []
  ann.on('member-error', ({ error }) => errors.push(error.code))
  const room = await ann.createRoom()
  await room.send('m0')
  const node = world.dht.createNode()
  const { topic } = keysOf(parseInvite(room.invite))
  const announced = async (): Promise<boolean> => {
    for await (const { peers } of node.lookup(topic)) {
      if (peers.some(({ publicKey }) => formatKey(publicKey) === root.key)) return true
    }
    return false
  }
  while (!(await announced())) await setTimeout(50)
  const ben = world.client(options)
  ben.on('member-error', ({ error }) => errors.push(error.code))
  const his = await ben.join(room.invite)
  await once(his, 'member')
  t.is(root.peer.connections, 2, 'one connection each')
  t.alike(errors, [])
})

test('addresses that are none are a typed error', async (t) => {
  const client = new RootPeerClient({ bootstrap: ['nonsense'] })
  t.is(await client.ready().catch((err: RootPeerError) => err.code), 'NO_NETWORK')
  await client.close()
})
