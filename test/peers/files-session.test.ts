import test from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import Hyperblobs from 'hyperblobs'
import { currentKey, decodeFileRecord, parseIndexKey } from '../../src/protocol/files-index.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { createPeers } from './helpers.ts'
import { newRoom } from './raw-peer.ts'
import { bytesOf, entryOf, hashOf, keyOf, RawFiles } from './raw-files.ts'

test('a small file is stored, told of, listed and read', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const granted = await files.granted
  t.alike([granted.index, granted.seq], [null, 0], 'a room without files has no cores')

  const chunks = [bytesOf(300, 1), bytesOf(5, 2)]
  const seq = await files.store(keyOf(1, 1), 1, chunks)
  const [entry] = await files.stat(keyOf(1, 1), keyOf(1, 2))
  t.alike([entry?.seq, entry?.version, entry?.size, entry?.deleted], [seq, 1, 305, false])
  t.alike(entry?.sealed, b4a.from('entry 1'))
  t.alike(entry?.key, keyOf(1, 1))
  const list = await files.list(1)
  t.alike([list.entries.length, list.end], [1, true])
  const parts = await files.get([{ key: keyOf(1, 1), seq }])
  t.alike(
    parts.map(({ bytes }) => bytes),
    chunks
  )
  t.alike(
    parts.map(({ kind, chunk }) => [kind, chunk]),
    [
      [0, 0],
      [1, 1]
    ]
  )
})

test('a large file goes up chunk by chunk, and shows once it is committed', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const chunks = Array.from({ length: 40 }, (_, i) => bytesOf(65_536, i))
  const size = 40 * 65_536
  const [request, ready] = await files.begin(keyOf(1, 1), 9, size)
  t.alike([ready.chunks, ready.hash], [0, hashOf([])])
  for (const [i, chunk] of chunks.entries()) files.chunk(request, i, chunk)
  await files.taken(request, 40)
  t.alike(await files.stat(keyOf(1, 1)), [], 'nothing shows before')
  files.commit(request, chunks, entryOf(1, size))
  const { seq } = await files.take(request, 'committed')
  const parts = await files.get([{ key: keyOf(1, 1), seq }])
  t.ok(b4a.equals(b4a.concat(parts.map(({ bytes }) => bytes)), b4a.concat(chunks)))
  const some = await files.get([{ key: keyOf(1, 1), from: 3, to: 5 }])
  t.alike(
    some.map(({ chunk, kind }) => [chunk, kind]),
    [
      [3, 0],
      [4, 1]
    ]
  )
})

test('what is wrong with an upload is told, and leaves the room unharmed', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const one = bytesOf(1000, 1)

  const [skipped] = await files.begin(keyOf(1, 1), 1, 3000)
  files.chunk(skipped, 1, one)
  t.is(await files.refused(skipped), 'BAD_CHUNK', 'a chunk out of order')
  files.chunk(skipped, 0, one)
  files.commit(skipped, [one], entryOf(1, 1000))
  t.is(await files.refused(skipped), 'BAD_CHUNK', 'nothing goes on after it')

  const [long] = await files.begin(keyOf(1, 1), 2, 1500)
  files.chunk(long, 0, one)
  files.chunk(long, 1, one)
  t.is(await files.refused(long), 'BAD_CHUNK', 'more bytes than were said')

  const [empty] = await files.begin(keyOf(1, 1), 3, 1000)
  files.commit(empty, [], entryOf(1, 1000))
  t.is(await files.refused(empty), 'BAD_CHUNK', 'a commit without chunks')
  files.chunk(empty, 0, one)
  await files.taken(empty, 1)
  files.commit(empty, [bytesOf(1000, 2)], entryOf(1, 1000))
  t.is(await files.refused(empty), 'BAD_CHUNK', 'a hash over other chunks')
  files.commit(empty, [one], entryOf(1, 999))
  t.is(await files.refused(empty), 'BAD_CHUNK', 'an entry of another size')
  t.alike(await files.stat(keyOf(1, 1)), [], 'nothing of all that is visible')
  files.commit(empty, [one], entryOf(1, 1000))
  await files.take(empty, 'committed')

  const stranger = files.next()
  files.send.begin({ request: stranger, key: keyOf(1, 2), attempt: bytesOf(16, 4), size: 2 ** 50 })
  t.is(await files.refused(stranger), 'TOO_LARGE', 'a file over the limit')
  const lie = files.put(keyOf(1, 2), 1, [one], { entry: entryOf(1, 999) })
  t.is(await files.refused(lie), 'BAD_CHUNK', 'a small file of another size')
  const stale = files.put(keyOf(1, 1), 1, [one])
  t.is(await files.refused(stale), 'FILE_CHANGED')
  const nowhere = files.put(keyOf(1, 2), 1, [], { contentOf: 7, entry: entryOf(1, 5) })
  t.is(await files.refused(nowhere), 'FILE_UNKNOWN')
  t.alike(world.violations, [])
})

test('a commit that is refused leaves the upload, and may be made again', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const chunks = [bytesOf(1000, 1)]
  const [request] = await files.begin(keyOf(1, 1), 1, 1000)
  files.chunk(request, 0, chunks[0] ?? bytesOf(0, 0))
  await files.taken(request, 1)
  await files.store(keyOf(1, 1), 1, [bytesOf(5, 5)])
  files.commit(request, chunks, entryOf(1, 1000))
  t.is(await files.refused(request), 'FILE_CHANGED')
  files.commit(request, chunks, entryOf(2, 1000))
  await files.take(request, 'committed')
  const parts = await files.get([{ key: keyOf(1, 1) }])
  t.alike(
    parts.map(({ bytes }) => bytes),
    chunks
  )
})

test('an upload goes on at another connection, from what is held', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const first = await world.connect()
  const before = await RawFiles.enter(first.peer, keys)
  const chunks = [bytesOf(1000, 1), bytesOf(1000, 2), bytesOf(1000, 3)]
  const [request] = await before.begin(keyOf(1, 1), 1, 3000)
  before.chunk(request, 0, bytesOf(1000, 1))
  before.chunk(request, 1, bytesOf(1000, 2))
  await before.taken(request, 2)
  const second = await world.connect()
  const after = await RawFiles.enter(second.peer, keys)
  const [again, ready] = await after.begin(keyOf(1, 1), 1, 3000)
  t.alike([ready.chunks, ready.hash], [2, hashOf(chunks.slice(0, 2))])
  before.chunk(request, 2, bytesOf(1000, 9))
  t.is(await before.refused(request), 'BAD_CHUNK', 'whoever sent it before has lost it')
  after.chunk(again, 2, bytesOf(1000, 3))
  await after.taken(again, 3)
  after.commit(again, chunks, entryOf(1, 3000))
  await after.take(again, 'committed')
})

test('an upload that is stopped is given up', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const [request] = await files.begin(keyOf(1, 1), 1, 3000)
  files.chunk(request, 0, bytesOf(1000, 1))
  files.send.stop({ request })
  const [, ready] = await files.begin(keyOf(1, 1), 1, 3000)
  t.is(ready.chunks, 0)
})

test('a range beyond the end, and a file that is not, are said beside what is', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const key = keyOf(1, 1)
  await files.store(key, 1, [bytesOf(9, 1)])
  await files.store(keyOf(1, 3), 1, [])
  const parts = await files.get([
    { key, from: 1, to: 2 },
    { key: keyOf(1, 2) },
    { key, seq: 999 },
    { key, from: 5 },
    { key: keyOf(1, 3) },
    { key }
  ])
  t.alike(
    parts.map(({ file, kind, bytes }) => [file, kind, bytes.byteLength]),
    [
      [0, 3, 0],
      [1, 2, 0],
      [2, 2, 0],
      [3, 3, 0],
      [4, 1, 0],
      [5, 1, 9]
    ]
  )
})

test('an entry whose content is gone is told as unknown', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  await files.store(keyOf(1, 1), 1, [bytesOf(9, 1)])
  const room = await world.files.acquire(keys.id)
  await (await room.cores.core(0)).clear(0, 1)
  world.files.release(room)
  const parts = await files.get([{ key: keyOf(1, 1) }])
  t.alike(
    parts.map(({ kind }) => kind),
    [2]
  )
})

test('content comes as far as there is room for it', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const chunks = Array.from({ length: 8 }, (_, i) => bytesOf(200_000, i))
  const [begun] = await files.begin(keyOf(1, 1), 1, 1_600_000)
  for (const [i, chunk] of chunks.entries()) files.chunk(begun, i, chunk)
  await files.taken(begun, 8)
  files.commit(begun, chunks, entryOf(1, 1_600_000))
  await files.take(begun, 'committed')
  const request = files.next()
  const wanted = { key: keyOf(1, 1), seq: 0, from: 0, to: 0 }
  files.send.get({ request, files: [wanted], limit: 250_000 })
  let got = 0
  while (got < 2) got += (await files.take(request, 'chunks')).parts.length
  await files.list(1) // what was on its way has arrived
  t.is(files.waiting(request), 0, 'no more than a chunk beyond')
  files.send.more({ request, limit: 2_000_000 })
  for (;;) {
    const { parts, end } = await files.take(request, 'chunks')
    got += parts.length
    if (end) break
  }
  t.is(got, 8)
})

test('changes are told as they come, of all or of one folder, from a place on', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const one = await RawFiles.enter((await world.connect()).peer, keys)
  const two = await RawFiles.enter((await world.connect()).peer, keys)
  const all = two.watch()
  const empty = await two.take(all, 'changes')
  t.alike([empty.index, empty.entries, empty.end], [null, [], true], 'nothing is there yet')
  await one.store(keyOf(1, 1), 1, [bytesOf(9, 1)])
  const first = await two.take(all, 'changes')
  t.alike(
    first.entries.map(({ version }) => version),
    [1]
  )
  const folder = two.watch({
    folder: keyOf(2, 0).subarray(0, 32),
    index: first.index,
    seq: first.next
  })
  t.is((await two.take(folder, 'changes')).end, true)
  await one.store(keyOf(1, 1), 2, [])
  await one.store(keyOf(2, 1), 1, [])
  await one.remove(keyOf(1, 1), 3)
  const seen: string[] = []
  while (seen.length < 3) {
    for (const { version, deleted } of (await two.take(all, 'changes')).entries) {
      seen.push(`${version}${deleted ? ' deleted' : ''}`)
    }
  }
  t.alike(seen, ['2', '1', '3 deleted'])
  t.alike(
    (await two.take(folder, 'changes')).entries.map(({ key }) => key),
    [keyOf(2, 1)]
  )
  const strange = two.watch({ index: bytesOf(32, 9) as NonNullable<typeof first.index>, seq: 5 })
  const reset = await two.take(strange, 'reset')
  t.alike(reset.index, first.index, 'another index: list again')
  const once = two.watch({ live: false })
  let next = 0
  for (;;) {
    const { entries, end } = await two.take(once, 'changes')
    next += entries.length
    if (end) break
  }
  t.is(next, 4)
})

test('a guest reads and does not write', async (t) => {
  const world = await createPeers(t)
  const { keys, guest } = newRoom()
  const member = await RawFiles.enter((await world.connect()).peer, keys)
  await member.store(keyOf(1, 1), 1, [bytesOf(9, 1)])
  const files = await RawFiles.enter((await world.connect()).peer, guest)
  t.is((await files.stat(keyOf(1, 1))).length, 1)
  t.is(await files.refused(files.put(keyOf(1, 1), 2, [])), 'READ_ONLY')
  const request = files.next()
  files.send.begin({ request, key: keyOf(1, 1), attempt: bytesOf(16, 4), size: 5 })
  t.is(await files.refused(request), 'READ_ONLY')
})

test('the bounds of a channel close it, and nothing else', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const room = await peer.enter(keys)

  const over = new RawFiles(peer, keys.id)
  await over.granted
  for (let i = 0; i < 80; i++) over.put(keyOf(1, i), 1, [bytesOf(60_000, 1)])
  t.is(await over.denied, 'WINDOW_OVERRUN')

  const twice = new RawFiles(peer, keys.id)
  await twice.granted
  twice.send.stat({ request: 5, keys: [keyOf(1, 1)] })
  twice.send.stat({ request: 5, keys: [keyOf(1, 1)] })
  t.is(await twice.denied, 'UNEXPECTED', 'a request number that does not grow')

  const many = new RawFiles(peer, keys.id)
  await many.granted
  for (let i = 0; i < 9; i++) many.watch()
  t.is(await many.denied, 'TOO_MANY')
  room.append(['still here'])
  await room.take('stored')
  t.pass('the room goes on')
})

test('a files channel without its room is not answered, and ends with it', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  await peer.greet()
  const alone = new RawFiles(peer, keys.id)
  await alone.closed
  const room = await peer.enter(keys)
  const files = new RawFiles(peer, keys.id)
  await files.granted
  room.close()
  await files.closed
  t.pass()
})

test('a plain Hyperbee and a plain Hyperblobs read what a root keeps', async (t) => {
  const world = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, keys)
  const chunks = [bytesOf(1000, 1), bytesOf(500, 2)]
  await files.store(keyOf(1, 1), 1, chunks)
  await files.store(keyOf(1, 2), 1, [])
  files.send.replicate({ on: true, index: null, contents: [] })
  const offered = await files.take(-1, 'replicate')
  const store = new Corestore(await tmpFolder(t))
  t.teardown(() => store.close())
  const core = store.get({ key: offered.index ?? bytesOf(32, 0) })
  const content = store.get({ key: offered.contents[0] ?? bytesOf(32, 0) })
  await Promise.all([core.ready(), content.ready()])
  core.replicate(peer.mux)
  content.replicate(peer.mux)
  const bee = new Hyperbee(core, { keyEncoding: 'binary', valueEncoding: 'binary' })
  await core.update({ wait: true })
  const found: (number | null)[] = []
  for await (const { key } of bee.createReadStream()) found.push(parseIndexKey(key)?.older ?? null)
  t.is(found.length, 3, 'two entries, and what the root keeps for itself')
  const node = await bee.get(currentKey(keyOf(1, 1)))
  const [id] = decodeFileRecord(node?.value ?? bytesOf(0, 0)).blobs
  if (id === undefined) throw new Error('no content')
  const blobs = new Hyperblobs(content)
  t.alike(await blobs.get(id), b4a.concat(chunks))
  files.send.replicate({ on: false, index: null, contents: [] })
  t.is((await files.take(-1, 'replicate')).on, false)
})

test('who sends files faster than may be for long is answered later, then refused; and all is in its usage', async (t) => {
  const config = { bytesPerSecond: 100_000 }
  const world = await createPeers(t, { config, now: () => 1_700_000_000_000 })
  const { peer } = await world.connect()
  const files = await RawFiles.enter(peer, newRoom().keys)
  const chunk = bytesOf(50_000, 1)
  const entries = 120 * 2 // a burst of two minutes, but for what stands beside the bytes
  for (let i = 0; i < entries - 2; i++) await files.store(keyOf(1, i), 1, [chunk])
  const late = files.store(keyOf(1, entries), 1, [chunk]).then(() => 'late')
  t.is(await Promise.race([late, files.stat(keyOf(1, 1)).then(() => 'stat')]), 'stat')
  t.is(await late, 'late')
  const burst = Array.from({ length: 12 }, (_, i) => files.put(keyOf(2, i), 1, [chunk]))
  t.is(await files.refused(burst.at(-1) ?? 0), 'RATE_LIMITED', 'not more than five seconds later')
  const [line] = await world.access.usage.of(world.access.usage.day)
  t.ok((line?.bytesIn ?? 0) >= entries * 50_000, `${line?.bytesIn} bytes in`)
  await files.get([{ key: keyOf(1, 1), seq: 0 }])
  t.ok((line?.bytesOut ?? 0) >= 50_000)
})
