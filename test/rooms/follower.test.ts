import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import { wireLimits } from '../../src/protocol/limits.ts'
import { decodePage } from '../../src/protocol/page.ts'
import type { Room } from '../../src/rooms/room.ts'
import { Registry } from '../../src/rooms/registry.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import {
  append,
  appendBytes,
  inspect,
  openRooms,
  pullFrom,
  Reader,
  roomId,
  textsFrom
} from './helpers.ts'
import type { Opened } from './helpers.ts'

/** A room whose first `count` messages are on disk alone: it was closed since they were written. */
async function withHistory(
  t: Test,
  count: number,
  perFrame = 10
): Promise<Opened & { opened: Room; directory: string }> {
  const directory = await tmpFolder(t)
  const before = await openRooms(t, { directory })
  const room = await before.room()
  for (let i = 0; i < count; i += perFrame) {
    await append(room, textsFrom(i, Math.min(perFrame, count - i)))
  }
  await before.close()
  const after = await openRooms(t, { directory })
  return { ...after, opened: await after.room(), directory }
}

test('history, catch-up and live are one, and the pages are the bytes that are stored', async (t) => {
  const { store, opened: room } = await withHistory(t, 500)
  const reader = new Reader()
  room.follow(pullFrom(0), reader).pump()
  const appended = Promise.all(textsFrom(500, 100).map((text) => append(room, [text])))
  await reader.reached(600)
  await appended
  await append(room, ['the last'])
  await reader.reached(601)

  t.alike(reader.texts, [...textsFrom(0, 600), 'the last'])
  const { segments } = await inspect(store)
  t.alike(reader.pagesSeen, segments[0]?.blocks)
  t.alike(reader.asides, [])
  let block = 0
  for (const run of reader.runs) {
    if (run.block !== block) t.fail(`a run from block ${run.block}, where ${block} was next`)
    block += run.pages.length
  }
})

test('a stream says once that it is at the end, and again after each that came live', async (t) => {
  const { opened: room } = await withHistory(t, 30)
  const reader = new Reader()
  room.follow(pullFrom(0), reader).pump()
  await reader.reached(30)
  const ends = () => reader.seen.filter((each) => each.what === 'pages' && each.end).length
  t.is(ends(), 1)
  await append(room, ['live'])
  t.is(ends(), 2)
  const atEnd = new Reader()
  const follower = room.follow(pullFrom(31), atEnd)
  follower.pump()
  follower.pump()
  t.is(atEnd.seen.length, 1, 'even with nothing to send')
  t.alike(atEnd.texts, [])
})

test('one that pulls gets what there was, and no more', async (t) => {
  const { opened: room } = await withHistory(t, 30)
  const reader = new Reader()
  room.follow(pullFrom(7, { live: false }), reader).pump()
  await reader.reached(30)
  await append(room, ['later'])
  t.alike(reader.texts, textsFrom(0, 30), 'from the page that holds it')
  t.is(reader.seen.length, 1)
})

test('any number finds the page that holds it', async (t) => {
  const { opened: room, store } = await withHistory(t, 200, 7)
  const { blocks = [] } = (await inspect(store)).segments[0] ?? {}
  for (let from = 0; from < 200; from += 3) {
    const reader = new Reader()
    room.follow(pullFrom(from, { live: false }), reader).pump()
    await reader.reached(200)
    const first = reader.runs[0]?.pages[0] ?? b4a.alloc(0)
    const page = decodePage(first)
    if (page.first > from || page.first + page.entries.length <= from) t.fail(`from ${from}`)
    if (!b4a.equals(first, blocks[Math.floor(from / 7)] ?? b4a.alloc(0))) t.fail(`${from}`)
  }
  t.pass()
})

test('a reader with room for so many waits for the rest until it says more', async (t) => {
  const { opened: room } = await withHistory(t, 100)
  // In memory as well as on disk.
  for (const from of [0, 100]) {
    const reader = new Reader()
    const follower = room.follow(pullFrom(from, { limit: 25 }), reader)
    if (from === 100) {
      for (const text of textsFrom(100, 10)) await append(room, textsFrom(0, 10, text))
    }
    follower.pump()
    await reader.until(() => reader.next >= from + 25)
    for (let i = 0; i < 20; i++) await new Promise(setImmediate)
    const there = reader.next
    t.is(there, from + 30, 'rounded up to a whole page')
    follower.pump()
    t.is(reader.next, there)
    follower.more(1000)
    await reader.reached(from + 100)
    t.is(reader.texts.length, 100)
    follower.close()
  }
})

test('a sink that is not ready costs nothing but its place', async (t) => {
  const { room: open } = await openRooms(t)
  const room = await open()
  const slow = new Reader()
  const follower = room.follow(pullFrom(0), slow)
  slow.credit = 1
  follower.pump()
  t.is(slow.seen.length, 1, 'it was told of the end')
  const bytes = b4a.alloc(64 * 1024)
  for (let i = 0; i < 40; i++) await appendBytes(room, [bytes])
  t.is(slow.seen.length, 1)

  slow.credit = 2
  follower.pump()
  await slow.until(() => slow.credit === 0)
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  t.is(slow.seen.length, 3, 'no more than it can take')
  for (const run of slow.runs) {
    const sum = run.pages.reduce((total, page) => total + page.byteLength, 0)
    t.ok(sum <= wireLimits.pagesBytesMax + 1024 || run.pages.length === 1, `${sum} bytes at once`)
  }
  slow.credit = Infinity
  follower.pump()
  await slow.reached(40)
  t.is(slow.texts.length, 40)
})

test('pages that are large at the end of a log of small ones are still sent within the bound', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory })
  const room = await first.room()
  for (let i = 0; i < 300; i++) await append(room, ['x'])
  for (let i = 0; i < 4; i++) await appendBytes(room, [b4a.alloc(100_000)])
  await first.close()
  const reader = new Reader()
  const again = await (await openRooms(t, { directory })).room()
  again.follow(pullFrom(0), reader).pump()
  await reader.reached(304)
  t.is(reader.texts.length, 304)
  for (const { pages } of reader.runs) {
    const sum = pages.reduce((total, page) => total + page.byteLength, 0)
    if (pages.length > 1 && sum > wireLimits.pagesBytesMax) t.fail(`${sum} bytes at once`)
  }
})

test('what was cleared is a gap, told once, and takes no room', async (t) => {
  const { opened, directory, close } = await withHistory(t, 100)
  t.is(opened.log.oldest, 0)
  await close()
  // As retention does it: the number first, then the blocks.
  const other = await openRooms(t, { directory })
  const { record, segments } = await inspect(other.store)
  const registry = await Registry.open(other.store)
  const gone = { bytes: 0, segment: 0, block: 4 }
  await registry.put(roomId, { ...record, oldest: 45, gone }, record)
  await segments[0]?.core.clear(0, 4)
  await other.close()

  const { room: open } = await openRooms(t, { directory })
  const room = await open()
  t.is(room.log.oldest, 45)
  const wanted: [number, string[]][] = [
    [0, ['gap 0 to 45']],
    [44, ['gap 44 to 45']],
    [45, []],
    [70, []]
  ]
  for (const [from, asides] of wanted) {
    const reader = new Reader()
    room.follow(pullFrom(from, { limit: 20 }), reader).pump()
    await reader.until(() => reader.runs.length > 0)
    const firstPage = Math.floor(Math.max(from, 45) / 10) * 10
    t.alike(reader.asides, asides)
    t.is(reader.texts[0], `message ${firstPage}`, `from ${from}`)
  }
})

test('a page that is missing and not below the oldest is a failure, not a silent skip', async (t) => {
  const { opened, directory, close } = await withHistory(t, 100)
  t.is(opened.log.next, 100)
  await close()
  const other = await openRooms(t, { directory })
  await (await inspect(other.store)).segments[0]?.core.clear(3, 5)
  await other.close()
  const { room: open } = await openRooms(t, { directory })
  const reader = new Reader()
  const room = await open()
  room.follow(pullFrom(0), reader).pump()
  await reader.until(() => reader.asides.length > 0)
  t.alike(reader.asides, ['fail'])
  t.alike(reader.texts, textsFrom(0, reader.texts.length), 'what was sent is in order')
  t.ok(reader.next <= 30)
})

test('one that ends between a commit and its delivery is not forgotten', async (t) => {
  const { room: open } = await openRooms(t)
  const room = await open()
  await append(room, ['first'])
  const late = new Reader()
  // Begins in the very turn in which the commit is told: it is at the end already.
  await new Promise<void>((resolve) => {
    room.append({
      sender: roomId as never,
      payloads: [b4a.from('second')],
      weight: 70,
      stored: () => {
        room.follow(pullFrom(2), late).pump()
        resolve()
      },
      refused: () => t.fail('refused'),
      lost: () => t.fail('lost')
    })
  })
  await append(room, ['third'])
  t.alike(late.texts, ['third'])
})

test('many followers get everything, each once, whatever their pace', async (t) => {
  const { room: open } = await openRooms(t)
  const room = await open()
  const readers = Array.from({ length: 200 }, () => new Reader())
  const followers = readers.map((reader, i) => {
    if (i % 3 === 0) reader.credit = i % 5
    const follower = room.follow(pullFrom(0), reader)
    follower.pump()
    return follower
  })
  for (let i = 0; i < 10; i++) await append(room, textsFrom(i * 10, 10))
  for (const [i, reader] of readers.entries()) {
    reader.credit = Infinity
    followers[i]?.pump()
  }
  await Promise.all(readers.map((reader) => reader.reached(100)))
  const wrong = readers.filter((reader) => reader.texts.join() !== textsFrom(0, 100).join())
  t.is(wrong.length, 0)
})

test('a reader that left gets nothing more', async (t) => {
  const { opened: room } = await withHistory(t, 50)
  const reader = new Reader()
  const follower = room.follow(pullFrom(0), reader)
  follower.pump()
  room.forget(follower)
  const other = new Reader()
  const resting = room.follow(pullFrom(50), other)
  resting.pump()
  room.forget(resting)
  await append(room, ['more'])
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  t.alike(reader.seen, [])
  t.alike(other.texts, [])
})

test('while it waits for its turn to read, a reader that left or can take no more reads nothing', async (t) => {
  const { opened: room } = await withHistory(t, 50)
  const turns: (() => void)[] = []
  class Queued extends Reader {
    override turn(): Promise<() => void> {
      return new Promise((resolve) => turns.push(() => resolve(() => {})))
    }
  }
  const [gone, full, third] = [new Queued(), new Queued(), new Queued()]
  const followers = [gone, full, third].map((reader) => room.follow(pullFrom(0), reader))
  for (const follower of followers) follower.pump()
  t.is(turns.length, 3)
  followers[0]?.close()
  full.credit = 0
  for (const take of turns.splice(0)) take()
  await third.reached(50)
  t.alike(gone.seen, [])
  t.alike(full.seen, [])
  full.credit = Infinity
  followers[1]?.pump()
  for (const take of turns.splice(0)) take()
  await full.reached(50)
  t.is(full.texts.length, 50)
})
