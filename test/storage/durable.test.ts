import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { tmpFolder } from '../helpers/tmp.ts'
import { GatedFiles, openStore, refusal } from './helpers.ts'

test('nobody sees a block before it is synced', async (t) => {
  const files = new GatedFiles()
  const store = await openStore(t, { directory: await tmpFolder(t), syncFiles: files })
  const core = await store.openCore('room')
  await core.append(b4a.from('synced'))

  const follower = await clone(t, core)
  await follower.get(0)
  let appends = 0
  core.on('append', () => appends++)

  files.hold()
  const appended = core.append(b4a.from('not yet'))
  await files.arrival
  const newcomer = await clone(t, core)
  t.alike(await newcomer.get(0), b4a.from('synced'), 'a new clone is served meanwhile')
  await newcomer.update({ wait: true })
  await follower.update({ wait: true })
  const again = await store.openCore('room')
  t.is(core.length, 1)
  t.is(again.length, 1, 'nor another session')
  t.is(newcomer.length, 1, 'nor who connects now')
  t.is(follower.length, 1, 'nor who was there')
  t.is(appends, 0, 'nor who listens')
  const { signature } = core.core.state

  files.release()
  await appended
  t.is(core.length, 2)
  t.is(again.length, 2)
  t.is(appends, 1)
  t.unlike(core.core.state.signature, signature)
  t.alike(await newcomer.get(1), b4a.from('not yet'))
  t.alike(await follower.get(1), b4a.from('not yet'))
})

test('a core that is opened anew is durable again, and one that is open is so once', async (t) => {
  const files = new GatedFiles()
  const store = await openStore(t, { directory: await tmpFolder(t), syncFiles: files })
  const first = await store.openCore('room')
  const second = await store.openCore('room')
  let before = files.datasyncs
  await second.append(b4a.from('a'))
  t.is(files.datasyncs - before, 1)

  const state = first.core
  await first.close()
  await second.close()
  await state.close()
  const third = await store.openCore('room')
  t.not(third.core, state)
  before = files.datasyncs
  await third.append(b4a.from('b'))
  t.is(files.datasyncs - before, 1)
})

test('cores that append together share their syncs', async (t) => {
  const files = new GatedFiles()
  const store = await openStore(t, { directory: await tmpFolder(t), syncFiles: files })
  const cores = await Promise.all(Array.from({ length: 32 }, (_, i) => store.openCore(`room ${i}`)))
  const before = files.datasyncs
  await Promise.all(cores.map((core) => core.append(b4a.from('hello'))))
  const syncs = files.datasyncs - before
  t.ok(syncs <= 16, `${syncs} syncs for 32 cores`)
})

test('without fsync nothing is synced', async (t) => {
  const files = new GatedFiles()
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory, fsync: false, syncFiles: files })
  t.is(store.durable, false)
  const core = await store.openCore('room')
  await core.append(b4a.from('quick'))
  await store.sync()
  t.is(files.datasyncs, 0)
})

test('after a failed sync nothing is acknowledged, written or called clean', async (t) => {
  const files = new GatedFiles()
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory, syncFiles: files })
  const core = await store.openCore('room')
  const other = await store.openCore('other room')
  await core.append(b4a.from('synced'))
  const failures: Error[] = []
  store.on('failed', (err) => failures.push(err))

  files.hold()
  const failed = once(store, 'failed')
  const errors = [
    refusal(core.append(b4a.from('lost'))),
    refusal(other.append(b4a.from('lost too')))
  ]
  await files.arrival
  files.failure = new Error('EIO: i/o error, fdatasync')
  files.release()
  await failed
  files.failure = null
  const refused = await Promise.all(errors)
  refused.push(await refusal(core.append(b4a.from('after'))))
  refused.push(await refusal(store.sync()))

  for (const err of refused) t.is(err.code, 'STORE_SYNC_FAILED')
  t.ok(/EIO/.test(refused[0]?.message ?? ''), 'the sentence says why')
  t.is(core.length, 1)
  t.is(other.length, 0)
  t.is(failures.length, 1)
  t.is(store.failed, failures[0])
  t.is(store.writable, false)
  t.is(store.noteWriteError(refused[0]).code, 'STORE_SYNC_FAILED')

  const { generation } = store
  await store.close()
  const state = JSON.parse(readFileSync(path.join(directory, 'root-peer.json'), 'utf8')) as object
  t.alike({ ...state, opening: null }, { ...state, clean: false, bootId: null, opening: null })
  const next = await openStore(t, { directory })
  t.is(next.generation, generation + 1, 'what the kernel dropped counts as a rollback')
})

/** A clone in a store of its own, connected over an in-memory stream. */
async function clone(t: Test, core: Hypercore): Promise<Hypercore> {
  const store = new Corestore(await tmpFolder(t))
  await store.ready()
  const copy = store.get({ key: core.key })
  await copy.ready()
  const near = new NoiseSecretStream(true)
  const far = new NoiseSecretStream(false)
  near.rawStream.pipe(far.rawStream).pipe(near.rawStream)
  core.replicate(near)
  copy.replicate(far)
  t.teardown(
    async () => {
      near.on('error', () => {}).destroy()
      far.on('error', () => {}).destroy()
      await store.close()
    },
    { force: true }
  )
  return copy
}
