// What a reader takes from a root, and what it does not let pass.

import { UNBOUNDED } from '../../../src/protocol/retention.ts'
import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import type { RootPeerClient, RootPeerError } from '../../../src/client/client.ts'
import type { Room } from '../../../src/client/room.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import { keysOf, parseInvite } from '../../../src/protocol/invite.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import type { Pull } from '../../../src/protocol/room-channel.ts'
import { head, HandRoot } from '../helpers/hand-root.ts'
import type { Manners, Session } from '../helpers/hand-root.ts'
import { names, readAll, take, tellAll, World } from '../helpers/world.ts'
import type { Item } from '../helpers/world.ts'
import { pageOf, Writer } from '../helpers/writer.ts'

interface Scene {
  hand: HandRoot
  client: RootPeerClient
  room: Room
  keys: RoomKeys
}

async function open(t: Test, manners: Manners = {}): Promise<Scene> {
  const world = await World.create(t)
  const hand = await HandRoot.start(t, world.dht, manners)
  const client = world.client({ roots: [hand.key] })
  const room = await client.createRoom()
  return { hand, client, room, keys: keysOf(parseInvite(room.invite)) }
}

/** A page of messages of one new author. */
const page = (keys: RoomKeys, first: number, ...bodies: string[]): Uint8Array =>
  pageOf(new Writer(keys).frame(...bodies), first)

/** Sends pages and says that the stream is at its end. */
function give(session: Session, { stream }: Pull, pages: Uint8Array[], next: number): void {
  session.send.pages({ stream, segment: 0, block: 0, pages, next, end: true, head: head(1) })
}

/** The first thing that goes wrong with a root. */
async function failure(client: RootPeerClient): Promise<string> {
  const [{ error }] = await once(client, 'root-error')
  return error.code
}

for (const [name, lie] of [
  ['leaves a page out', (keys: RoomKeys) => ({ pages: [page(keys, 5, 'x')], next: 6 })],
  [
    'leaves a page out in the middle',
    (keys: RoomKeys) => ({ pages: [page(keys, 0, 'a', 'b'), page(keys, 3, 'x')], next: 4 })
  ],
  ['goes on further than it gave', (keys: RoomKeys) => ({ pages: [page(keys, 0, 'a')], next: 2 })],
  ['says it gave what it did not', () => ({ pages: [], next: 7 })]
] as const) {
  test(`a root that ${name} is caught, and dropped`, async (t) => {
    let honest = false
    const { client, room, keys } = await open(t, {
      onpull: (session, pull) => {
        const { pages, next } = honest ? { pages: [page(keys, 0, 'true')], next: 1 } : lie(keys)
        give(session, pull, pages, next)
      }
    })
    const whole = readAll(room).catch((err: RootPeerError) => err.code)
    const following = room.read({ follow: true })
    const next = following.next()
    t.is(await failure(client), 'HOSTILE_ROOT')
    t.is(await whole, 'HOSTILE_ROOT', 'who waits for the end is told: there was no other root')
    honest = true
    const rest = [(await next).value as Item]
    while (tellAll(rest).at(-1) !== 'true') rest.push(...(await take(following, 1)))
    t.pass('who follows waits, and goes on')
    await following.return(undefined)
  })
}

test('a page that is none ends the connection, not the client', async (t) => {
  let honest = false
  const { client, room, keys } = await open(t, {
    onpull: (session, pull) =>
      give(session, pull, [honest ? page(keys, 0, 'true') : new Uint8Array([1, 2, 3])], 1)
  })
  const reading = readAll(room).catch((err: RootPeerError) => err.code)
  t.is(await failure(client), 'BAD_PAGE')
  t.is(await reading, 'BAD_PAGE')
  honest = true
  t.alike(tellAll(await readAll(room)), ['true'])
})

test('a root that goes on lying is asked less and less often', async (t) => {
  let opened = 0
  const { client, room } = await open(t, {
    onroom: (session) => {
      opened++
      session.send.granted({
        access: 2,
        segments: [],
        oldest: 0,
        next: 1,
        windowBytes: 1 << 20,
        retention: UNBOUNDED
      })
    },
    onpull: (session, pull) => give(session, pull, [], 9)
  })
  const reading = room.read({ follow: true }).next()
  const times: number[] = []
  while (times.length < 4) {
    await failure(client)
    times.push(Date.now())
  }
  const [a, b, c, d] = times as [number, number, number, number]
  t.ok(d - c > b - a, `pauses of ${b - a}, ${c - b} and ${d - c} ms`)
  t.is(opened, 4)
  room.close()
  await reading
})

test('entries below the one wanted are dropped', async (t) => {
  const { room, keys } = await open(t, {
    onpull: (session, pull) => give(session, pull, [page(keys, 0, 'a', 'b', 'c', 'd')], 4)
  })
  t.alike(tellAll(await readAll(room, { from: 2 })), ['c', 'd'])
})

test('a root that comes and goes brings no more than the app has room for', async (t) => {
  const { room, hand, keys } = await open(t)
  const writer = new Writer(keys)
  const each = 40
  for (let i = 0; i < 3 * each; i++) hand.store([writer.seal('x'.repeat(100 * 1024)).payload])
  let given = 0
  hand.manners.onpull = (session, { stream, from }) => {
    for (const [i, { bytes }] of hand.pages.slice(from, from + each).entries()) {
      given++
      const next = from + i + 1
      session.send.pages({
        stream,
        segment: 0,
        block: 0,
        pages: [bytes],
        next,
        end: false,
        head: null
      })
    }
  }
  const reading = room.read({ from: 0, follow: true })
  const items = await take(reading, 1)
  await room.send('all of it has come')
  t.is(given, each)
  for (let i = 0; i < 3; i++) {
    hand.hangUp()
    await room.send('it is back')
  }
  t.is(given, each, 'nothing is asked for while the app takes nothing')
  while (items.length < 3 * each) {
    items.push(...(await take(reading, 1)))
    if (items.length % each === 1) hand.hangUp()
  }
  t.alike(
    items.map((item) => 'body' in item && item.number),
    [...Array(3 * each).keys()]
  )
  await reading.return(undefined)
})

test('a root that goes on after it was told to stop is cut off', { timeout: 60_000 }, async (t) => {
  const { room, hand, keys, client } = await open(t)
  const writer = new Writer(keys)
  const large = 'x'.repeat(120 * 1024)
  const all = (2.5 * clientLimits.backlogBytesMax) / large.length
  for (let i = 0; i < all; i++) hand.store([writer.seal(large).payload])
  hand.manners.onpull = (session, { stream }) => {
    for (const [i, { bytes }] of hand.pages.entries()) {
      session.send.pages({
        stream,
        segment: 0,
        block: i,
        pages: [bytes],
        next: i + 1,
        end: false,
        head: null
      })
    }
  }
  const failed = failure(client)
  const reading = room.read({ from: 0, follow: true })
  void take(reading, 1)
  t.is(await failed, 'HOSTILE_ROOT')
  room.close()
})

test('pages given twice are taken once', async (t) => {
  const { room, hand, keys } = await open(t, {
    onpull: (session, pull) => {
      hand.give(session, pull.stream, 0)
      hand.give(session, pull.stream, 0)
    }
  })
  hand.store(new Writer(keys).frame('a', 'b').map(({ payload }) => payload))
  t.alike(tellAll(await readAll(room)), ['a', 'b'])
})

test('a gap is said, from where the reader stood, and read past', async (t) => {
  const { room, keys } = await open(t, {
    onpull: (session, pull) => {
      session.send.gap({ stream: pull.stream, from: 4, to: 7 })
      give(session, pull, [page(keys, 7, 'a')], 8)
    }
  })
  const gaps: unknown[] = []
  room.on('gap', ({ from, to }) => gaps.push([from, to]))
  t.alike(tellAll(await readAll(room)), ['a'])
  t.alike(gaps, [[0, 7]], 'whatever the root says of what came before')
})

test('a reset is said, and reading goes on from there', async (t) => {
  const { room, keys } = await open(t, {
    onpull: (session, { stream }) => {
      session.send.reset({ stream, number: 3 })
      give(session, { stream } as Pull, [page(keys, 3, 'd')], 4)
    }
  })
  const resets: number[] = []
  room.on('reset', ({ number }) => resets.push(number))
  t.alike(tellAll(await readAll(room, { from: 9 })), ['d'])
  t.alike(resets, [3])
})

test('a long history comes on credit: the root is told when there is room for more', async (t) => {
  const { room, hand, keys } = await open(t)
  const writer = new Writer(keys)
  const count = 3000
  for (let i = 0; i < count; i += 100) {
    hand.store(writer.frame(...names(100, i)).map(({ payload }) => payload))
  }
  const reading = room.read({ follow: true })
  t.alike(tellAll(await take(reading, count)), names(count))
  await reading.return(undefined)
})

test('streams that nobody asked for are ignored', async (t) => {
  const { room, keys } = await open(t, {
    onpull: (session, pull) => {
      give(session, { ...pull, stream: 77 }, [page(keys, 0, 'x')], 1)
      session.send.gap({ stream: 78, from: 0, to: 5 })
      session.send.reset({ stream: 79, number: 5 })
      give(session, pull, [page(keys, 0, 'a')], 1)
    }
  })
  t.alike(tellAll(await readAll(room)), ['a'])
})
