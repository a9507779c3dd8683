import { cpSync, rmSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import b4a from 'b4a'
import type { Signature } from '../../src/protocol/bytes.ts'
import { isSignerOf } from '../../src/protocol/head.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import {
  append,
  failWrites,
  inspect,
  noSpace,
  openRooms,
  outcome,
  pullFrom,
  Reader,
  textsFrom,
  textsOf
} from './helpers.ts'
import type { OpenOptions } from './helpers.ts'

/** The database of a folder goes back to what it was in another; the state file stays as it is. */
function rollBack(directory: string, backup: string): void {
  const database = path.join('corestore', 'db')
  rmSync(path.join(directory, database), { recursive: true })
  cpSync(path.join(backup, database), path.join(directory, database), { recursive: true })
}

async function backupOf(t: Parameters<typeof tmpFolder>[0], directory: string): Promise<string> {
  const backup = path.join(await tmpFolder(t), 'backup')
  cpSync(directory, backup, { recursive: true })
  return backup
}

test('a room goes on in its segment after a clean restart', async (t) => {
  const directory = await tmpFolder(t)
  for (let round = 0; round < 3; round++) {
    const { store, room: open, close } = await openRooms(t, { directory })
    const room = await open()
    const receipt = await append(room, [`round ${round}`])
    t.alike([receipt.first, receipt.segment, receipt.block], [round, 0, round])
    t.is((await inspect(store)).segments.length, 1)
    await close()
  }
})

test('after a restore the next append begins a segment; the old one stays as it is', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory })
  const before = await first.room()
  await append(before, textsFrom(0, 5))
  await append(before, textsFrom(5, 5))
  const old = await inspect(first.store)
  const [kept] = old.segments
  if (kept === undefined) throw new Error('no segment')
  const { treeHash } = before.log.segments.last === undefined ? { treeHash: null } : headOf(kept)
  await first.close()

  const second = await openRooms(t, { directory, restored: true })
  t.is(second.store.generation, 2)
  const room = await second.room()
  t.is(room.log.segments.all.length, 1, 'nothing changes before the next append')
  t.is(room.log.next, 10)
  const receipts = await Promise.all([append(room, ['new']), append(room, ['newer'])])
  t.alike(
    receipts.map(({ first: number, segment, block, head }) => [
      number,
      segment,
      block,
      head.length
    ]),
    [
      [10, 1, 0, 1],
      [11, 1, 0, 1]
    ]
  )
  const { record, segments } = await inspect(second.store)
  t.alike(
    segments.map(({ start, end }) => [start, end]),
    [
      [0, 10],
      [10, null]
    ]
  )
  t.alike(
    record.segments.map(({ generation }) => generation),
    [1, 2]
  )
  t.alike(segments[0]?.blocks, kept.blocks, 'unchanged')
  t.alike(segments[0] && headOf(segments[0]).treeHash, treeHash)
  t.ok(segments.every(({ core }) => core.fork === 0))
  t.ok(record.segments.every(({ coreKey, signer }) => isSignerOf(coreKey, signer)))

  const reader = new Reader()
  room.follow(pullFrom(0), reader).pump()
  await reader.reached(12)
  t.alike(reader.texts, [...textsFrom(0, 10), 'new', 'newer'], 'both are readable as one')
  t.alike(
    reader.runs.map(({ segment }) => segment),
    [0, 1]
  )
  await append(room, ['live'])
  t.is(reader.texts.at(-1), 'live')
  await second.close()

  const third = await openRooms(t, { directory })
  const again = await third.room()
  t.is((await append(again, ['and on'])).segment, 1, 'one new segment, not one a start')
})

test('a cursor beyond the end of an old segment steps back to it; one within goes on', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory })
  await append(await first.room(), textsFrom(0, 10))
  const coreKey = (await first.room()).log.segments.last?.coreKey ?? null
  await first.close()
  const { room: open } = await openRooms(t, { directory, restored: true })
  const room = await open()
  await append(room, textsFrom(10, 10, 'other'))

  const cases: [number, typeof coreKey, string[], string | undefined][] = [
    [15, coreKey, ['reset 10'], 'other 10'],
    [10, coreKey, [], 'other 10'],
    [3, coreKey, [], 'message 0'],
    [15, b4a.alloc(32, 9) as typeof coreKey, ['reset 0'], 'message 0'],
    [15, null, [], 'other 10'],
    [99, null, ['reset 20'], undefined]
  ]
  for (const [from, key, asides, text] of cases) {
    const reader = new Reader()
    room.follow(pullFrom(from, { coreKey: key, live: false }), reader).pump()
    await reader.until(() => reader.runs.length > 0)
    t.alike(reader.asides, asides)
    t.is(reader.texts[0], text, `from ${from}`)
  }
  t.is((await append(room, ['on'])).segment, 1, 'and no cursor has changed anything')
})

for (const restart of ['room open', 'room closed in between', 'root restarted in between']) {
  test(`a head of ours beyond our end proves a rollback: a new segment, no fork (${restart})`, async (t) => {
    const directory = await tmpFolder(t)
    const start = async (options: OpenOptions = {}) => {
      const opened = await openRooms(t, { directory, ...options })
      return { ...opened, opened: await opened.room() }
    }
    const first = await start()
    await append(first.opened, textsFrom(0, 5))
    await first.close()
    const backup = await backupOf(t, directory)

    const second = await start()
    const { head } = await append(second.opened, textsFrom(5, 5, 'lost'))
    const coreKey = second.opened.log.segments.last?.coreKey ?? null
    await second.close()
    rollBack(directory, backup)

    let third = await start({ now: () => 1 })
    t.is(third.store.generation, 1, 'nothing else has shown it')
    t.is(third.opened.log.next, 5)
    const follow = (options: Parameters<typeof pullFrom>[1]): Reader => {
      const reader = new Reader()
      third.opened.follow(pullFrom(10, options), reader).pump()
      return reader
    }
    const reader = follow({ coreKey, head })
    t.alike(reader.asides, ['reset 5'])

    if (restart !== 'room open') {
      await third.rooms.close()
      if (restart === 'root restarted in between') await third.close()
      else await third.store.close()
      third = await start()
    }
    const receipt = await append(third.opened, ['after'])
    t.alike([receipt.first, receipt.segment, receipt.block], [5, 1, 0])
    const { segments } = await inspect(third.store)
    t.is(segments.length, 2)
    t.is(segments[0]?.core.length, 1, 'the rolled back core is never appended to again')
    t.ok(segments.every(({ core }) => core.fork === 0))
    t.alike(textsOf(segments[0]?.blocks ?? []), textsFrom(0, 5))
    if (restart === 'room open') t.alike(reader.texts, ['after'])
    const other = follow({ coreKey, head })
    await other.until(() => other.runs.length > 0)
    t.alike(other.asides, ['reset 5'])
    t.alike(other.texts, ['after'])
    t.is((await append(third.opened, ['more'])).segment, 1, 'and that once')
  })
}

test('a head that we did not sign, or not for this core, changes nothing', async (t) => {
  const { room: open, store } = await openRooms(t)
  const room = await open()
  const { head } = await append(room, ['one'])
  const coreKey = room.log.segments.last?.coreKey ?? null
  const elsewhere = await append(await open(b4a.alloc(32, 9) as never), ['a'])
  const heads = [
    { ...head, length: 1000 },
    { ...head, length: 1000, signature: b4a.alloc(64) as Signature },
    { ...elsewhere.head, length: 2 }
  ]
  for (const forged of heads) {
    const reader = new Reader()
    room.follow(pullFrom(99, { coreKey, head: forged }), reader).pump()
    t.alike(reader.asides, ['reset 1'])
  }
  t.is((await append(room, ['two'])).segment, 0)
  t.is((await inspect(store)).segments.length, 1)
})

test('pages in memory of a segment that ended carry no head of the next', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory })
  await append(await first.room(), textsFrom(0, 5))
  await first.close()
  const backup = await backupOf(t, directory)
  const second = await openRooms(t, { directory })
  const { head } = await append(await second.room(), ['lost'])
  const coreKey = (await second.room()).log.segments.last?.coreKey ?? null
  await second.close()
  rollBack(directory, backup)

  const { room: open } = await openRooms(t, { directory })
  const room = await open()
  await append(room, ['in memory of the first'])
  await append(room, ['it has overtaken the head'])
  room.follow(pullFrom(0, { coreKey, head: { ...head } }), new Reader())
  t.is((await append(room, ['same segment'])).segment, 0, 'a head below our end is no proof')
  const reader = new Reader()
  room.follow(pullFrom(0), reader).pump()
  await reader.reached(8)
  for (const { segment, head: told } of reader.runs) {
    t.is(segment, 0)
    t.ok(told === null || told.length <= 4)
  }
})

test('a new segment that could not be written down is not appended to, nor is the old one', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openRooms(t, { directory })
  await append(await first.room(), ['one'])
  await first.close()
  const { room: open, store } = await openRooms(t, { directory, restored: true })
  const room = await open()
  const mend = failWrites(store, noSpace())
  t.is(await outcome(append(room, ['refused'])), 'DISK_FULL')
  t.is(store.needsReopen, true)
  mend()
  const { segments } = await inspect(store)
  t.is(segments.length, 1)
  t.alike(textsOf(segments[0]?.blocks ?? []), ['one'])
  t.is(room.log.next, 1)
})

function headOf({ core }: { core: { core: { state: { hash(): Uint8Array } } } }): {
  treeHash: Uint8Array
} {
  return { treeHash: core.core.state.hash() }
}

test('reading from the beginning of a segment costs no search for its first page', async (t) => {
  const { room: open } = await openRooms(t)
  const room = await open()
  for (let i = 0; i < 5; i++) await append(room, textsFrom(i * 2, 2))
  const core = await room.log.core(0)
  let searches = 0
  const find = core.find.bind(core)
  core.find = (number) => {
    searches++
    return find(number)
  }
  const from = (number: number) => room.log.read({ number, segment: -1, block: -1 }, Infinity)
  t.is((await from(0))?.block, 0)
  t.is(searches, 0)
  t.is((await from(4))?.block, 2)
  t.is(searches, 1)
})

test('a room that is open and not used gives its cores back, and goes on as if it had not', async (t) => {
  const { store, room: open } = await openRooms(t)
  const room = await open()
  await append(room, textsFrom(0, 3))
  const reader = new Reader()
  room.follow(pullFrom(0), reader).pump()
  await reader.reached(3)
  const { core } = await room.log.core(0)
  await room.log.rest()
  t.absent(core.closed, 'not at once: it was used since the last time')
  await room.log.rest()
  t.ok(core.closed)
  t.is(room.log.next, 3)

  await append(room, textsFrom(3, 2))
  await reader.reached(5)
  t.alike(reader.texts, textsFrom(0, 5), 'a follower notices nothing')
  t.is((await inspect(store)).segments.length, 1, 'and it is the same segment')
  const { core: again } = await room.log.core(0)
  const release = room.log.hold()
  for (let i = 0; i < 3; i++) await room.log.rest()
  t.absent(again.closed, 'what is held stays open')
  release()
})
