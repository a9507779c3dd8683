import test from 'brittle'
import Hypercore from 'hypercore'
import { mapKey } from '../../src/protocol/bytes.ts'
import { failWrites, noSpace } from '../rooms/helpers.ts'
import { refusal } from '../storage/helpers.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import {
  chunk,
  claims,
  contentOf,
  entryOf,
  folderOf,
  hashOf,
  keyOf,
  openFiles,
  put,
  roomId,
  send,
  until
} from './helpers.ts'

const A = keyOf(1, 1)
const B = keyOf(1, 2)
const DAY = 24 * 3_600_000

test('an entry takes the place of the one before, whose content is cleared', async (t) => {
  const freed: number[] = []
  const { room, store } = await openFiles(t, { freed: (bytes) => void freed.push(bytes) })
  const files = await room()
  const first = await put(files, A, 1, [chunk(1), chunk(2)])
  t.is(files.cores.index?.totals.contentBytes, 2000)
  await put(files, A, 2, [chunk(3)])
  t.alike(await contentOf(files, A), [chunk(3)])
  await until(async () => (await claims(store)).length === 0)
  t.is(await contentOf(files, A, first), null, 'what was replaced is not kept')
  t.alike(freed, [2000])
  t.alike(files.cores.index?.totals.contentBytes, 1000)
  t.is(files.cores.index?.totals.files, 1)
})

test('a version that is not above the one that stands is refused, and changes nothing', async (t) => {
  const { room } = await openFiles(t)
  const files = await room()
  await put(files, A, 5, [chunk(1)])
  for (const version of [1, 5]) {
    const err = await refusal(put(files, A, version, [chunk(2)]))
    t.alike([err.code, err.expected, err.got], ['FILE_CHANGED', 6, version])
  }
  t.alike(await contentOf(files, A), [chunk(1)])
  const both = [put(files, A, 6, [chunk(6)]), put(files, A, 6, [chunk(7)])]
  t.alike(
    (await Promise.allSettled(both)).map(({ status }) => status),
    ['fulfilled', 'rejected'],
    'in one commit the first of them wins'
  )
  t.alike(await contentOf(files, A), [chunk(6)])
})

test('older entries are kept if they are asked for, and come back without their content being sent', async (t) => {
  const { room, store } = await openFiles(t)
  const files = await room()
  await put(files, A, 1, [chunk(1)])
  await put(files, A, 2, [chunk(2)], { keep: 2 })
  await put(files, A, 3, [chunk(3)], { keep: 2 })
  await put(files, A, 4, [chunk(4)], { keep: 2 })
  const versions = await files.versions(A)
  t.alike(
    versions.map(({ version }) => version),
    [3, 2],
    'newest first'
  )
  await until(async () => (await claims(store)).length === 0)
  const two = versions[1]?.seq ?? 0
  t.alike(await contentOf(files, A, two), [chunk(2)])
  await put(files, A, 5, [], { keep: 1, contentOf: two, entry: entryOf(5, 1000) })
  await until(async () => (await claims(store)).length === 0)
  t.alike(await contentOf(files, A), [chunk(2)], 'restored')
  t.alike(
    (await files.versions(A)).map(({ version }) => version),
    [4]
  )
  t.is(files.cores.index?.totals.contentBytes, 2000, 'shared content counts once')
  await put(files, A, 6, [])
  await until(async () => (await claims(store)).length === 0)
  t.is(files.cores.index?.totals.contentBytes, 0)
  const gone = refusal(put(files, A, 7, [], { contentOf: two, entry: entryOf(7, 1000) }))
  t.is((await gone).code, 'FILE_UNKNOWN', 'what is not kept can not be taken over')
  const other = refusal(put(files, B, 1, [], { contentOf: two, entry: entryOf(1, 1000) }))
  t.is((await other).code, 'FILE_UNKNOWN', 'nor what is of another key')
})

test('a tombstone takes the content along, and is left out of lists', async (t) => {
  const { room } = await openFiles(t)
  const files = await room()
  await put(files, A, 1, [chunk(1)])
  await put(files, B, 1, [chunk(2)])
  await put(files, A, 2, [], { entry: entryOf(2, 0, { deleted: true }) })
  const list = await files.list(folderOf(1), null, 10)
  t.alike(
    list.map(({ key }) => mapKey(key)),
    [mapKey(B)]
  )
  const [tombstone] = await files.stat([A])
  t.alike([tombstone?.deleted, tombstone?.version], [true, 2])
  t.is((await refusal(put(files, A, 2, [chunk(3)]))).code, 'FILE_CHANGED', 'it counts as a version')
  t.is(files.cores.index?.totals.files, 1)
})

test('a folder is listed in pages, in the order of its keys, and without those of others', async (t) => {
  const { room } = await openFiles(t)
  const files = await room()
  const numbers = Array.from({ length: 30 }, (_, i) => (i * 7) % 30)
  await Promise.all(numbers.map((i) => put(files, keyOf(2, i), 1, [chunk(i)])))
  await put(files, keyOf(1, 5), 1, [])
  await put(files, keyOf(3, 5), 1, [])
  const seen: string[] = []
  let after: Uint8Array | null = null
  for (;;) {
    const page = await files.list(folderOf(2), after, 7)
    seen.push(...page.map(({ key }) => mapKey(key)))
    if (page.length < 7) break
    after = page.at(-1)?.key.subarray(32) ?? null
  }
  t.alike(
    seen,
    Array.from({ length: 30 }, (_, i) => mapKey(keyOf(2, i)))
  )
})

test('uploads interleave, and each gets back what it sent', async (t) => {
  const { room } = await openFiles(t)
  const files = await room()
  const one = Array.from({ length: 9 }, (_, i) => chunk(i))
  const two = Array.from({ length: 9 }, (_, i) => chunk(100 + i))
  for (let i = 0; i < 9; i += 3) {
    await Promise.all([
      send(files, 'aa', A, 9000, one.slice(i, i + 3)),
      send(files, 'bb', B, 9000, two.slice(i, i + 3)),
      put(files, keyOf(9, i), 1, [chunk(200)])
    ])
  }
  const [a, b] = await Promise.all([send(files, 'aa', A, 9000, []), send(files, 'bb', B, 9000, [])])
  t.ok(a.blobs.length > 1, 'it lies in several parts')
  await files.check(a, 9000, hashOf(one))
  t.is((await refusal(files.check(b, 9000, hashOf(one)))).code, 'BAD_CHUNK', 'a hash over others')
  await put(files, A, 1, [], { blobs: a.blobs, entry: entryOf(1, 9000) })
  await put(files, B, 1, [], { blobs: b.blobs, entry: entryOf(1, 9000) })
  t.alike(await contentOf(files, A), one)
  t.alike(await contentOf(files, B), two)
})

test('an upload goes on after a restart, and is given up after a day', async (t) => {
  const directory = await tmpFolder(t)
  let now = 1_700_000_000_000
  const world = await openFiles(t, { directory, now: () => now })
  const sent = [chunk(1), chunk(2), chunk(3)]
  await send(await world.room(), 'aa', A, 5000, sent)
  await world.close()

  const again = await openFiles(t, { directory, now: () => now })
  const files = await again.room()
  const upload = await files.uploads.begin('aa', A, 5000, {})
  t.is(upload.chunks, 3)
  t.alike(await files.hashOf(upload.blobs), hashOf(sent))
  t.is(files.uploads.bytes, 5000)
  await again.close()

  now += DAY
  const later = await openFiles(t, { directory, now: () => now })
  await later.files.sweep()
  t.alike(await claims(later.store), [], 'also in a room that nobody has open')
  const third = await later.room()
  t.is((await third.uploads.begin('aa', A, 5000, {})).chunks, 0)
  const core = await third.cores.core(0)
  t.absent(await core.has(0))
})

test('an attempt of another key or size begins anew', async (t) => {
  const { room } = await openFiles(t)
  const files = await room()
  await send(files, 'aa', A, 5000, [chunk(1)])
  t.is((await files.uploads.begin('aa', A, 6000, {})).chunks, 0)
  await send(files, 'aa', A, 6000, [chunk(1)])
  t.is((await files.uploads.begin('aa', B, 6000, {})).chunks, 0)
})

test('after a crash what was claimed and is not referred to is cleared, all else stays', async (t) => {
  const directory = await tmpFolder(t)
  const { store, room, close } = await openFiles(t, { directory })
  const files = await room()
  await put(files, A, 1, [chunk(1)])
  await until(async () => (await claims(store)).length === 0)
  const { core } = { core: await files.cores.core(0) }
  const standing = (await files.findAll([{ key: A, seq: 0 }]))[0]?.blobs ?? []
  // As if the process had died between the content of a commit and its index.
  await files.content.append(async () => [chunk(7), chunk(8)])
  const loose = { core: 0, blockOffset: 1, blockLength: 2, byteOffset: 1000, byteLength: 2000 }
  const name = `claim/${mapKey(roomId)}/0011223344556677`
  const { encode, struct, uint, byte, list, optional, fixed } =
    await import('../../src/protocol/codec.ts')
  const { blobsCodec } = await import('../../src/protocol/files-index.ts')
  const codec = struct({
    format: byte,
    since: uint,
    upload: optional(struct({ size: uint })),
    items: list(struct({ key: fixed(64), blobs: blobsCodec }), 9)
  })
  const items = [
    { key: A, blobs: standing },
    { key: B, blobs: [loose] }
  ]
  await store.notes.set(name, encode(codec, { format: 1, since: 5, upload: null, items }))
  t.ok((await core.has(0)) && (await core.has(1)) && (await core.has(2)))
  await close()

  const again = await openFiles(t, { directory })
  const opened = await again.room()
  t.alike(await contentOf(opened, A), [chunk(1)], 'what stands is kept')
  const reopened = await opened.cores.core(0)
  t.alike([await reopened.has(1), await reopened.has(2)], [false, false])
  t.alike(await claims(again.store), [])
})

test('an index that is mostly dead is moved, and nothing that lives is lost', async (t) => {
  const directory = await tmpFolder(t)
  const { room, store, close } = await openFiles(t, { directory })
  const files = await room()
  await put(files, A, 1, [chunk(1)])
  await put(files, A, 2, [chunk(2)], { keep: 1 })
  const sealed = new Uint8Array(8192).fill(3)
  const before = files.cores.key
  let version = 0
  while (files.cores.key === before) {
    version += 16
    const puts = Array.from({ length: 16 }, (_, i) =>
      put(files, B, version + i, [], { entry: entryOf(version + i, 0, { sealed }) })
    )
    await Promise.all(puts)
  }
  t.ok((files.cores.index?.byteLength ?? 0) < 1_000_000, 'it is small again')
  t.alike(await contentOf(files, A), [chunk(2)])
  t.alike(
    (await files.versions(A)).map(({ version }) => version),
    [1]
  )
  t.is((await files.stat([B]))[0]?.version, version + 15)
  t.is(files.cores.index?.totals.files, 2)
  const bytes = files.bytes
  await close()
  const again = await openFiles(t, { directory })
  const opened = await again.room()
  t.alike(await contentOf(opened, A), [chunk(2)])
  t.is(opened.bytes, bytes)
  t.is(await again.files.bytesOf(roomId), bytes)
  t.is(store.generation, again.store.generation)
})

test('what may have been rolled back is never appended to again', async (t) => {
  const directory = await tmpFolder(t)
  const { room, close } = await openFiles(t, { directory })
  const files = await room()
  await put(files, A, 1, [chunk(1)])
  const before = files.cores.key
  await close()
  const restored = await openFiles(t, { directory, restored: true })
  const opened = await restored.room()
  t.alike(opened.cores.key, before, 'nothing changes before something is written')
  await put(opened, B, 1, [chunk(2)])
  t.unlike(opened.cores.key, before)
  t.alike(await contentOf(opened, A), [chunk(1)])
  t.alike(await contentOf(opened, B), [chunk(2)])
  const { contents } = await opened.cores.all()
  t.is(contents.length, 2)
  t.ok(contents.every((core) => core instanceof Hypercore))
})

test('on a full disk nothing is stored by half, and all goes on after the reopen', async (t) => {
  const { room, store, files: all } = await openFiles(t)
  const files = await room()
  await put(files, A, 1, [chunk(1)])
  failWrites(store, noSpace())
  t.is((await refusal(put(files, A, 2, [chunk(2)]))).code, 'DISK_FULL')
  t.is((await refusal(put(files, B, 1, [chunk(2)]))).code, 'DISK_FULL')
  t.alike(await contentOf(files, A), [chunk(1)])
  await all.rest()
  await store.reopen()
  const again = await room()
  t.alike(await contentOf(again, A), [chunk(1)])
  t.alike(await again.stat([B]), [])
  await put(again, B, 1, [chunk(3)])
  t.alike(await contentOf(again, B), [chunk(3)])
  await until(async () => (await claims(store)).length === 0)
})

test('content is not cleared while it is read', async (t) => {
  let now = 1_700_000_000_000
  const { room, store } = await openFiles(t, { now: () => now })
  const files = await room()
  const seq = await put(files, A, 1, [chunk(1)])
  const found = (await files.findAll([{ key: A, seq }]))[0] ?? null
  const release = files.content.hold(found?.blobs ?? [])
  await put(files, A, 2, [chunk(2)])
  t.alike(await contentOf(files, A, seq), [chunk(1)])
  release()
  await until(async () => (await claims(store)).length === 0)
  t.is(await contentOf(files, A, seq), null)

  files.content.hold((await files.findAll([{ key: A, seq: 0 }]))[0]?.blobs ?? [])
  await put(files, A, 3, [])
  now += 600_000
  await files.expire()
  await until(async () => (await claims(store)).length === 0)
  t.pass('a reader that does not read on does not hold it for ever')
})

test('a room without space takes nothing, and says so', async (t) => {
  const { roomFull } = { roomFull: new Error('full') }
  const kept: number[] = []
  const space = {
    reserve: (_: unknown, bytes: number) => {
      if (bytes > 5000) throw roomFull
      return { keep: () => void kept.push(bytes), release: () => void kept.push(-bytes) }
    },
    freed: () => {},
    erased: () => {}
  }
  const { room } = await openFiles(t, { space })
  const files = await room()
  await t.exception(files.uploads.begin('aa', A, 6000, {}), /full/)
  const upload = await send(files, 'bb', A, 2000, [chunk(1), chunk(2)])
  await put(files, A, 1, [], { blobs: upload.blobs, entry: entryOf(1, 2000) })
  await files.uploads.committed(upload)
  t.alike(kept, [2000])
  const other = await send(files, 'cc', B, 3000, [chunk(1)])
  await files.uploads.end(other)
  t.alike(kept, [2000, -3000])
})

test('the files of a room that is deleted are gone, and it may have others', async (t) => {
  const freed: number[] = []
  const {
    room,
    files: all,
    store
  } = await openFiles(t, { freed: (bytes) => void freed.push(bytes) })
  const files = await room()
  await put(files, A, 1, [chunk(1)])
  await send(files, 'aa', B, 5000, [chunk(2)])
  const key = files.cores.key
  all.release(files)
  await all.erase(roomId, null)
  t.is(freed.length, 1)
  t.alike(await claims(store), [])
  const again = await room()
  t.alike([again.cores.key, await again.stat([A])], [null, []])
  await put(again, A, 1, [chunk(3)])
  t.unlike(again.cores.key, key)
  t.alike(await contentOf(again, A), [chunk(3)])
})

test('what is wanted of content after the close opens no core again', async (t) => {
  const { store, files, room } = await openFiles(t)
  const open = await room()
  await put(open, A, 1, [chunk(1)])
  const blobs = (await open.findAll([{ key: A, seq: 0 }]))[0]?.blobs ?? []
  files.release(open)
  await files.close()
  await t.exception(open.content.read(blobs, 0, 1, 1000), { code: 'SHUTTING_DOWN' })
  await t.exception(
    open.content.clear(blobs, async () => {}),
    { code: 'SHUTTING_DOWN' }
  )
  await t.execution(store.close(), 'a core that was left open would not let it close')
})
