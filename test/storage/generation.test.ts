import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { tmpFolder } from '../helpers/tmp.ts'
import { openElsewhere, openStore } from './helpers.ts'

interface State {
  format: number
  generation: number
  bootId: string | null
  clean: boolean
}

function read(directory: string): State {
  return JSON.parse(readFileSync(path.join(directory, 'root-peer.json'), 'utf8')) as State
}

function edit(directory: string, change: Partial<State>): void {
  const file = path.join(directory, 'root-peer.json')
  writeFileSync(file, JSON.stringify({ ...read(directory), ...change }))
}

test('a clean end keeps the generation and the key pair', async (t) => {
  const directory = await tmpFolder(t)
  const first = await openStore(t, { directory })
  t.is(first.generation, 1)
  t.is(read(directory).clean, false, 'the mark is gone while it is open')
  await first.close()
  await first.close()
  t.is(read(directory).clean, true)

  edit(directory, { bootId: 'another boot' })
  const second = await openStore(t, { directory })
  t.is(second.generation, 1)
  t.alike(second.keyPair, first.keyPair)
})

test('a kill under the same boot keeps it, under another boot it is raised', async (t) => {
  const directory = await tmpFolder(t)
  const other = await openElsewhere(t, directory)
  t.is(other.generation, 1)
  await other.kill('SIGKILL')
  t.is(read(directory).clean, false)

  const second = await openElsewhere(t, directory)
  t.is(second.generation, read(directory).bootId === null ? 2 : 1)
  t.is(second.publicKey, other.publicKey)
  await second.kill('SIGKILL')

  edit(directory, { bootId: 'another boot' })
  const third = await openElsewhere(t, directory)
  t.is(third.generation, second.generation + 1)
  await third.kill('SIGKILL')

  edit(directory, { bootId: null })
  const fourth = await openStore(t, { directory })
  t.is(fourth.generation, second.generation + 2, 'an unknown boot is another one')
  const core = await fourth.openCore('held')
  t.is(core.length, 4 - 1, 'what was acknowledged is there')
})

test('a process that ends on SIGTERM leaves the mark', async (t) => {
  const directory = await tmpFolder(t)
  const other = await openElsewhere(t, directory)
  await other.kill('SIGTERM')
  t.is(read(directory).clean, true)
})

test('each restore raises it', async (t) => {
  const directory = await tmpFolder(t)
  for (const expected of [1, 2, 3]) {
    const store = await openStore(t, { directory, restored: expected > 1 })
    t.is(store.generation, expected)
    await store.close()
  }
})

test('a lost state file raises it beyond any that was', async (t) => {
  const directory = await tmpFolder(t)
  await (await openStore(t, { directory })).close()
  edit(directory, { generation: 1000 })
  await (await openStore(t, { directory })).close()
  writeFileSync(path.join(directory, 'root-peer.json'), '')
  const store = await openStore(t, { directory, restored: true })
  t.ok(store.generation > 1000)
})

test('who opened the store after it was let go of gets no mark from the one before', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  edit(directory, { ...read(directory), ...{ opening: 'of somebody else' } })
  await store.close()
  t.is(read(directory).clean, false)
})
