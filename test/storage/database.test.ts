import test from 'brittle'
import b4a from 'b4a'
import { Counters } from '../../src/counters.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { failWrites, noSpace } from '../rooms/helpers.ts'
import { GatedFiles, openStore, refusal } from './helpers.ts'

test('the end of a core is seen without opening it: length, bytes, and the last block', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t), fsync: false })
  t.is(await store.peek(b4a.alloc(32, 1)), null)
  const core = await store.openCore('a core')
  t.alike(await store.peek(core.key), { length: 0, byteLength: 0, last: null })
  for (let i = 1; i < 40; i++) {
    await core.append(b4a.alloc(i, i))
    t.alike(await store.peek(core.key), {
      length: core.length,
      byteLength: core.byteLength,
      last: b4a.alloc(i, i)
    })
  }
  await core.clear(38)
  t.alike(await store.peek(core.key), { length: 39, byteLength: core.byteLength, last: null })
})

test('a probe reads and syncs, and does not answer while the disk does not', async (t) => {
  const files = new GatedFiles()
  const counters = new Counters()
  const store = await openStore(t, { directory: await tmpFolder(t), syncFiles: files, counters })
  const { syncs } = counters
  await store.probe()
  t.is(counters.syncs, syncs + 1)
  files.hold()
  let answered = false
  const probing = async (): Promise<void> => {
    await store.probe()
    answered = true
  }
  const probe = probing()
  await files.arrival
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  t.is(answered, false)
  files.release()
  await probe
  files.failure = new Error('EIO')
  t.is((await refusal(store.probe())).code, 'STORE_SYNC_FAILED')
  t.is((await refusal(store.probe())).code, 'STORE_SYNC_FAILED', 'for ever')
})

test('a store that does not sync is probed by reading alone', async (t) => {
  const files = new GatedFiles()
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory, fsync: false, syncFiles: files })
  files.failure = new Error('EIO')
  await store.probe()
  t.is(files.datasyncs, 0)
  await store.close()
  await t.exception(store.probe())
})

test('a probe answers while the disk is full, and after the reopen', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  await store.notes.set('one', b4a.from('value'))
  failWrites(store, noSpace())
  await refusal(store.notes.set('one', b4a.from('no room')))
  await store.probe()
  const reopened = store.reopen()
  await Promise.all([reopened, store.probe()])
  t.is(store.writable, true)
})

test('syncs are counted with the time they took, shared ones once', async (t) => {
  const counters = new Counters()
  const store = await openStore(t, { directory: await tmpFolder(t), counters })
  const [syncs, syncMs] = [counters.syncs, counters.syncMs]
  await Promise.all([store.sync(), store.sync(), store.sync()])
  t.is(counters.syncs, syncs + 1)
  t.ok(counters.syncMs > syncMs)
})

test('a corestore is told of before any core of it is open, and so is the one of a reopen', async (t) => {
  const open: number[] = []
  const directory = await tmpFolder(t)
  const store = await openStore(t, {
    directory,
    oncorestore: (corestore) => open.push(corestore.cores.size)
  })
  t.alike(open, [0])
  await store.notes.set('one', b4a.from('value'))
  failWrites(store, noSpace())
  await refusal(store.notes.set('one', b4a.from('no room')))
  await store.reopen()
  t.alike(open, [0, 0])
  const { usedBytes, freeBytes } = await store.space()
  t.ok(usedBytes > 1000 && freeBytes > 0)
})
