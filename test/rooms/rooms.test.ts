import { once } from 'node:events'
import test from 'brittle'
import b4a from 'b4a'
import type { RoomId } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { GatedFiles } from '../storage/helpers.ts'
import {
  append,
  failWrites,
  inspect,
  noSpace,
  openRooms,
  otherRoomId,
  outcome,
  pullFrom,
  Reader,
  roomId,
  textsOf
} from './helpers.ts'
import type { Opened } from './helpers.ts'

const numbered = (number: number): RoomId => b4a.alloc(32, `room ${number};`) as RoomId

/** Resolves when the sweep has closed all but so many rooms. */
async function idle(opened: Opened, left = 0): Promise<void> {
  while (opened.rooms.size > left) await new Promise((resolve) => setTimeout(resolve, 1))
}

test('a room is registered once, by who may, before anything is appended', async (t) => {
  const directory = await tmpFolder(t)
  const { rooms, registered, room: open, store, close } = await openRooms(t, { directory })
  t.is(await rooms.acquire(roomId, false), null)
  t.is(await rooms.acquire(roomId, false), null, 'a guest creates nothing')
  t.alike(registered, [])
  t.is(rooms.size, 0)

  const [member, guest] = await Promise.all([open(), rooms.acquire(roomId, false)])
  t.ok(guest === null || guest === member, 'at the same time: either, but one room')
  t.is(await open(), member)
  t.is(await rooms.acquire(roomId, false), member)
  t.alike(registered, [mapKey(roomId)])
  t.alike((await inspect(store)).record.segments, [], 'no core before the first message')
  await close()

  const again = await openRooms(t, { directory })
  t.ok(await again.rooms.acquire(roomId, false), 'kept')
  t.is(await again.rooms.acquire(otherRoomId, false), null)
  t.alike(again.registered, [])
})

test('rooms keep to themselves', async (t) => {
  const { room: open, store, commits } = await openRooms(t)
  const [one, two] = [await open(roomId), await open(otherRoomId)]
  await Promise.all([append(one, ['one']), append(two, ['two']), append(one, ['one more'])])
  t.alike(textsOf((await inspect(store, roomId)).segments[0]?.blocks ?? []), ['one', 'one more'])
  t.alike(textsOf((await inspect(store, otherRoomId)).segments[0]?.blocks ?? []), ['two'])
  t.is(commits.length, 2)
})

test('a room that nobody uses is closed, and opens again where it was', async (t) => {
  const opened = await openRooms(t, { idleMs: 10 })
  const first = await opened.room()
  await append(first, ['before'])
  const second = await opened.room()
  opened.rooms.release(first)
  await new Promise((resolve) => setTimeout(resolve, 40))
  t.is(opened.rooms.size, 1, 'not while anybody has it open')
  opened.rooms.release(second)
  await idle(opened)
  t.is(await outcome(append(first, ['late'])), 'SHUTTING_DOWN')

  const again = await opened.room()
  t.ok(again !== first)
  const receipt = await append(again, ['after'])
  t.alike([receipt.first, receipt.segment, receipt.block], [1, 0, 1])
  opened.rooms.release(first)
  await new Promise((resolve) => setTimeout(resolve, 40))
  t.is(await opened.room(), again, 'a release of the room before is not one of this')
})

test('a room that is opened while it closes is one room', async (t) => {
  const files = new GatedFiles()
  const opened = await openRooms(t, { idleMs: 4, syncFiles: files })
  const room = await opened.room()
  files.hold()
  const appended = append(room, ['under way'])
  await files.arrival
  opened.rooms.release(room)
  await idle(opened)
  const reopening = [opened.room(), opened.room(), opened.rooms.acquire(roomId, false)]
  files.release()
  await appended
  const [again, same, guest] = await Promise.all(reopening)
  if (again === undefined || again === null) throw new Error('not opened')
  t.ok(again !== room)
  t.is(same, again)
  t.is(guest, again)
  t.is(again.log.next, 1)
  t.is((await append(again, ['on'])).block, 1)
})

test('200 rooms are kept; a start opens none of them, and each is there when asked for', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory, fsync: false })
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      await append(await first.room(numbered(i)), [`hello ${i}`])
    })
  )
  t.is(first.registered.length, 200)
  await first.close()

  const second = await openRooms(t, { directory, idleMs: 10 })
  t.is(second.rooms.size, 0)
  const cores = () => [...second.store.corestore.cores].length
  t.is(cores(), 1, 'the notes alone')
  for (const i of [0, 77, 199]) {
    const room = await second.room(numbered(i))
    const reader = new Reader()
    const follower = room.follow(pullFrom(0), reader)
    follower.pump()
    await reader.reached(1)
    t.alike(reader.texts, [`hello ${i}`])
    room.forget(follower)
    second.rooms.release(room)
  }
  await idle(second)
})

test('shutting down closes all and opens nothing any more', async (t) => {
  const { rooms, room: open, store } = await openRooms(t)
  const frames = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const room = await open(numbered(i))
      return append(room, ['a']).then(() => append(room, ['b']))
    })
  )
  t.is(frames.length, 20)
  const last = Array.from({ length: 20 }, async (_, i) => append(await open(numbered(i)), ['c']))
  await new Promise(setImmediate)
  await rooms.close()
  t.alike(
    (await Promise.all(last)).map(({ first }) => first),
    last.map(() => 2)
  )
  t.is(rooms.size, 0)
  await t.exception(rooms.acquire(roomId, true), { code: 'SHUTTING_DOWN' })
  await t.exception(rooms.acquire(roomId, false), { code: 'SHUTTING_DOWN' })
  t.is((await inspect(store, numbered(19))).segments[0]?.core.length, 3)
})

test('a reopen closes every room, and opens in the meantime wait for it', async (t) => {
  const opened = await openRooms(t)
  const { rooms, room: open, store } = opened
  const before = await open()
  await append(before, ['before'])

  let proceed = (): void => {}
  const held = new Promise<void>((resolve) => (proceed = resolve))
  // Those asked for in the same turn are rooms that close; whoever asked was sent away.
  const early = [open(), open(numbered(1))]
  const reopened = rooms.reopen(() => held)
  const [late, another] = [open(), open(otherRoomId)]
  let opens = 0
  for (const each of [late, another]) void each.then(() => opens++)
  await Promise.all(early)
  for (let i = 0; i < 50; i++) await new Promise(setImmediate)
  t.is(opens, 0)
  t.is(await outcome(append(before, ['late'])), 'SHUTTING_DOWN')
  proceed()
  await reopened
  const after = await late
  t.ok(after !== before)
  t.is((await append(after, ['after'])).first, 1)
  t.is((await append(await another, ['there'])).first, 0)
  rooms.release(before)
  rooms.release(before)
  t.is(await open(), after)
  t.alike(textsOf((await inspect(store)).segments[0]?.blocks ?? []), ['before', 'after'])
})

test('a reopen that fails fails opens with its reason, until one that does not', async (t) => {
  const { rooms, room: open, close } = await openRooms(t)
  await append(await open(), ['before'])
  const failure = Object.assign(new Error('too little room even for that'), { code: 'DISK_FULL' })
  await t.exception(
    rooms.reopen(() => Promise.reject(failure)),
    { code: 'DISK_FULL' }
  )
  await t.exception(rooms.acquire(roomId, true), { code: 'DISK_FULL' })
  await t.exception(rooms.acquire(roomId, false), { code: 'DISK_FULL' })
  await rooms.reopen(() => Promise.resolve())
  t.is((await append(await open(), ['after'])).first, 1)
  await t.exception(
    rooms.reopen(() => Promise.reject(failure)),
    { code: 'DISK_FULL' }
  )
  await t.execution(close(), 'and closing does not hang on it')
})

test('a disk that fills up: refused, mended by a reopen, nothing stored in between', async (t) => {
  const disk = { free: 1000 }
  const opened = await openRooms(t, {
    diskReserveBytes: 100,
    diskCheckMs: 1,
    freeBytes: async () => disk.free
  })
  const { rooms, room: open, store } = opened
  const room = await open()
  await append(room, ['before'])
  disk.free = 50
  failWrites(store, noSpace())
  t.is(await outcome(append(room, ['no room'])), 'DISK_FULL')
  t.is(await outcome(append(room, ['nor now'])), 'DISK_FULL')
  await t.exception(rooms.acquire(otherRoomId, true), { code: 'DISK_FULL' })
  const reader = new Reader()
  room.follow(pullFrom(0), reader).pump()
  await reader.reached(1)
  t.alike(reader.texts, ['before'], 'reads go on')

  const space = once(store, 'space')
  disk.free = 1000
  await space
  await rooms.reopen(() => store.reopen())
  const again = await open()
  t.is((await append(again, ['after'])).first, 1)
  t.alike(textsOf((await inspect(store)).segments[0]?.blocks ?? []), ['before', 'after'])
  await append(await open(otherRoomId), ['there'])
})

test('a room that could not be written down turns the store read-only as well', async (t) => {
  const { rooms, store } = await openRooms(t)
  const mend = failWrites(store, noSpace())
  await t.exception(rooms.acquire(roomId, true), { code: 'DISK_FULL' })
  t.is(store.needsReopen, true)
  t.is(rooms.size, 0)
  mend()
  t.is(await rooms.acquire(roomId, false), null, 'nothing was created')
})
