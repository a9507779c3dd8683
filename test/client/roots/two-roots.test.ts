// A room whose invite names two roots: written to both, read from both, each message once.

import test from 'brittle'
import type { Test } from 'brittle'
import type { RootPeerError } from '../../../src/client/client.ts'
import type { Room } from '../../../src/client/room.ts'
import { keysOf, parseInvite, printInvite } from '../../../src/protocol/invite.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import { names, readAll, sendEach, take, tell, tellAll, World } from '../helpers/world.ts'
import type { TestRoot } from '../helpers/world.ts'
import { Writer } from '../helpers/writer.ts'

interface Scene {
  world: World
  roots: [TestRoot, TestRoot]
  writer: Room
}

async function open(t: Test): Promise<Scene> {
  const world = await World.create(t)
  const roots: [TestRoot, TestRoot] = [await world.root(), await world.root()]
  const writer = await world.client().createRoom({ roots: roots.map(({ key }) => key) })
  return { world, roots, writer }
}

/** What one root alone has, as a client sees it that knows no other. */
async function at(scene: Scene, root: TestRoot): Promise<string[]> {
  const invite = parseInvite(scene.writer.invite)
  const { world } = scene
  const client = world.client({ roots: [root.key] })
  const room = await client.join(printInvite({ ...invite, roots: [] }))
  const told = tellAll(await readAll(room))
  await client.close()
  return told
}

test('both roots get all, a reader sees each message once', async (t) => {
  const scene = await open(t)
  const { world, roots, writer } = scene
  await sendEach(writer, names(300))
  const reader = await world.client().join(writer.invite)
  t.alike(tellAll(await readAll(reader)), names(300))
  for (const root of roots) {
    while ((await at(scene, root)).length < 300); // the second root may still be storing
    t.alike(await at(scene, root), names(300))
  }
})

test('one root dies and comes back: nothing is missed and nothing doubled', async (t) => {
  const scene = await open(t)
  const { world, roots, writer } = scene
  const reader = await world.client().join(writer.invite)
  const following = reader.read({ follow: true })
  await sendEach(writer, names(10))
  t.alike(tellAll(await take(following, 10)), names(10))

  await roots[0].stop()
  await sendEach(writer, names(10, 10))
  t.alike(tellAll(await take(following, 10)), names(10, 10), 'the other one serves')

  await roots[0].start()
  await sendEach(writer, names(10, 20))
  t.alike(tellAll(await take(following, 10)), names(10, 20))
  while ((await at(scene, roots[0])).length < 30);

  await roots[1].stop()
  await sendEach(writer, names(5, 30))
  t.alike(tellAll(await take(following, 5)), names(5, 30), 'read on from the one that was away')
  await following.return(undefined)
  t.alike(await at(scene, roots[0]), names(35), 'it was given what it had missed')
})

test('a cursor of two roots reads the rest, at every position', async (t) => {
  const scene = await open(t)
  const { world, writer } = scene
  const other = await world.client().join(writer.invite)
  for (let i = 0; i < 4; i++) {
    await Promise.all([sendEach(writer, names(2, 2 * i)), sendEach(other, names(2, 2 * i, 'o'))])
  }
  while ((await at(scene, scene.roots[0])).length + (await at(scene, scene.roots[1])).length < 32);
  const reader = await world.client().join(writer.invite)
  const whole = await readAll(reader)
  t.is(whole.length, 16)
  for (const [i, { cursor }] of whole.entries()) {
    const rest = tellAll(await readAll(reader, { from: cursor }))
    t.alike(rest.sort(), tellAll(whole.slice(i + 1)).sort(), `after ${i}`)
  }
})

test('a number means nothing with two roots, whenever they become known', async (t) => {
  const { world, writer } = await open(t)
  await writer.send('m0')
  const reader = await world.client().join(writer.invite)
  const early = readAll(reader, { from: 0 }).catch((err: RootPeerError) => err.code)
  t.is(await early, 'BAD_CURSOR')
  t.is(await readAll(reader, { from: 0 }).catch((err: RootPeerError) => err.code), 'BAD_CURSOR')
})

test('a root that can not be reached does not keep a read from ending', async (t) => {
  const { world, roots, writer } = await open(t)
  await sendEach(writer, names(3))
  await roots[1].stop()
  const reader = await world.client().join(writer.invite)
  t.alike(tellAll(await readAll(reader)), names(3))
})

test('a root that is away for long slows nobody down', async (t) => {
  const { roots, writer } = await open(t)
  await writer.send('first')
  await roots[1].stop()
  const began = Date.now()
  let count = 0
  for await (const _ of writer.sendAll(names(6000).map((name) => name.padEnd(1000)))) count++
  t.is(count, 6000)
  t.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`)
})

test('what one root lost another still shows, in order once it is there', async (t) => {
  const world = await World.create(t)
  const one = await HandRoot.start(t, world.dht)
  const two = await HandRoot.start(t, world.dht)
  const room = await world.client().createRoom({ roots: [one.key, two.key] })
  const keys = keysOf(parseInvite(room.invite))
  const written = Array.from({ length: 6 }, (_, i) => new Writer(keys).seal(`apart ${i}`))
  const writer = new Writer(keys)
  const chain = names(6).map((name) => writer.seal(name))
  for (const [i, { payload }] of chain.entries()) {
    if (i !== 2 && i !== 3) one.store([payload])
    if (i !== 4) two.store([payload])
  }
  for (const { payload } of written) two.store([payload])
  const holes: unknown[] = []
  room.on('hole', (hole) => holes.push(hole))
  const items = await readAll(room)
  t.alike(
    tellAll(items).filter((each) => each.startsWith('m')),
    names(6)
  )
  t.is(items.length, 12)
  t.alike(holes, [])
  t.ok(items.every(({ root }) => root === one.key || root === two.key))

  // The same from a cursor in the middle.
  for (const [i, item] of items.entries()) {
    const rest = tellAll(await readAll(room, { from: item.cursor }))
    t.alike(
      rest.map((each) => each.replace(' late', '')).sort(),
      items
        .slice(i + 1)
        .map(tell)
        .sort(),
      `after ${i}`
    )
  }
})

test('what no root has is a hole, said once all were read to the end', async (t) => {
  const world = await World.create(t)
  const one = await HandRoot.start(t, world.dht)
  const two = await HandRoot.start(t, world.dht)
  const room = await world.client().createRoom({ roots: [one.key, two.key] })
  const writer = new Writer(keysOf(parseInvite(room.invite)))
  for (const [i, name] of names(5).entries()) {
    const { payload } = writer.seal(name)
    if (i === 2) continue
    one.store([payload])
    two.store([payload])
  }
  const holes: unknown[] = []
  room.on('hole', ({ from, to }) => holes.push([from, to]))
  t.alike(tellAll(await readAll(room)), ['m0', 'm1', 'm3', 'm4'])
  t.alike(holes, [[2, 3]])
})

test('many chains at two roots cost a cursor nothing until it is asked for', async (t) => {
  const world = await World.create(t)
  const one = await HandRoot.start(t, world.dht)
  const two = await HandRoot.start(t, world.dht)
  const room = await world.client().createRoom({ roots: [one.key, two.key] })
  const keys = keysOf(parseInvite(room.invite))
  const count = 2000
  const payloads = Array.from({ length: count }, () => new Writer(keys).seal('x').payload)
  for (let i = 0; i < count; i += 100) {
    one.store(payloads.slice(i, i + 100))
    two.store(payloads.slice(i, i + 100))
  }
  const before = process.memoryUsage().heapUsed
  const items = await readAll(room)
  t.is(items.length, count)
  const grown = (process.memoryUsage().heapUsed - before) / count
  t.ok(grown < 20_000, `${grown.toFixed(0)} bytes a message`)
  const middle = items[count / 2]?.cursor ?? ''
  t.is((await readAll(room, { from: middle })).length, count / 2 - 1)
})
