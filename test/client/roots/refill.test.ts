// A root that lacks what another has: members bring it, once, and nobody who reads notices.

import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import { parseInvite, printInvite, toGuest } from '../../../src/client/client.ts'
import type { ReadMessage, Room } from '../../../src/client/client.ts'
import type { RoomEvents } from '../../../src/client/room-events.ts'
import { keysOf } from '../../../src/protocol/invite.ts'
import { emptyStorage } from '../../helpers/emptied.ts'
import { HandRoot, head } from '../helpers/hand-root.ts'
import { names, quick, readAll, take, tellAll, World } from '../helpers/world.ts'
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
  const writer = await world
    .client({ waits: quick })
    .createRoom({ roots: roots.map(({ key }) => key) })
  return { world, roots, writer }
}

/** Stores messages at every root. */
async function sendAll(room: Room, bodies: readonly string[], acks = 2): Promise<void> {
  for await (const _ of room.sendAll(bodies, { acks }));
}

/** The same key comes back with nothing. */
async function loseDisk(root: TestRoot): Promise<void> {
  await root.stop()
  await emptyStorage(root.storage)
  const { key } = root
  await root.start({ restored: true })
  if (root.key !== key) throw new Error('the key was lost too')
}

/** What one root alone has, in its order. */
async function at(world: World, writer: Room, root: TestRoot): Promise<ReadMessage[]> {
  const client = world.client({ waits: quick, roots: [root.key] })
  const room = await client.join(printInvite({ ...parseInvite(writer.invite), roots: [] }))
  const items = await readAll(room)
  await client.close()
  return items.flatMap((item) => ('body' in item ? item : []))
}

/** Resolves once a root has stored so many; how many it is then. */
async function stored(root: TestRoot, count: number): Promise<number> {
  for (;;) {
    const [{ next }] = await once(root.peer, 'messages-stored')
    if (next >= count) return next
  }
}

/** Resolves once this member, the only one who brings, knows that no root lacks anything any more. */
async function level(room: Room): Promise<void> {
  for (;;) {
    const [{ by }] = (await once(room, 'behind')) as RoomEvents['behind']
    if (by === 0) return
  }
}

test('a root that comes back empty gets all of it back, in order, and readers see each message once', async (t) => {
  const { world, roots, writer } = await open(t)
  const guest = printInvite(toGuest(parseInvite(writer.invite)))
  const following = (await world.client({ waits: quick }).join(guest)).read({ follow: true })
  await sendAll(writer, names(600))
  const seen = tellAll(await take(following, 600))
  t.alike(seen, names(600))

  const behind: RoomEvents['behind'][0][] = []
  writer.on('behind', (event) => behind.push(event))
  const done = level(writer)
  await loseDisk(roots[0])
  await done
  t.alike(behind[0], { root: roots[0].key, by: 600 }, 'it is named')
  t.ok(writer.roots.every((root) => root.connected && !root.lost && root.behind === 0))

  const refilled = await at(world, writer, roots[0])
  t.alike(tellAll(refilled), names(600))
  const doubled = (refilled.at(-1)?.index ?? 0) + 1 - 600
  t.ok(doubled <= 128, `${doubled} of 600 are twice in its log`)

  await sendAll(writer, names(3, 600))
  t.alike(tellAll(await take(following, 3)), names(3, 600), 'nothing came between')
  await following.return(undefined)
})

test('many members that see it at once bring it nearly once', async (t) => {
  const { world, roots, writer } = await open(t)
  const members = [writer]
  while (members.length < 6) members.push(await world.client({ waits: quick }).join(writer.invite))
  const following = members.map((room) => room.read({ follow: true }))
  await sendAll(writer, names(1000))
  for (const reading of following) t.alike(tellAll(await take(reading, 1000)), names(1000))

  await loseDisk(roots[0])
  await stored(roots[0], 1000)
  while ((await at(world, writer, roots[0])).length < 1000); // some may be in it twice by then
  t.alike(tellAll(await at(world, writer, roots[0])).sort(), names(1000).sort())
  const next = stored(roots[0], 1001)
  await sendAll(writer, ['last'])
  t.ok((await next) < 1300, `its log has ${await next} for 1001`)
  for (const reading of following) {
    t.alike(tellAll(await take(reading, 1)), ['last'])
    await reading.return(undefined)
  }
})

test('what was sent while it was away is not brought by others before its author does', async (t) => {
  const { world, roots, writer } = await open(t)
  await world.client({ waits: quick }).join(writer.invite)
  await sendAll(writer, names(50))
  await roots[0].stop()
  await sendAll(writer, names(50, 50), 1)
  let next = 0
  await roots[0].start()
  roots[0].peer.on('messages-stored', (stored) => {
    next = stored.next
  })
  await sendAll(writer, names(1, 100))
  t.alike(tellAll(await at(world, writer, roots[0])), names(101))
  t.is(next, 101)
})

test('a guest sees who is behind, and brings nothing', async (t) => {
  const { world, roots, writer } = await open(t)
  await sendAll(writer, names(40))
  const invite = printInvite(toGuest(parseInvite(writer.invite)))
  const guest = await world.client({ waits: quick }).join(invite)
  t.is((await readAll(guest)).length, 40)
  writer.close()
  await loseDisk(roots[0])
  // A member has to open the room there first.
  const opener = world.client({ waits: quick, roots: [roots[0].key] })
  await opener.join(printInvite({ ...parseInvite(writer.invite), roots: [] }))
  const [event] = await once(guest, 'behind')
  t.alike(event, { root: roots[0].key, by: 40 })
  t.alike(await at(world, writer, roots[0]), [])
})

test('only what a member has written is brought', async (t) => {
  const world = await World.create(t)
  const full = await HandRoot.start(t, world.dht)
  const empty = await HandRoot.start(t, world.dht)
  const room = await world.client({ waits: quick }).createRoom({ roots: [full.key, empty.key] })
  const keys = keysOf(parseInvite(room.invite))
  const writer = new Writer(keys)
  const frame = writer.frame(...names(30)).map(({ payload }) => payload)
  const forged = new Writer(keys).seal('forged', { signed: false }).payload
  full.store([...frame.slice(0, 20), forged, new Uint8Array(64), ...frame.slice(20)])
  await level(room)
  const brought = empty.appended.flatMap(({ payloads }) => payloads)
  t.is(brought.length, 30)
  t.ok(brought.every((payload, i) => Buffer.from(payload).equals(frame[i] ?? new Uint8Array())))
})

test('it gives way to another who brings the same, and goes on when that one stops', async (t) => {
  const world = await World.create(t)
  const full = await HandRoot.start(t, world.dht)
  const empty = await HandRoot.start(t, world.dht)
  const room = await world.client({ waits: quick }).createRoom({ roots: [full.key, empty.key] })
  const writer = new Writer(keysOf(parseInvite(room.invite)))
  const payloads = names(400).map((name) => writer.seal(name).payload)
  full.store(payloads)
  // Another member is faster: the first frame arrives together with much more.
  empty.manners.onappend = (session, append) => {
    empty.accept(session, append)
    if (append.frame > 0) return
    empty.accept(session, { frame: 1000, resume: false, payloads: payloads.slice(0, 200) })
  }
  await level(room)
  t.is(empty.appended[0]?.payloads.length, 8, 'it begins with little')
  t.is(empty.next, 408, 'nothing but that is in its log twice')
})

test('suspended in the middle it stops, and goes on where it was', async (t) => {
  const { world, roots, writer } = await open(t)
  const client = world.client({ waits: quick })
  const member = await client.join(writer.invite)
  await sendAll(writer, names(2000))
  t.is((await readAll(member)).length, 2000)
  writer.close()
  await loseDisk(roots[0])
  const [first] = await once(roots[0].peer, 'messages-stored')
  t.ok(first.next < 2000)
  await client.suspend()
  t.ok((await at(world, writer, roots[0])).length < 2000)
  const done = level(member)
  await client.resume()
  await done
  t.alike(tellAll(await at(world, writer, roots[0])), names(2000))
})

test('a root that refuses what is brought is let be, and own messages go on in order', async (t) => {
  const world = await World.create(t)
  const full = await HandRoot.start(t, world.dht)
  const empty = await HandRoot.start(t, world.dht)
  const room = await world.client({ waits: quick }).createRoom({ roots: [full.key, empty.key] })
  const writer = new Writer(keysOf(parseInvite(room.invite)))
  const payloads = names(40).map((name) => writer.seal(name).payload)
  full.store(payloads)
  let resumed = false
  const refused = new Promise<void>((resolve) => {
    empty.manners.onappend = (session, append) => {
      resumed ||= append.resume
      if (resumed) return empty.accept(session, append)
      empty.refuse(session, append.frame, append.frame === 0 ? 'RATE_LIMITED' : 'OUT_OF_ORDER')
      resolve()
    }
  })
  room.on('refused', () => t.fail('nothing of its own was refused'))
  await refused
  await sendAll(room, names(3, 0, 'own'))
  t.ok(resumed, 'what comes next is marked, as after any refusal')
  t.is(empty.next, 3)
  t.is(room.roots[1]?.behind, 40)
})

test('a root that takes all and keeps nothing is not brought it again and again', async (t) => {
  const world = await World.create(t)
  const full = await HandRoot.start(t, world.dht)
  const liar = await HandRoot.start(t, world.dht)
  const room = await world.client({ waits: quick }).createRoom({ roots: [full.key, liar.key] })
  const writer = new Writer(keysOf(parseInvite(room.invite)))
  full.store(names(40).map((name) => writer.seal(name).payload))
  // It says that it has stored what it brings, and never shows it.
  liar.manners.onappend = (session, { frame, payloads }) => {
    const stored = { frame, first: liar.next, storedAt: 1, segment: 0, block: 0, head: head(1) }
    liar.next += payloads.length
    session.send.stored(stored)
    if (liar.next >= 40) liar.next = 0
  }
  let looks = 0
  const looked = new Promise<void>((resolve) => {
    liar.manners.onpull = (session, pull) => {
      liar.serve(session, pull)
      // Twice when it is first compared, once when it was brought all, twice when it is back.
      if (pull.from > 1000 && ++looks === 3) liar.hangUp()
      if (looks === 5) resolve()
    }
  })
  await looked
  await sendAll(room, ['own'])
  const brought = liar.appended.reduce((sum, { payloads }) => sum + payloads.length, 0)
  t.is(brought, 40 + 1)
})
