import { cpSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import Hypercore from 'hypercore'
import b4a from 'b4a'
import type { RoomId } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import { decode, uint } from '../../src/protocol/codec.ts'
import type { Retention } from '../../src/protocol/retention.ts'
import { UNBOUNDED } from '../../src/protocol/retention.ts'
import { limits } from '../../src/limits.ts'
import type { Room } from '../../src/rooms/room.ts'
import type { Store } from '../../src/storage/store.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import {
  append,
  inspect,
  openRooms,
  otherRoomId,
  pullFrom,
  Reader,
  roomId,
  textsFrom
} from './helpers.ts'
import type { Opened } from './helpers.ts'
import { countAll } from './tally-helpers.ts'

const DAY = 86_400_000

function keeping(bounds: Partial<Retention>): Retention {
  return { ...UNBOUNDED, ...bounds }
}

/** Rooms under a clock that the test moves, evenly unless it says otherwise. */
async function openAt(
  t: Test,
  { retention, directory }: { retention?: Partial<Retention>; directory?: string } = {}
): Promise<Opened & { clock: { now: number; elapsed: number }; pass: (ms: number) => void }> {
  const clock = { now: 1_700_000_000_000, elapsed: 0 }
  const opened = await openRooms(t, {
    fsync: false,
    directory: directory ?? (await tmpFolder(t)),
    now: () => clock.now,
    elapsed: () => clock.elapsed,
    retention: keeping(retention ?? {})
  })
  const pass = (ms: number): void => {
    clock.now += ms
    clock.elapsed += ms
  }
  return { ...opened, clock, pass }
}

/** So many pages of ten messages each. */
async function fill(room: Room, pages: number): Promise<void> {
  for (let i = 0; i < pages; i++) await append(room, textsFrom(room.log.next, 10))
}

/** Blocks that are on the disk, of all segments. */
async function blocksOf(store: Store, id = roomId): Promise<number> {
  const { segments } = await inspect(store, id)
  return segments.reduce((sum, { blocks }) => sum + blocks.length, 0)
}

async function waste(store: Store): Promise<number> {
  let count = 0
  for await (const _ of store.notes.list('waste/')) count++
  return count
}

test('what is older than it may be goes, whole pages, the oldest first; the rest stays', async (t) => {
  const { room: open, pass, store, rooms, freed } = await openAt(t, { retention: { ageMs: DAY } })
  const room = await open()
  await fill(room, 5)
  pass(DAY / 2)
  await fill(room, 5)
  const before = room.use
  await rooms.sweep()
  t.alike(room.use, before, 'nothing is due')
  pass(DAY / 2 + DAY / 32)
  await rooms.sweep()
  t.is(room.log.oldest, 50)
  t.is(await blocksOf(store), 5)
  t.alike(freed, [{ room: mapKey(roomId), messages: 50, bytes: before.bytes - room.use.bytes }])
  t.alike(await rooms.useOf(roomId), room.use)
  t.alike(rooms.totals, await countAll(store))
  t.is(rooms.totals.messages, 100, 'ever stored')
  t.is(rooms.totals.messagesKept, 50)
  t.is(await waste(store), 0)
})

test('a room that nobody opens expires as well, to the last page, and goes on where it was', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openAt(t, { directory, retention: { ageMs: DAY } })
  for (const id of [roomId, otherRoomId]) await fill(await first.room(id), 3)
  first.pass(DAY)
  await append(await first.room(otherRoomId), ['young'])
  await first.rooms.close()
  await first.store.close()

  const {
    rooms,
    store,
    room: open,
    clock
  } = await openAt(t, { directory, retention: { ageMs: DAY } })
  clock.now += DAY + DAY / 8
  clock.elapsed += DAY / 8
  t.is(rooms.size, 0)
  await rooms.sweep()
  t.is(rooms.totals.messagesKept, 61, 'the clock is ahead by a day, and not believed yet')
  clock.now += limits.clockTrustMs
  clock.elapsed += limits.clockTrustMs
  await rooms.sweep()
  t.alike(await rooms.useOf(roomId), { messages: 0, bytes: 0 })
  t.alike(rooms.totals, await countAll(store))
  const room = await open()
  t.is((await append(room, ['on'])).first, 30, 'a number is never used twice')
  clock.now += 2 * DAY
  clock.elapsed += 2 * DAY
  await rooms.sweep()
  t.is(room.use.messages, 0, 'and what came later expires in its turn')
})

test('a bound by count or bytes is kept with every commit', async (t) => {
  const counted = await openAt(t, { retention: { messages: 64 } })
  const room = await counted.room()
  for (let i = 0; i < 20; i++) {
    await fill(room, 1)
    await room.retainer.expire()
    t.ok(room.use.messages <= 64, `${room.use.messages} messages`)
  }
  t.ok(room.use.messages >= 50)

  const sized = await openAt(t, { retention: { bytes: 2000 } })
  const large = await sized.room()
  await fill(large, 40)
  await large.retainer.expire()
  t.ok(large.use.bytes <= 2000 && large.use.bytes > 1500, `${large.use.bytes} bytes`)
  await append(large, ['x'.repeat(5000)])
  await large.retainer.expire()
  t.is(large.use.messages, 1, 'the newest page stays, however large')
})

test("an owner's shorter retention holds, a longer one does not", async (t) => {
  const { room: open, pass, rooms } = await openAt(t, { retention: { ageMs: 10 * DAY } })
  const room = await open()
  await fill(room, 4)
  await room.retain(keeping({ ageMs: 100 * DAY, messages: 1_000_000 }))
  t.alike(room.retention, keeping({ ageMs: 10 * DAY, messages: 1_000_000 }))
  await room.retain(keeping({ ageMs: DAY }))
  t.alike(room.retention, keeping({ ageMs: DAY }))
  pass(DAY + DAY / 32)
  await rooms.sweep()
  t.is(room.use.messages, 0)
})

test('a reader in the middle of what goes is told of the gap and goes on', async (t) => {
  const { room: open } = await openAt(t)
  const room = await open()
  await fill(room, 40)
  const reader = new Reader()
  reader.credit = 1
  const follower = room.follow(pullFrom(0, { limit: 30 }), reader)
  follower.pump()
  await reader.until(() => reader.next === 30)
  await room.retain(keeping({ messages: 100 }))
  await room.retainer.expire()
  reader.credit = Infinity
  follower.more(1000)
  await reader.reached(400)
  t.alike(reader.asides, [`gap 30 to ${room.log.oldest}`])
  t.alike(reader.texts.slice(30), textsFrom(room.log.oldest, 400 - room.log.oldest))
  await fill(room, 1)
  await reader.reached(410)
})

test('segments that were ended expire with the rest', async (t) => {
  const directory = await tmpFolder(t)
  for (const restored of [false, true, true]) {
    const opened = await openRooms(t, { directory, restored, fsync: false })
    await fill(await opened.room(), 3)
    await opened.close()
  }
  const { rooms, store, room: open } = await openAt(t, { directory })
  const room = await open()
  t.is(room.log.segments.all.length, 3)
  await room.retain(keeping({ messages: 20 }))
  await room.retainer.expire()
  t.is(room.log.oldest, 70)
  t.is(await blocksOf(store), 2)
  t.alike(rooms.totals, await countAll(store))
  await room.retain(UNBOUNDED)
  const reader = new Reader()
  room.follow(pullFrom(5), reader).pump()
  await reader.reached(90)
  t.alike(reader.asides, ['gap 5 to 70'])
})

test('a clock that jumps ahead deletes nothing for a day, and one that jumps back nothing at all', async (t) => {
  const { room: open, clock, pass, rooms } = await openAt(t, { retention: { ageMs: 90 * DAY } })
  const room = await open()
  await fill(room, 3)
  await rooms.sweep()
  clock.now += 1000 * DAY
  for (let hours = 0; hours < 23; hours++) {
    pass(DAY / 24)
    await rooms.sweep()
  }
  t.is(room.use.messages, 30, 'not believed')
  clock.now -= 1000 * DAY
  pass(2 * DAY)
  await rooms.sweep()
  t.is(room.use.messages, 30, 'it was set right again')
  clock.now -= 1000 * DAY
  await fill(room, 1)
  await rooms.sweep()
  clock.now += 1000 * DAY
  pass(DAY / 2)
  await rooms.sweep()
  t.is(room.use.messages, 40, 'what was stored while it was behind is not old')
  pass(100 * DAY)
  await rooms.sweep()
  t.is(room.use.messages, 0)
})

test('killed between the registry and the cores: the next start clears what is left', async (t) => {
  const directory = await tmpFolder(t)
  const opened = await openAt(t, { directory })
  const room = await opened.room()
  await fill(room, 20)
  await room.retain(keeping({ messages: 50 }))
  await room.retainer.expire()
  await room.retain(UNBOUNDED)
  await fill(room, 20)
  // It gets as far as the cores, and no further.
  const core = Hypercore.prototype as { clear: unknown }
  const { clear } = core
  let goOn = (): void => {}
  const held = new Promise<void>((resolve) => (goOn = resolve))
  const reached = new Promise<void>((resolve) => {
    core.clear = () => {
      resolve()
      return held
    }
  })
  await room.retain(keeping({ messages: 50 }))
  await reached
  core.clear = clear
  const copy = path.join(await tmpFolder(t), 'copy')
  cpSync(directory, copy, { recursive: true })
  goOn()

  const again = await openRooms(t, { directory: copy, restored: true, fsync: false })
  const { record } = await inspect(again.store)
  t.is(record.oldest, 350)
  t.is(await blocksOf(again.store), 5)
  t.is(await waste(again.store), 0)
  t.alike(again.rooms.totals, await countAll(again.store))
  t.is(again.rooms.totals.messages, 400)
})

test('killed between the cores and the compaction: the next start knows what is to be given back', async (t) => {
  const directory = await tmpFolder(t)
  const { room: open, store } = await openAt(t, { directory })
  const room = await open()
  const many = limits.reclaimShortBytesMin + 2 ** 20
  while (room.use.bytes < many) await append(room, ['x'.repeat(60_000)])
  const freed = room.use.bytes
  await room.retain(keeping({ messages: 1 }))
  await room.retainer.expire()
  await store.reclaimed()
  const copy = path.join(await tmpFolder(t), 'copy')
  cpSync(directory, copy, { recursive: true })

  const again = await openRooms(t, { directory: copy, restored: true, fsync: false })
  const note = await again.store.notes.get('reclaim')
  t.ok(note !== null && decode(uint, note) > 0.9 * freed)
  t.is(await waste(again.store), 0)
  t.alike(again.rooms.totals, await countAll(again.store))
})

test('a room that is deleted is gone from the disk and stays away, until it may come again', async (t) => {
  const { rooms, room: open, store, deleted, freed, pass, close } = await openAt(t)
  const room = await open()
  await fill(room, 5)
  await fill(await open(otherRoomId), 1)
  const { bytes } = room.use
  const [{ core } = { core: null }] = (await inspect(store)).segments
  const key = core?.key as Uint8Array
  await core?.close()
  await rooms.delete(roomId)
  t.alike(deleted, [mapKey(roomId)])
  t.alike(freed, [{ room: mapKey(roomId), messages: 50, bytes }])
  t.is(await store.peek(key), null, 'its core is not there any more')
  t.alike(rooms.totals, {
    rooms: 1,
    messages: 60,
    bytes: rooms.totals.bytes,
    messagesKept: 10,
    bytesKept: rooms.totals.bytesKept
  })
  await t.exception(rooms.acquire(roomId, true), { code: 'ROOM_DELETED' })
  await t.exception(rooms.acquire(roomId, false), { code: 'ROOM_DELETED' })
  t.is(await rooms.useOf(roomId), null)
  pass(limits.tombMs)
  t.is((await append(await open(), ['anew'])).first, 0)
  await close()
})

test('an operator drops a room, keeps it out, and lets it come again', async (t) => {
  const { rooms, room: open, deleted } = await openAt(t)
  await fill(await open(), 2)
  t.is(await rooms.drop(roomId, { keepOut: false }), true)
  t.is((await append(await open(), ['anew'])).first, 0, 'dropped, and free to come again')
  t.is(await rooms.drop(roomId, { keepOut: true }), true)
  t.is(await rooms.drop(otherRoomId, { keepOut: true }), false, 'it was never here')
  t.is(deleted.length, 2)
  const out: string[] = []
  for await (const { id } of rooms.keptOut()) out.push(mapKey(id))
  t.alike(out, [mapKey(roomId), mapKey(otherRoomId)])
  for (const id of [roomId, otherRoomId]) {
    await t.exception(rooms.acquire(id, true), { code: 'ROOM_DELETED' })
    await rooms.allow(id)
    t.ok(await open(id))
  }
})

test('a room that is opened while it is deleted is not there, and one that writes loses nothing in silence', async (t) => {
  const { rooms, room: open, store } = await openAt(t)
  const room = await open()
  const last = append(room, ['last'])
  const gone = rooms.delete(roomId)
  const opening = open()
  await last
  await gone
  await t.exception(append(room, ['late']), { code: 'SHUTTING_DOWN' })
  await t.exception(opening, { code: 'ROOM_DELETED' })
  t.alike(
    rooms.totals,
    await countAll(store).then((all) => ({ ...all, messages: 1, bytes: rooms.totals.bytes }))
  )
})

test('a default that is lowered by count reaches rooms that rest, after a restart and while it runs', async (t) => {
  const directory = await tmpFolder(t)
  const many = 2 * limits.lowerRooms + 3
  const ids = Array.from({ length: many }, (_, i) => b4a.alloc(32, i + 1) as RoomId)
  const idsOf = (rooms: readonly { room: string }[]): string[] => [
    ...new Set(rooms.map(({ room }) => room))
  ]
  const large = ids.filter((_, i) => i % 7 === 3).map(mapKey)
  const first = await openAt(t, { directory })
  for (const id of ids) {
    const room = await first.room(id)
    await fill(room, large.includes(mapKey(id)) ? 4 : 1)
    first.rooms.release(room)
  }
  await first.close()

  const second = await openAt(t, { directory, retention: { messages: 20 } })
  await second.rooms.sweep()
  t.alike(idsOf(second.freed), large, 'at the start, and these alone')
  for (const id of ids) t.ok(((await second.rooms.useOf(id))?.messages ?? 99) <= 20)
  t.is(second.rooms.size, large.length, 'those within their bounds were not opened')
  t.is(await waste(second.store), 0)
  second.freed.length = 0
  second.rooms.retention = keeping({ messages: 5 })
  await second.rooms.sweep()
  t.is(idsOf(second.freed).length, large.length, 'the others have one page, which stays')
  second.freed.length = 0
  second.rooms.retention = keeping({ messages: 100 })
  const [grows = ids[0] as RoomId] = ids
  const room = await second.room(grows)
  await fill(room, 3)
  second.rooms.release(room)
  await second.close()

  const third = await openAt(t, { directory, retention: { messages: 20 } })
  await third.rooms.sweep()
  t.alike(idsOf(third.freed), [mapKey(grows)], 'raised in between')
  third.freed.length = 0
  await third.close()
  const fourth = await openAt(t, { directory, retention: { messages: 20 } })
  await fourth.rooms.sweep()
  t.is(fourth.freed.length, 0, 'and held to it from then on')
})

test('a default that is lowered by bytes is gone on with after a close in the middle', async (t) => {
  const directory = await tmpFolder(t)
  const many = 3 * limits.lowerRooms
  const ids = Array.from({ length: many }, (_, i) => b4a.alloc(32, i + 1) as RoomId)
  const first = await openAt(t, { directory })
  for (const id of ids) {
    const room = await first.room(id)
    await fill(room, 3)
    first.rooms.release(room)
  }
  const bytes = Math.ceil(((await first.rooms.useOf(roomId))?.bytes ?? 0) / 2)
  await first.close()
  const second = await openAt(t, { directory, retention: { bytes } })
  while (second.freed.length === 0) await new Promise(setImmediate)
  await second.close()
  t.ok(second.freed.length < many, `${second.freed.length} of ${many} before it was closed`)
  const third = await openAt(t, { directory, retention: { bytes } })
  await third.rooms.sweep()
  t.is(second.freed.length + third.freed.length, many)
  for (const id of ids) t.ok(((await third.rooms.useOf(id))?.bytes ?? Infinity) <= bytes)
})
