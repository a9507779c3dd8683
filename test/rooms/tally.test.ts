import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import { Registry } from '../../src/rooms/registry.ts'
import type { Room } from '../../src/rooms/room.ts'
import { NOTHING_KEPT, Tally } from '../../src/rooms/tally.ts'
import { Dice } from '../fuzz/helpers/dice.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { GatedFiles, openStore } from '../storage/helpers.ts'
import {
  append,
  appendBytes,
  failWrites,
  noSpace,
  openRooms,
  outcome,
  pullFrom,
  Reader,
  roomId
} from './helpers.ts'
import type { Opened } from './helpers.ts'
import { countAll, countPeeks, keepRooms, sharded } from './tally-helpers.ts'

/** Closes the store under the rooms, so that the tally cannot say good-bye: as after a kill. */
async function abandon({ store }: Opened): Promise<void> {
  await store.close()
}

/** Opens the tally of a store and gives what it says, and how many cores it has looked at. */
async function recount(t: Test, directory: string, { restored = false } = {}) {
  const store = await openStore(t, { directory, restored, fsync: false })
  const registry = await Registry.open(store)
  const peeks = countPeeks(store)
  const { totals } = await Tally.open(store, registry)
  const all = await countAll(store)
  await store.close()
  return { totals, all, peeks: peeks.count }
}

test('rooms, messages and bytes are counted as they come', async (t) => {
  const { rooms, room: open, store } = await openRooms(t)
  t.alike(rooms.totals, NOTHING_KEPT)
  const room = await open()
  t.alike(rooms.totals, { ...NOTHING_KEPT, rooms: 1 })
  await append(room, ['one', 'two'])
  await append(room, ['three'])
  t.is(rooms.totals.messages, 3)
  t.alike(rooms.totals, await countAll(store))
  t.is(await rooms.acquire(sharded(0, 1), false), null, 'a guest creates nothing')
  t.is(rooms.totals.rooms, 1)
})

test('a message is counted when its sender is answered, and not before', async (t) => {
  const files = new GatedFiles()
  const { rooms, room: open } = await openRooms(t, { syncFiles: files })
  const room = await open()
  const seen = new Promise<number>((resolve) => {
    files.hold()
    room.append({
      sender: b4a.alloc(32) as never,
      payloads: [b4a.from('one'), b4a.from('two')],
      weight: 6,
      stored: () => resolve(rooms.totals.messages),
      refused: () => resolve(-1),
      lost: () => resolve(-1)
    })
  })
  await files.arrival
  t.is(rooms.totals.messages, 0)
  files.release()
  t.is(await seen, 2)
})

test('a clean end leaves nothing to be counted at the next start', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory, fsync: false })
  for (let i = 0; i < 100; i++) await append(await first.room(sharded(i % 5, i)), ['hello'])
  const { totals } = first.rooms
  t.alike(totals, await countAll(first.store))
  await first.close()
  const again = await recount(t, directory)
  t.alike(again.totals, totals)
  t.is(again.peeks, 0)
})

test('what a start counts does not grow with the rooms kept', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory, fsync: false })
  await keepRooms(
    store,
    Array.from({ length: 5000 }, (_, i) => sharded(i % 64, i))
  )
  await store.close()

  const opened = await openRooms(t, { directory, fsync: false })
  t.is(opened.rooms.totals.rooms, 5000)
  for (let i = 0; i < 50; i++) await append(await opened.room(sharded(i % 64, i)), ['hello'])
  await abandon(opened)
  const again = await recount(t, directory)
  t.alike(again.totals, again.all)
  t.is(again.totals.messages, 50)
  t.is(again.peeks, 50, 'those that were written to, and no other')
})

test('rooms that come and go are marked within a bound, however many there were', async (t) => {
  const directory = await tmpFolder(t)
  const opened = await openRooms(t, { directory, fsync: false, idleMs: 4 })
  for (let i = 0; i < 300; i++) {
    const room = await opened.room(sharded(0, i))
    await append(room, ['hello'])
    opened.rooms.release(room)
    while (opened.rooms.size > 4) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await abandon(opened)
  const again = await recount(t, directory)
  t.alike(again.totals, again.all)
  t.is(again.totals.rooms, 300)
  t.ok(again.peeks <= 16, `${again.peeks} of 300 rooms were counted again`)
})

test('more rooms at work in one shard than it may mark: a commit marks its room again', async (t) => {
  const directory = await tmpFolder(t)
  const opened = await openRooms(t, { directory, fsync: false })
  for (const text of ['one', 'two', 'three']) {
    for (let i = 0; i < 300; i++) await append(await opened.room(sharded(0, i)), [text])
  }
  t.is(opened.rooms.totals.messages, 900)
  await abandon(opened)
  const again = await recount(t, directory)
  t.alike(again.totals, again.all)
  t.is(again.totals.messages, 900)
  t.ok(again.peeks <= 256, `${again.peeks} of 300 rooms were counted again`)
})

test('a room in the middle of a write stays marked, however many others there are', async (t) => {
  const directory = await tmpFolder(t)
  const files = new GatedFiles()
  const opened = await openRooms(t, { directory, syncFiles: files })
  const rooms = await Promise.all(Array.from({ length: 300 }, (_, i) => opened.room(sharded(0, i))))
  for (const room of rooms) await append(room, ['one'])
  const [first, ...others] = rooms
  if (first === undefined) throw new Error('no room')
  await append(first, ['two'])
  files.hold()
  const held = append(first, ['three'])
  await files.arrival
  // Their marks are more than there may be, so the shard is folded under the one that is held.
  const rest = others.map((room) => append(room, ['two']))
  for (let i = 0; i < 20; i++) await opened.store.notes.get('any')
  files.release()
  await Promise.all([held, ...rest])
  await abandon(opened)
  const again = await recount(t, directory)
  t.alike(again.totals, again.all)
  t.is(again.totals.messages, 601)
})

test('a room at work costs no note after its first message', async (t) => {
  const { room: open, store } = await openRooms(t, { fsync: false })
  const room = await open()
  await append(room, ['first'])
  let notes = 0
  const set = store.notes.set.bind(store.notes)
  store.notes.set = (name, value) => {
    notes++
    return set(name, value)
  }
  for (let i = 0; i < 20; i++) {
    await append(room, ['on'])
    await room.log.rest()
  }
  t.is(notes, 0)
})

test('a store from before there was a tally is counted once, from its logs', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory, fsync: false })
  for (let i = 0; i < 150; i++) await append(await first.room(sharded(i % 7, i)), ['a', 'bc'])
  await first.room(sharded(8, 0)) // without a message, and so without a core
  const { totals } = first.rooms
  await first.store.notes.set('tally', b4a.from('none'))
  await first.close()
  t.is(totals.rooms, 151)

  const second = await recount(t, directory)
  t.is(second.peeks, 150)
  t.alike(second.totals, totals)
  const third = await recount(t, directory)
  t.is(third.peeks, 0)
  t.alike(third.totals, totals)
})

test('a note that says nothing to us is made anew from the logs', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory, fsync: false })
  for (let i = 0; i < 20; i++) await append(await first.room(sharded(1, i)), ['hello'])
  const { totals, notes } = { totals: first.rooms.totals, notes: first.store.notes }
  await first.rooms.close()
  await notes.set('tally/1', b4a.from([9, 9]))
  await first.store.close()
  t.alike((await recount(t, directory)).totals, totals)
})

test('where another version has had the store open, all is counted anew', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory, fsync: false })
  for (let i = 0; i < 20; i++) await append(await first.room(sharded(1, i)), ['hello'])
  const { totals } = first.rooms
  await first.close()
  t.is((await recount(t, directory)).peeks, 0, 'it was us alone')
  await (await openStore(t, { directory, fsync: false })).close() // ended before there was a tally
  t.is((await recount(t, directory)).peeks, 0, 'us again')
  const file = path.join(directory, 'root-peer.json')
  const state = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  const { openings: _, ...older } = state
  writeFileSync(file, JSON.stringify({ ...older, opening: 'of somebody else' }))
  const counted = await recount(t, directory)
  t.is(counted.peeks, 20)
  t.alike(counted.totals, totals)
})

test('the segments of a room count together, those that were ended as well', async (t) => {
  const directory = await tmpFolder(t)
  for (const restored of [false, true, true]) {
    const opened = await openRooms(t, { directory, restored, fsync: false })
    const room = await opened.room()
    await append(room, ['one', 'two'])
    const last = room.log.segments.last
    if (restored && last !== undefined) {
      // A reader that has seen more of this core than there is: it was rolled back.
      const { head } = await append(room, ['three'])
      t.ok(head)
      const reader = new Reader()
      room.follow(pullFrom(0, { coreKey: last.coreKey, head }), reader).close()
      await append(room, ['four'])
    }
    t.alike(opened.rooms.totals, await countAll(opened.store))
    await abandon(opened)
    const again = await recount(t, directory)
    t.alike(again.totals, again.all)
    t.alike(again.totals, opened.rooms.totals)
  }
})

test('what found no room on the disk is not counted, before and after the reopen', async (t) => {
  const directory = await tmpFolder(t)
  const opened = await openRooms(t, { directory })
  const { rooms, store, room: open } = opened
  const room = await open()
  await append(room, ['before'])
  failWrites(store, noSpace())
  t.is(await outcome(append(room, ['no room'])), 'DISK_FULL')
  t.is(await outcome(open(sharded(3, 3)).then((each) => append(each, ['nor']))), 'DISK_FULL')
  t.is(rooms.totals.messages, 1)
  await rooms.reopen(() => store.reopen())
  t.alike(rooms.totals, await countAll(store))
  await append(await open(), ['after'])
  await append(await open(sharded(3, 3)), ['there'])
  t.is(rooms.totals.messages, 3)
  t.alike(rooms.totals, await countAll(store))
  await abandon(opened)
  const again = await recount(t, directory)
  t.alike(again.totals, again.all)
})

test('a mark that could not be written is told to whoever was about to write', async (t) => {
  const { rooms, store } = await openRooms(t, { fsync: false })
  await rooms.close()
  const tally = await Tally.open(store, await Registry.open(store))
  const mend = failWrites(store, noSpace())
  const begun = tally.account(roomId).begin(() => ({ known: true, next: 0, bytes: 0 }))
  await t.exception(begun ?? Promise.resolve(), { code: 'DISK_FULL' })
  mend()
  t.is(store.needsReopen, true)
  await t.exception(store.notes.set('any', b4a.from('value')), { code: 'DISK_FULL' })
})

test('whatever is done, the tally is what the logs hold', { timeout: 120_000 }, async (t) => {
  const dice = new Dice()
  t.comment(`seed ${dice.seed}`)
  const directory = await tmpFolder(t)
  for (let life = 0; life < 4; life++) {
    const opened = await openRooms(t, {
      directory,
      fsync: false,
      idleMs: 4,
      restored: life > 0 && dice.chance(0.3)
    })
    t.alike(opened.rooms.totals, await countAll(opened.store), `life ${life}: at its start`)
    let open: Room[] = []
    for (let step = 0; step < 60; step++) {
      const throwing = dice.next()
      if (throwing < 0.5) {
        const room = await opened.room(sharded(dice.below(2), dice.below(60)))
        open.push(room)
        const frames = Array.from({ length: dice.below(4) }, () =>
          appendBytes(
            room,
            Array.from({ length: 1 + dice.below(3) }, () => dice.bytes(dice.below(200)))
          )
        )
        if (dice.chance(0.5)) await Promise.all(frames)
        else for (const frame of frames) frame.catch(() => {})
      } else if (throwing < 0.8 && open.length > 0) {
        const [room] = open.splice(dice.below(open.length), 1)
        if (room !== undefined) opened.rooms.release(room)
      } else if (throwing < 0.9 && open.length > 0) {
        await dice.pick(open).log.rest()
      } else if (throwing < 0.97) {
        await new Promise((resolve) => setTimeout(resolve, dice.below(12)))
      } else {
        await Promise.all(open.map((room) => append(room, ['settled'])))
        failWrites(opened.store, noSpace())
        const refused = opened.room(sharded(9, step)).then((room) => append(room, ['no room']))
        t.is(await outcome(refused), 'DISK_FULL')
        await opened.rooms.reopen(() => opened.store.reopen())
        open = []
        t.alike(opened.rooms.totals, await countAll(opened.store), `life ${life}: reopened`)
      }
    }
    await Promise.all([...new Set(open)].map((room) => append(room, ['last'])))
    if (dice.chance(0.4)) await opened.close()
    else await abandon(opened)
  }
  const { totals, all } = await recount(t, directory)
  t.alike(totals, all)
})

test('wherever a power cut ends the log of the database, the tally is what the logs hold', async (t) => {
  const dice = new Dice()
  t.comment(`seed ${dice.seed}`)
  const directory = await tmpFolder(t)
  const opened = await openRooms(t, { directory, fsync: false, idleMs: 4 })
  const { rocks } = opened.store.corestore.storage
  const begun = await rocks.currentWalFile()
  for (let i = 0; i < 150; i++) {
    const room = await opened.room(sharded(dice.below(2), dice.below(40)))
    const [one, two] = [append(room, ['one', 'two']), append(room, ['three'])]
    if (dice.chance(0.7)) opened.rooms.release(room)
    await Promise.all([one, two])
    if (dice.chance(0.2)) await new Promise((resolve) => setTimeout(resolve, dice.below(10)))
  }
  const ended = await rocks.currentWalFile()
  t.is(ended.number, begun.number)
  const cuts = Array.from({ length: 10 }, () => dice.below(ended.size - begun.size))
  for (const cut of cuts.sort((a, b) => a - b)) {
    const copy = path.join(await tmpFolder(t), 'copy')
    cpSync(directory, copy, { recursive: true })
    const database = path.join(copy, 'corestore', 'db')
    truncateSync(path.join(database, path.basename(ended.path)), begun.size + cut)
    const { totals, all } = await recount(t, copy, { restored: true })
    t.alike(totals, all, `cut ${cut} bytes in: ${all.messages} messages`)
  }
})

test(
  'a process that is killed while it writes, again and again: nothing is miscounted',
  { timeout: 120_000 },
  async (t) => {
    const dice = new Dice()
    t.comment(`seed ${dice.seed}`)
    const directory = await tmpFolder(t)
    const script = fileURLToPath(new URL('./tally-writer.js', import.meta.url))
    let messages = 0
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [script, directory, String(dice.below(1e6))], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      const exited = once(child, 'exit')
      let acknowledged = 0
      const most = 20 + dice.below(150)
      child.stdout.on('data', (dots: Uint8Array) => {
        acknowledged += dots.byteLength
        if (acknowledged >= most) child.kill('SIGKILL')
      })
      t.alike(await exited, [null, 'SIGKILL'])
      const { totals, all, peeks } = await recount(t, directory)
      t.alike(totals, all, `round ${round}`)
      t.ok(totals.messages >= messages + acknowledged, `${acknowledged} frames were acknowledged`)
      t.ok(peeks > 0, `${peeks} rooms were counted again`)
      messages = totals.messages
    }
  }
)
