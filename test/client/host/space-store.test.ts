// What a device keeps of its own space: what stands, its content, and nothing that is of no use any more.

import { join } from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import { SpaceStore } from '../../../src/client/host/space-store.ts'
import { Profile } from '../../../src/client/profile/profile.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { bytesOf, entryOf, folderOf, keyOf } from '../../peers/raw-files.ts'

interface Scene {
  store: SpaceStore
  put: (key: Uint8Array, version: number, chunks: Uint8Array[]) => Promise<void>
  /** Closes all, and opens it anew. */
  again: () => Promise<SpaceStore>
}

async function scene(t: Test): Promise<Scene> {
  const folder = join(await tmpFolder(t), 'profile')
  const open = async (): Promise<{ profile: Profile; store: SpaceStore }> => {
    const profile = await Profile.open(folder, { seed: null, restored: false })
    return { profile, store: await SpaceStore.open(profile) }
  }
  let opened = await open()
  const close = async (): Promise<void> => {
    await opened.store.close()
    await opened.profile.close()
  }
  t.teardown(close)
  const put = async (key: Uint8Array, version: number, chunks: Uint8Array[]): Promise<void> => {
    const staged = opened.store.stage()
    for (const chunk of chunks) await staged.add([chunk])
    const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const record = { storedAt: 1, entry: entryOf(version, size), blobs: staged.blobs }
    await opened.store.put(key, record)
  }
  const again = async (): Promise<SpaceStore> => {
    await close()
    opened = await open()
    return opened.store
  }
  return { store: opened.store, put, again }
}

const chunksOf = async (store: SpaceStore, key: Uint8Array): Promise<number[]> => {
  const kept = await store.get(key)
  const chunks = await store.chunks(kept?.blobs ?? [], 0, 100)
  return chunks.map((chunk) => chunk[0] ?? -1)
}

test('what was put stands, is listed in order, and is there after a new start', async (t) => {
  const { store, put, again } = await scene(t)
  await Promise.all([
    put(keyOf(1, 2), 1, [bytesOf(100, 2), bytesOf(50, 3)]),
    put(keyOf(1, 1), 1, [bytesOf(10, 1)]),
    put(keyOf(2, 1), 1, [])
  ])
  let told = 0
  const end = store.listen(() => told++)
  await put(keyOf(1, 3), 1, [bytesOf(10, 9)])
  end()
  t.is(told, 1)
  const { key } = store
  const later = await again()
  t.alike(later.key, key)
  t.alike(await chunksOf(later, keyOf(1, 2)), [2, 3])
  const listed = await later.list(folderOf(1), null, 10)
  t.alike(
    listed.map((each) => each.key),
    [keyOf(1, 1), keyOf(1, 2), keyOf(1, 3)]
  )
  const rest = await later.list(folderOf(1), keyOf(1, 1).subarray(32), 1)
  t.alike(rest[0]?.key, keyOf(1, 2))
  t.is(await later.get(keyOf(3, 3)), null)
})

test('content that was replaced stays while it is read, and then is gone', async (t) => {
  const { store, put } = await scene(t)
  const key = keyOf(1, 1)
  await put(key, 1, [bytesOf(100, 1), bytesOf(100, 2)])
  const before = await store.get(key)
  const release = store.hold()
  await put(key, 2, [bytesOf(100, 3)])
  t.is((await store.chunks(before?.blobs ?? [], 0, 2)).length, 2)
  t.is((await store.at(key, before?.seq ?? 0))?.entry.version, 1)
  release()
  while ((await store.chunks(before?.blobs ?? [], 0, 2)).length > 0);
  t.alike(await chunksOf(store, key), [3])
})

test('what was on its way when all ended is cleared, and what stands is not', async (t) => {
  const { store, put, again } = await scene(t)
  const lost = store.stage()
  await lost.add([bytesOf(100, 7)])
  await put(keyOf(1, 1), 1, [bytesOf(100, 1)])
  await lost.add([bytesOf(100, 7), bytesOf(100, 7)])
  await put(keyOf(1, 2), 1, [bytesOf(100, 2)])
  const later = await again()
  t.is((await later.chunks(lost.blobs, 0, 3)).length, 0)
  t.alike(await chunksOf(later, keyOf(1, 1)), [1])
  t.alike(await chunksOf(later, keyOf(1, 2)), [2])
})
