// A root that stays out of reach is replaced by the next that answers, and taken back when it is there.

import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import { parseInvite, printInvite } from '../../../src/client/client.ts'
import type { ClientOptions } from '../../../src/client/client-options.ts'
import type { Room, RootPeerError } from '../../../src/client/client.ts'
import { parsePeerKey } from '../../../src/protocol/bytes.ts'
import { keysOf } from '../../../src/protocol/invite.ts'
import { wireNumber } from '../../../src/protocol/errors.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import { names, quick, readAll, sendEach, take, tellAll, World } from '../helpers/world.ts'
import type { TestRoot } from '../helpers/world.ts'
import { Writer } from '../helpers/writer.ts'

const soon: ClientOptions = { rootLostMs: 500, waits: quick }

async function three(t: Test): Promise<{ world: World; roots: [TestRoot, TestRoot, TestRoot] }> {
  const world = await World.create(t)
  return { world, roots: [await world.root(), await world.root(), await world.root()] }
}

const connected = (room: Room): string[] =>
  room.roots.flatMap(({ root, connected: is }) => (is ? root : []))

async function at(world: World, invite: string, root: TestRoot): Promise<string[]> {
  const client = world.client({ waits: quick, roots: [root.key] })
  const items = await readAll(await client.join(printInvite({ ...parseInvite(invite), roots: [] })))
  await client.close()
  return tellAll(items)
}

test('a room lives on the first of those named, and no more', async (t) => {
  const { world, roots } = await three(t)
  const room = await world.client(soon).createRoom({ roots: roots.map(({ key }) => key) })
  await room.send('m0', { acks: 2 })
  t.alike(
    connected(room),
    roots.slice(0, 2).map(({ key }) => key)
  )
  const more = await world.client({ waits: quick, rootsMax: 3 }).join(room.invite)
  await more.send('m1', { acks: 3 })
  t.is(connected(more).length, 3)
})

test('the next that was named stands in, is filled, and the lost one is taken back and filled', async (t) => {
  const { world, roots } = await three(t)
  const [one, two, spare] = roots
  const room = await world.client(soon).createRoom({ roots: roots.map(({ key }) => key) })
  const reader = await world.client(soon).join(room.invite)
  const following = reader.read({ follow: true })
  await sendEach(room, names(40))
  await room.send('m40', { acks: 2 })

  const lost = once(room, 'root-lost')
  await one.stop()
  await sendEach(room, names(40, 41))
  t.alike((await lost)[0], { root: one.key, replacement: spare.key })
  await room.send('m81', { acks: 2 })
  while ((await at(world, room.invite, spare)).length < 82);
  t.alike((await at(world, room.invite, spare)).sort(), names(82).sort())

  const back = once(room, 'root-back')
  await one.start()
  t.alike((await back)[0], { root: one.key })
  await room.send('m82', { acks: 3 })
  while ((await at(world, room.invite, one)).length < 83);
  t.alike(tellAll(await take(following, 83)), names(83), 'each once')
  await following.return(undefined)
  await two.stop()
  await spare.stop()
  t.alike((await at(world, room.invite, one)).sort(), names(83).sort())
})

test('where none that was named answers, a room moves to those configured', async (t) => {
  const { world, roots } = await three(t)
  const [one, two] = roots
  const room = await world.client({ waits: quick }).createRoom({ roots: [one.key] })
  await room.send('before')
  await one.stop()
  const member = await world.client({ ...soon, roots: [two.key] }).join(room.invite)
  const lost = once(member, 'root-lost')
  t.is((await member.send('m0')).root, two.key)
  t.alike((await lost)[0], { root: one.key, replacement: two.key })
  t.alike(tellAll(await readAll(member)), ['m0'])
})

test('where nobody else was named, one that announces itself stands in, unless that is not wanted', async (t) => {
  const world = await World.create(t)
  const gone = await world.root()
  const found = await world.root({ start: false })
  await found.start()
  await found.announced()
  const room = await world.client({ waits: quick }).createRoom({ roots: [gone.key] })
  await gone.stop()
  const shy = await world.client({ ...soon, discover: false }).join(room.invite)
  const waiting = shy.send('waits')
  waiting.catch(() => {}) // it is closed at the end
  const member = await world.client(soon).join(room.invite)
  t.is((await member.send('m0')).root, found.key)
  t.alike(shy.roots, [{ root: gone.key, connected: false, lost: false, behind: 0 }])
})

test('a clock that is set back does not put off who stands in', async (t) => {
  const { world, roots } = await three(t)
  const [one, two, spare] = roots
  // Time enough to lose both.
  const client = world.client({ ...soon, rootLostMs: 3000 })
  const room = await client.createRoom({ roots: roots.map(({ key }) => key) })
  await room.send('m0', { acks: 2 })
  const [gone, lost] = [once(client, 'root-disconnected'), once(room, 'root-lost')]
  await one.stop()
  await gone
  const { now } = Date
  t.teardown(() => (Date.now = now))
  Date.now = () => now() - 3_600_000
  await two.stop() // looks anew who is missed since when
  t.alike((await lost)[0], { root: one.key, replacement: spare.key }, 'the one that went first')
  t.is((await room.send('m1')).root, spare.key)
})

test('without anybody to stand in a root is waited for', async (t) => {
  const world = await World.create(t)
  const [root, other] = [await world.root(), await world.root()]
  const room = await world.client({ ...soon, discover: false }).createRoom({ roots: [root.key] })
  await room.send('m0')
  const helped = await world.client({ ...soon, roots: [other.key] }).join(room.invite)
  await readAll(helped)
  room.on('root-lost', () => t.fail('nobody stands in'))
  await root.stop()
  const sending = room.send('m1')
  await once(helped, 'root-lost') // the time is up for both
  await root.start()
  t.is((await sending).index, 1)
})

test('a read ends when one root was read and the other is gone in the middle, denies, or lies', async (t) => {
  const world = await World.create(t)
  const good = await world.root()
  const bad = await HandRoot.start(t, world.dht)
  const writer = await world.client({ waits: quick, roots: [good.key] }).createRoom()
  await sendEach(writer, names(3))
  const invite = printInvite({
    ...parseInvite(writer.invite),
    roots: [good.key, bad.key].map(parsePeerKey)
  })
  const read = async (): Promise<string[]> => {
    const client = world.client({ waits: quick })
    const items = await readAll(await client.join(invite))
    await client.close()
    return tellAll(items)
  }
  bad.manners.onpull = (session) => session.stream.destroy()
  t.alike(await read(), names(3), 'gone')
  bad.manners.onpull = (session, { stream }) => {
    session.send.pages({ stream, segment: 0, block: 0, pages: [], next: 7, end: true, head: null })
  }
  t.alike(await read(), names(3), 'lies')
  bad.manners.onpull = () => {}
  bad.manners.onroom = (session) => {
    session.send.denied({ code: wireNumber('UNAVAILABLE'), detail: 'no' })
    session.channel.close()
  }
  t.alike(await read(), names(3), 'denies')
})

test('a root that is there and gives nothing holds up neither a read nor what is held back', async (t) => {
  const world = await World.create(t)
  const mute = await HandRoot.start(t, world.dht, { onpull: () => {} })
  const honest = await HandRoot.start(t, world.dht)
  const waits = { ...quick, answerMs: 300, holeMs: 100 }
  const room = await world.client({ waits }).createRoom({ roots: [mute.key, honest.key] })
  const author = new Writer(keysOf(parseInvite(room.invite)))
  author.seal('m0')
  honest.store([author.seal('m1').payload])
  const holes = once(room, 'hole')
  const follower = room.read({ follow: true })
  t.alike(tellAll(await take(follower, 1)), ['m1'])
  t.alike((await holes)[0].to, 1)
  t.alike(tellAll(await readAll(room)), ['m1'])
  await follower.return(undefined)
})

test('a read of which one root denies and the other never answers ends with what was said', async (t) => {
  const world = await World.create(t)
  const bad = await HandRoot.start(t, world.dht, {
    onroom: (session) => {
      session.send.denied({ code: wireNumber('UNAVAILABLE'), detail: 'no' })
      session.channel.close()
    }
  })
  const gone = await world.root()
  const room = await world.client({ waits: quick }).createRoom({ roots: [bad.key, gone.key] })
  await gone.stop()
  t.is(await readAll(room).catch((err: RootPeerError) => err.code), 'UNAVAILABLE')
})

test('a place that was kept while one root was read is good at the one that stands in', async (t) => {
  const world = await World.create(t)
  const [one, two] = [await world.root(), await world.root()]
  const writer = await world.client({ waits: quick }).createRoom({ roots: [one.key, two.key] })
  const quiet = await world.client({ waits: quick }).join(writer.invite)
  await quiet.send('quiet', { acks: 2 })
  for await (const _ of writer.sendAll(names(20), { acks: 2 }));

  const single = { ...soon, rootsMax: 1 }
  const before = await readAll(await world.client(single).join(writer.invite))
  t.is(before.length, 21)
  t.ok(before.every(({ root }) => root === one.key))
  const { cursor } = before.at(-1) ?? { cursor: '' }
  await one.stop()
  await writer.send('m20')
  const later = await world.client(single).join(writer.invite)
  t.alike(tellAll(await readAll(later, { from: cursor })), ['m20'])
  t.alike(connected(later), [two.key])

  // Where it stood at the first is not forgotten meanwhile.
  const [last] = await readAll(later, { from: cursor })
  await two.stop()
  await one.start()
  await writer.send('m21')
  const back = await world.client(single).join(writer.invite)
  t.alike(tellAll(await readAll(back, { from: last?.cursor ?? '' })), ['m21'])
})
