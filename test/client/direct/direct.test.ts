// Members that speak to each other directly: with a root peer, without one, and when it dies between.

import { once } from 'node:events'
import test from 'brittle'
import type HyperDHT from 'hyperdht'
import Hyperswarm from 'hyperswarm'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { ClientOptions, RootPeerClient, Room } from '../../../src/client/client.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import { BroadcastKind } from '../../../src/protocol/broadcast.ts'
import { randomBytes } from '../../../src/protocol/derive.ts'
import { formatKey } from '../../../src/protocol/bytes.ts'
import { toGuest, parseInvite, printInvite } from '../../../src/protocol/invite.ts'
import { names, quick, readAll, sendEach, take, tell, tellAll, World } from '../helpers/world.ts'
import type { Item } from '../helpers/world.ts'

const direct: ClientOptions = { direct: true, waits: quick }
/** No root peer, and no waiting for one. */
const rootless: ClientOptions = { ...direct, discover: false, announce: true }

/** Resolves once a message goes to so many members directly. */
async function linked(room: Room, count = 1): Promise<void> {
  while (room.directPeers < count) await once(room, 'member')
}

/** Resolves once it goes to none. */
async function alone(room: Room): Promise<void> {
  while (room.directPeers > 0) await once(room, 'member')
}

async function rooms(world: World, roots: string[], count = 2): Promise<Room[]> {
  const options = { ...direct, discover: false }
  const first = await world.client(options).createRoom(roots.length === 0 ? {} : { roots })
  const others = Array.from({ length: count - 1 }, () => world.client(options).join(first.invite))
  return [first, ...(await Promise.all(others))]
}

const fromDirect = (items: readonly Item[]): boolean[] =>
  items.map((item) => 'body' in item && item.root === null)

test('members of a room at one root find each other, and pass messages on', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const [ann, ben] = (await rooms(world, [root.key])) as [Room, Room]
  await Promise.all([linked(ann), linked(ben)])
  const reading = ben.read({ follow: true })
  await sendEach(ann, names(3))
  t.alike(tellAll(await take(reading, 3)), names(3))
  t.alike(tellAll(await readAll(ben)), names(3), 'and they are at the root')
})

test('with the root dead, members that are online still talk, and the root gets it all later', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const [ann, ben] = (await rooms(world, [root.key])) as [Room, Room]
  await Promise.all([linked(ann), linked(ben)])
  const [toBen, toAnn] = [ben.read({ follow: true }), ann.read({ follow: true })]
  await sendEach(ann, names(2))
  t.alike(tellAll(await take(toBen, 2)), names(2))

  await root.stop()
  const stored = [ann.send('m2'), ann.send('m3')]
  const items = await take(toBen, 2)
  t.alike(tellAll(items), ['m2', 'm3'])
  t.alike(fromDirect(items), [true, true])
  const [item] = items
  if (item === undefined || !('body' in item)) return t.fail('a message')
  t.alike([item.index, item.storedAt, item.proven], [null, null, true])
  const back = ben.send('b0')
  t.alike(tellAll(await take(toAnn, 1)), ['b0'])

  await root.start()
  await Promise.all([...stored, back])
  await sendEach(ann, ['m4'])
  t.alike(tellAll(await take(toBen, 2)).toSorted(), ['b0', 'm4'], 'nothing twice')
  const log = tellAll(await readAll(ben))
  t.alike(log.toSorted(), ['b0', ...names(5)].toSorted(), 'each once at the root')
  const rest = await readAll(ben, { from: items[1]?.cursor as string })
  t.alike(tellAll(rest).toSorted(), ['b0', 'm4'], 'a cursor from a direct copy reads the rest')
})

test('with no root peer at all members find each other by the room, and talk', async (t) => {
  const world = await World.create(t)
  const sharedKey = randomBytes(32)
  const [ann, ben] = await Promise.all([
    world.client(direct).join({ sharedKey }),
    world.client(direct).join({ sharedKey })
  ])
  const reading = ben.read({ follow: true })
  const first = ann.post('m0')
  await Promise.all([linked(ann), linked(ben)])
  void ann.post('m1').catch(() => {})
  t.alike(tellAll(await take(reading, 2)), ['m0', 'm1'], 'also what waited before they met')
  await first
  void ben.post('b0').catch(() => {})
  const toAnn = ann.read({ follow: true })
  t.alike(tellAll(await take(toAnn, 1)), ['b0'])
})

test('three members: each hears each once, and a broadcast too', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const [ann, ben, cat] = (await rooms(world, [root.key], 3)) as [Room, Room, Room]
  await Promise.all([linked(ann, 2), linked(ben, 2), linked(cat, 2)])
  t.alike(
    ann.members().map(({ online, direct: here, access }) => [online, here, access]),
    [
      [true, true, 'owner'],
      [true, true, 'owner']
    ]
  )
  let heard = 0
  cat.on('broadcast', () => heard++)
  const typing = once(cat, 'broadcast')
  ann.broadcast(BroadcastKind.typing, '1')
  await typing
  const reading = cat.read({ follow: true })
  await sendEach(ann, ['a0'])
  await sendEach(ben, ['b0'])
  t.alike(tellAll(await take(reading, 2)), ['a0', 'b0'])
  t.is(heard, 1, 'by two ways, shown once')
  await root.stop()
  void ann.send('a1').catch(() => {})
  t.alike(tellAll(await take(reading, 1)), ['a1'])
})

test('a member that comes later is offered what waits', async (t) => {
  const world = await World.create(t)
  const sharedKey = randomBytes(32)
  const ann = await world.client(rootless).join({ sharedKey })
  for (const name of names(20)) void ann.send(name).catch(() => {})
  const ben = await world.client(rootless).join({ sharedKey })
  const reading = ben.read({ follow: true })
  t.alike(tellAll(await take(reading, 20)), names(20))
  const again = ben.read({ follow: true })
  t.alike(tellAll(await take(again, 20)), names(20), 'a reader that begins later too')
})

test('direct off: neither dials, nor listens, nor answers', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const ann = await world.client({ direct: true }).createRoom({ roots: [root.key] })
  const ben = await world.client({ direct: false }).join(ann.invite)
  const reading = ben.read({ follow: true })
  const seen = once(ann, 'member')
  await sendEach(ann, names(2))
  const items = await take(reading, 2)
  t.alike(fromDirect(items), [false, false])
  await seen
  t.alike(
    ann.members().map(({ online, direct: here }) => [online, here]),
    [[true, false]]
  )
  t.is(ann.directPeers + ben.directPeers, 0)
})

test('a guest hears members that it finds, and is none', async (t) => {
  const world = await World.create(t)
  const sharedKey = randomBytes(32)
  const [ann, ben] = await Promise.all([
    world.client(rootless).join({ sharedKey }),
    world.client(rootless).join({ sharedKey })
  ])
  await Promise.all([linked(ann), linked(ben)])
  const invite = printInvite(toGuest(parseInvite(ann.invite)))
  const guest = await world.client(rootless).join(invite)
  await linked(guest)
  const reading = guest.read({ follow: true })
  void ann.send('m0').catch(() => {})
  t.alike(tellAll(await take(reading, 1)), ['m0'])
  t.is(ann.members().length, 1, 'it is not among the members')
})

test('asleep nothing is heard; awake what was missed comes', async (t) => {
  const world = await World.create(t)
  const sharedKey = randomBytes(32)
  const client = world.client(rootless)
  const ann = await client.join({ sharedKey })
  const ben = await world.client(rootless).join({ sharedKey })
  const reading = ben.read({ follow: true })
  await Promise.all([linked(ann), linked(ben)])
  await client.suspend()
  await alone(ben)
  void ann.send('m0').catch(() => {})
  await client.resume()
  t.is(tell((await take(reading, 1))[0] as Item), 'm0')
})

test('a member that goes is seen to go', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const [ann, ben] = (await rooms(world, [root.key])) as [Room, Room]
  await Promise.all([linked(ann), linked(ben)])
  ben.close()
  while (ann.members().some(({ online }) => online)) await once(ann, 'member')
  const [member] = ann.members()
  t.alike([member?.online, member?.direct], [false, false])
  t.ok((member?.lastSeen ?? 0) > 0)
})

test('what only a dead root has is waited for, then said, and comes late', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const ann = await world.client(direct).createRoom({ roots: [root.key] })
  await sendEach(ann, names(2))
  await root.stop()
  const ben = await world.client(direct).join(ann.invite)
  const holes: unknown[] = []
  ben.on('hole', ({ from, to }) => holes.push([from, to]))
  const reading = ben.read({ follow: true })
  const sent = ann.send('m2')
  t.alike(tellAll(await take(reading, 1)), ['m2'], 'found by the topic, as no root answers')
  t.alike(holes, [[0, 2]])
  await root.start()
  await sent
  t.alike(tellAll(await take(reading, 2)), ['m0 late', 'm1 late'])
})

test("members meet over their apps' own swarms", async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const swarms = [0, 1].map(() => {
    const swarm = new Hyperswarm({ dht: world.dht.createNode() })
    t.teardown(() => swarm.destroy(), { order: 150, force: true })
    return swarm
  }) as [Hyperswarm, Hyperswarm]
  const [ann, ben] = swarms.map((swarm) => world.client({ ...direct, swarm })) as [
    RootPeerClient,
    RootPeerClient
  ]
  const toAnn = await ann.createRoom({ roots: [root.key] })
  const toBen = await ben.join(toAnn.invite)
  await Promise.all([linked(toAnn), linked(toBen)])
  const reading = toBen.read({ follow: true })
  await toAnn.send('m0')
  t.alike(tellAll(await take(reading, 1)), ['m0'])
  await root.stop()
  void toAnn.send('m1').catch(() => {})
  t.alike(tellAll(await take(reading, 1)), ['m1'])
  toBen.close()
  await alone(toAnn)
  t.ok([...swarms[0].connections].length > 0, "the app's connection is the app's")
})

test('one connection serves all rooms that two members share', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const streams: NoiseSecretStream[] = []
  const nodes = [0, 1].map(() => {
    const node = world.dht.createNode()
    const connect = node.connect.bind(node)
    node.connect = (key, options) => {
      const stream = connect(key, options)
      if (formatKey(key as Uint8Array) !== root.key) streams.push(stream)
      return stream
    }
    return node
  }) as [HyperDHT, HyperDHT]
  const [ann, ben] = nodes.map((dht) => world.client({ ...direct, dht, roots: [root.key] })) as [
    RootPeerClient,
    RootPeerClient
  ]
  const here = await Promise.all([0, 1, 2].map(() => ann.createRoom()))
  const there = await Promise.all(here.map(({ invite }) => ben.join(invite)))
  await Promise.all([...here, ...there].map((room) => linked(room)))
  t.alike(
    here.map(({ directPeers }) => directPeers),
    [1, 1, 1]
  )
  t.is(streams.filter(({ connected, destroying }) => connected && !destroying).length, 1)
})

test('a room that was left and joined again is reached again', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const client = world.client(direct)
  const ann = await client.createRoom({ roots: [root.key] })
  const ben = await world.client(direct).join(ann.invite)
  for (let i = 0; i < 3; i++) {
    const again = i === 0 ? ann : await client.join(ann.invite)
    await Promise.all([linked(again), linked(ben)])
    again.close()
    await alone(ben)
  }
  t.is(ben.members().length, 1)
})

test('only so many rooms are announced; the next begins when one ends', async (t) => {
  const world = await World.create(t)
  const node = world.dht.createNode()
  const announced: string[] = []
  const announce = node.announce.bind(node)
  node.announce = (topic, ...rest) => {
    announced.push(formatKey(topic))
    return announce(topic, ...rest)
  }
  const client = world.client({ ...rootless, dht: node })
  const keys = Array.from({ length: clientLimits.announcedRoomsMax + 1 }, () => randomBytes(32))
  const mine: Room[] = []
  for (const sharedKey of keys) mine.push(await client.join({ sharedKey }))
  const other = world.client(rootless)
  const [first, last] = [keys[0], keys.at(-1)] as [Uint8Array, Uint8Array]
  await linked(await other.join({ sharedKey: first }))
  t.is(new Set(announced).size, clientLimits.announcedRoomsMax)
  mine[0]?.close()
  await linked(await other.join({ sharedKey: last }))
  t.is(new Set(announced).size, clientLimits.announcedRoomsMax + 1)
})

test('what comes directly does not overtake what the root has by then', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const [ann, ben, cat] = (await rooms(world, [root.key], 3)) as [Room, Room, Room]
  await Promise.all([linked(ann, 2), linked(ben, 2), linked(cat, 2)])
  for (let i = 0; i < 10; i++) await (i % 2 === 0 ? ann : ben).send(`m${i}`)
  t.alike(tellAll(await readAll(cat, { from: 0 })), names(10), 'though the shelf has them all')
  t.alike(tellAll(await take(cat.read({ follow: true }), 10)), names(10))
})
