import test from 'brittle'
import b4a from 'b4a'
import { tmpFolder } from '../helpers/tmp.ts'
import { failWrites, noSpace } from '../rooms/helpers.ts'
import { GatedFiles, openStore, refusal } from './helpers.ts'

const note = (text: string): Uint8Array => b4a.from(text)

test('a note is kept under its name until another takes its place, also over a restart', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  t.is(await store.notes.get('one'), null)
  await store.notes.set('one', note('first'))
  await store.notes.set('two', note('other'))
  await store.notes.set('one', note('second'))
  await store.notes.set('empty', note(''))
  t.alike(await store.notes.get('one'), note('second'))
  await store.close()

  const again = await openStore(t, { directory })
  t.alike(await again.notes.get('one'), note('second'))
  t.alike(await again.notes.get('two'), note('other'))
  t.alike(await again.notes.get('empty'), note(''))
  t.is(await again.notes.get('three'), null)
})

test('nobody waits for a sync of a note', async (t) => {
  const files = new GatedFiles()
  const store = await openStore(t, { directory: await tmpFolder(t), syncFiles: files })
  const core = await store.openCore('a core')
  files.hold()
  const appended = core.append(note('a page'))
  await files.arrival
  const syncs = files.datasyncs
  await store.notes.set('one', note('value'))
  t.alike(await store.notes.get('one'), note('value'))
  t.is(files.datasyncs, syncs)
  files.release()
  await appended
})

test('what was written before a note is in the log before it, and a note before what comes after', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory, fsync: false })
  const size = async (): Promise<number> => {
    const { size } = await store.corestore.storage.rocks.currentWalFile()
    return size
  }
  const before = await size()
  await store.notes.set('one', b4a.alloc(10_000, 7))
  t.ok((await size()) >= before + 10_000, 'it is in the log when `set` resolves')
})

test('on a full disk a note is refused, and kept again after the reopen', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  await store.notes.set('one', note('before'))
  failWrites(store, noSpace())
  t.is((await refusal(store.notes.set('one', note('no room')))).code, 'DISK_FULL')
  t.is(store.needsReopen, true)
  t.is((await refusal(store.notes.set('one', note('nor now')))).code, 'DISK_FULL')
  t.alike(await store.notes.get('one'), note('before'))
  await store.reopen()
  t.alike(await store.notes.get('one'), note('before'))
  await store.notes.set('one', note('after'))
  t.alike(await store.notes.get('one'), note('after'))
})

test('several notes are kept or dropped together, and listed by how their names begin', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  await store.notes.write([
    { name: 'a/2', value: note('two') },
    { name: 'a/1', value: note('one') },
    { name: 'ab', value: note('not of them') },
    { name: 'b/1', value: note('other') }
  ])
  await store.notes.write([
    { name: 'a/1', value: null },
    { name: 'a/3', value: note('three') },
    { name: 'a/none', value: null }
  ])
  await store.close()
  const again = await openStore(t, { directory })
  const listed: string[] = []
  for await (const { name, value } of again.notes.list('a/')) {
    listed.push(`${name} ${b4a.toString(value)}`)
  }
  t.alike(listed, ['a/2 two', 'a/3 three'])
  t.is(await again.notes.get('a/1'), null)
})
