import test from 'brittle'
import b4a from 'b4a'
import { limits } from '../../../src/limits.ts'
import { Bystander, createWorld, newRoom, pullFrom } from '../helpers.ts'
import type { RawRoom, World } from '../helpers.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'

async function fill(world: World, keys: RoomKeys, count: number): Promise<RawRoom> {
  const room = await (await world.connect()).enter(keys)
  for (let i = 0; i < count; i++) room.append([`text ${i}`])
  for (let i = 0; i < count; i++) await room.take('stored')
  return room
}

test('a pull is told where it ends, a live one goes on', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const writer = await fill(world, keys, 3)
  const room = await (await world.connect()).enter(keys)
  room.send.pull(pullFrom(0, { stream: 7, live: false }))
  const pulled = await room.take('pages')
  t.alike([pulled.stream, pulled.next, pulled.end], [7, 3, true])
  room.send.pull(pullFrom(3, { stream: 8 }))
  const end = await room.take('pages')
  t.alike([end.stream, end.next, end.end, end.pages.length], [8, 3, true, 0])
  writer.append(['live'])
  const live = await room.take('pages')
  t.alike([live.stream, live.next, live.end, live.pages.length], [8, 4, true, 1])
  t.is(room.waiting('pages'), 0, 'and only on the live one')
})

test('a second pull of one stream replaces the first; a stopped one is silent', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const writer = await fill(world, keys, 3)
  const room = await (await world.connect()).enter(keys, pullFrom(0))
  t.is((await room.texts(3)).length, 3)
  room.send.pull(pullFrom(3))
  t.is((await room.take('pages')).pages.length, 0)
  writer.append(['once'])
  t.is((await room.take('pages')).pages.length, 1)
  room.send.stop({ stream: 0 })
  room.send.stop({ stream: 99 })
  room.send.more({ stream: 99, limit: 1 })
  writer.append(['unseen'])
  await writer.take('stored')
  await writer.take('stored')
  room.send.pull(pullFrom(99, { stream: 1, live: false }))
  t.alike(await room.take('reset'), { stream: 1, number: 5 })
  t.is((await room.take('pages')).stream, 1)
  t.is(room.waiting('pages'), 0)
})

test('a stream sends as much as there is room for, until it is told of more', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const room = await (await world.connect()).enter(keys)
  for (let i = 0; i < 10; i++) {
    room.append(Array.from({ length: 200 }, (_, j) => `${i}.${j}`))
    await room.take('stored')
  }
  room.send.pull(pullFrom(0, { limit: 500 }))
  const first = await room.texts(600)
  t.ok(first.length >= 500)
  room.append(['one more'])
  await room.take('stored')
  room.send.more({ stream: 0, limit: 10_000 })
  const rest = await room.texts(2001 - first.length)
  t.is(first.length + rest.length, 2001)
  t.is(rest.at(-1), 'one more')
})

test('cursors that lead nowhere are answered, and change nothing', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const writer = await fill(world, keys, 3)
  const room = await (await world.connect()).enter(keys)
  const { segments } = await (await (await world.connect()).enter(keys)).granted
  const coreKey = segments[0]?.coreKey ?? null
  const head = {
    fork: 0,
    length: 99,
    treeHash: b4a.alloc(32, 1),
    signature: b4a.alloc(64, 1) as never
  }
  const pulls: [Parameters<typeof pullFrom>, number][] = [
    [[99], 3],
    [[Number.MAX_SAFE_INTEGER, { limit: Number.MAX_SAFE_INTEGER }], 3],
    [[99, { coreKey }], 3],
    [[99, { coreKey, head }], 3],
    [[2, { coreKey: b4a.alloc(32, 3) as never }], 0]
  ]
  for (const [pull, number] of pulls) {
    room.send.pull(pullFrom(...pull))
    t.alike(await room.take('reset'), { stream: 0, number })
  }
  writer.append(['on'])
  const stored = await writer.take('stored')
  t.alike([stored.segment, stored.head.length > 0], [0, true])
})

test('streams of a room are bounded, and nothing is pulled before it is granted', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, keys)
  const peer = await world.connect()
  await peer.greet()
  const early = peer.open(keys)
  early.send.pull(pullFrom(0))
  t.is(await early.denied, 'UNEXPECTED')
  const room = await peer.enter(keys)
  for (let stream = 0; stream < limits.streamsMax; stream++) room.send.pull(pullFrom(0, { stream }))
  room.send.stop({ stream: 0 })
  room.send.pull(pullFrom(0, { stream: 1000 }))
  room.send.pull(pullFrom(0, { stream: 1001 }))
  t.is(await room.denied, 'TOO_MANY')
  await honest.unharmed(t)
})

test('a flood of pulls in one frame, each of which would read, is survived', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, keys)
  const peer = await world.connect()
  const room = await peer.enter(keys)
  peer.mux.cork()
  for (let i = 0; i < 20_000; i++) {
    room.send.pull(pullFrom(0, { stream: i }))
    room.send.stop({ stream: i })
  }
  peer.mux.uncork()
  for (let i = 0; i < 2000; i++) {
    room.send.pull(pullFrom(0, { stream: i }))
    room.send.stop({ stream: i })
  }
  await honest.unharmed(t)
  room.send.pull(pullFrom(0))
  t.alike(await room.texts(1), ['message 0'])
  t.alike(world.violations, [])
})
