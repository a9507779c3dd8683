import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import type { RootPeerError } from '../../../src/client/client.ts'
import { Notes } from '../../../src/client/profile/notes.ts'
import { tmpFolder } from '../../helpers/tmp.ts'

async function open(
  t: Test,
  folder: string
): Promise<{ notes: Notes; close: () => Promise<void> }> {
  const store = new Corestore(folder)
  t.teardown(() => store.close(), { order: 100, force: true })
  const core = store.get({ name: 'notes' })
  await core.ready()
  return { notes: new Notes(core), close: () => store.close() }
}

const put = (name: string, text: string): { name: string; value: Uint8Array } => ({
  name,
  value: b4a.from(text)
})
const told = (items: { name: string; value: Uint8Array }[]): string[] =>
  items.map(({ name, value }) => `${name}=${b4a.toString(value)}`)

test('what was written is there after a close, in the order of the names', async (t) => {
  const folder = await tmpFolder(t)
  const first = await open(t, folder)
  t.is(await first.notes.get('a/1'), null)
  await first.notes.write([put('a/2', 'two'), put('a/10', 'ten'), put('b/1', 'other')])
  await first.notes.write([put('a/1', 'one'), { name: 'a/10', value: null }])
  await first.close()

  const { notes } = await open(t, folder)
  t.alike(told(await notes.list('a/')), ['a/1=one', 'a/2=two'])
  t.alike(told(await notes.list('b/')), ['b/1=other'])
  t.alike(await notes.list('c/'), [])
  t.is(b4a.toString((await notes.get('a/2')) ?? b4a.alloc(0)), 'two')
})

test('what is asked for while a write runs is one write, and the last one wins', async (t) => {
  const { notes } = await open(t, await tmpFolder(t))
  const first = notes.write([put('x', '0')])
  await new Promise(setImmediate)
  const rest = Array.from({ length: 50 }, (_, i) => notes.write([put('x', `${i + 1}`)]))
  t.is(new Set(rest).size, 1, 'they share one write')
  t.not(rest[0], first)
  t.is(b4a.toString((await notes.get('x')) ?? b4a.alloc(0)), '50', 'a reader sees what was asked')
})

test('several writes are all there or none, in the order asked', async (t) => {
  const { notes } = await open(t, await tmpFolder(t))
  const done: number[] = []
  const writes = [1, 2, 3].map(async (each) => {
    await notes.write([put(`w/${each}`, ''), put(`v/${each}`, '')])
    done.push(each)
  })
  await notes.settled()
  await Promise.all(writes)
  t.alike(done, [1, 2, 3])
  t.is((await notes.list('w/')).length, 3)
  await t.execution(notes.sync())
})

test('a write that fails says so, and so does one into a closed store', async (t) => {
  const { notes, close } = await open(t, await tmpFolder(t))
  await notes.write([put('a', '1')])
  await close()
  const failed = await notes.write([put('b', '2')]).catch((err: RootPeerError) => err.code)
  t.is(failed, 'PROFILE_FAILED')
  await t.execution(notes.settled(), 'nobody waits for what failed')
})
