import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import type Hypercore from 'hypercore'
import type { RootPeerError } from '../../src/protocol/errors.ts'
import { Store } from '../../src/storage/store.ts'
import { mountSmallDisk, NO_SMALL_DISK } from '../helpers/small-disk.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore, refusal } from './helpers.ts'

const MiB = 1024 * 1024

test('below the reserve the store is read-only, and writable again above it', async (t) => {
  let free = 200
  let onask = (): void => {}
  const store = await openStore(t, {
    directory: await tmpFolder(t),
    diskReserveBytes: 100,
    diskCheckMs: 1,
    freeBytes: async () => {
      onask()
      return free
    }
  })
  t.is(store.writable, true)

  free = 99
  const [reason] = (await once(store, 'read-only')) as [RootPeerError]
  t.is(reason.code, 'DISK_FULL')
  t.is(store.writable, false)
  t.is(store.needsReopen, false)

  free = 101
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => (onask = resolve))
  t.is(store.writable, false, 'not at once: it would flap')
  free = 125
  await once(store, 'writable')
  t.is(store.writable, true)
})

test('a store that starts below the reserve is read-only from the start', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory, diskReserveBytes: 100, freeBytes: async () => 99 })
  t.is(store.writable, false)
})

test('a disk that can’t be asked changes nothing', async (t) => {
  const freeBytes = (): Promise<number> => Promise.reject(new Error('no answer'))
  const store = await openStore(t, { directory: await tmpFolder(t), freeBytes })
  t.is(store.writable, true)
})

test('a write that failed for want of room needs a reopen once there is some', async (t) => {
  const disk = { free: 99 }
  const store = await openStore(t, {
    directory: await tmpFolder(t),
    diskReserveBytes: 100,
    diskCheckMs: 1,
    freeBytes: async () => disk.free
  })
  const core = await store.openCore('room')
  await core.append(b4a.from('kept'))
  const cause = Object.assign(new Error('No space left on device'), { code: 'ENOSPC' })
  const err = store.noteWriteError(new Error('Batch was not applied', { cause }))
  t.is(err.code, 'DISK_FULL')
  t.is(store.needsReopen, true)
  t.is(store.noteWriteError(new Error('something else')).code, 'STORE_FAILED')

  disk.free = 1000
  await once(store, 'space')
  t.is(store.writable, false, 'not before the reopen')
  await core.close()
  const before = store.corestore
  const writable = once(store, 'writable')
  await Promise.all([store.reopen(), store.reopen()])
  await writable
  t.is(store.writable, true)
  t.not(store.corestore, before)
  const again = await store.openCore('room')
  await again.append(b4a.from('more'))
  t.is(again.length, 2)
  await store.reopen()
  t.is((await again.get(1))?.toString(), 'more', 'a reopen that is not needed does nothing')
})

test('a database that refuses a write for another reason has failed', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const failed = once(store, 'failed')
  const cause = new Error('While appending to file: Input/output error')
  const err = store.noteWriteError(new Error('Batch was not applied', { cause }))
  t.is(err.code, 'STORE_FAILED')
  t.ok(err.message.includes('Input/output error'))
  t.alike(await failed, [err])
  t.is(store.writable, false)
  t.is(await refusal(store.sync()), err)
})

test('a full disk: reads go on, nothing acknowledged is lost, and it writes again', async (t) => {
  const folder = smallDisk(t, await tmpFolder(t), 48)
  if (folder === null) {
    t.comment(NO_SMALL_DISK)
    t.pass()
    return
  }
  const filler = path.join(folder, 'filler')
  writeFileSync(filler, b4a.alloc(24 * MiB))
  const directory = path.join(folder, 'store')
  const store = await openStore(t, { directory, diskReserveBytes: 2 * MiB, diskCheckMs: 5 })
  const core = await store.openCore('room')
  const readOnly = once(store, 'read-only')
  const kept = await fill(store, core)
  const [reason] = (await readOnly) as [RootPeerError]
  t.is(reason.code, 'DISK_FULL')
  t.is(store.needsReopen, true)
  t.is(core.length, kept)
  t.is((await core.get(0))?.byteLength, 64 * 1024, 'reads go on')
  t.is((await refusal(store.openCore('a new room'))).code, 'DISK_FULL')

  await core.close()
  t.is((await refusal(store.reopen())).code, 'DISK_FULL', 'too early')
  const space = once(store, 'space')
  rmSync(filler)
  await space
  const writable = once(store, 'writable')
  await store.reopen()
  await writable

  const again = await store.openCore('room')
  t.is(again.length, kept, 'exactly what was acknowledged')
  for (let i = 0; i < kept; i++) {
    const block = await again.get(i, { wait: false })
    if (block?.[0] !== i % 256) t.fail(`block ${i} is lost`)
  }
  await again.append(b4a.from('and on'))
  const fresh = await store.openCore('a new room')
  await fresh.append(b4a.from('new'))
  await store.close()

  const last = await openStore(t, { directory, diskReserveBytes: 0 })
  t.is((await last.openCore('room')).length, kept + 1)
  t.is(last.generation, 1)
})

test('a compaction that finds no room ends nothing: all is read, and there after a reopen', async (t) => {
  const folder = smallDisk(t, await tmpFolder(t), 64)
  if (folder === null) {
    t.comment(NO_SMALL_DISK)
    t.pass()
    return
  }
  const directory = path.join(folder, 'store')
  const store = await openStore(t, { directory, diskReserveBytes: 2 * MiB, diskCheckMs: 5 })
  const core = await store.openCore('room')
  for (let i = 0; i < 320; i++) await core.append(b4a.alloc(64 * 1024, i % 256))
  await core.clear(0, 160)
  const filler = path.join(folder, 'filler')
  const full = once(store, 'read-only')
  try {
    writeFileSync(filler, b4a.alloc(64 * MiB))
  } catch {
    // that is how much fits
  }
  await full
  t.is(store.needsReopen, false, 'nothing was written yet')
  store.freed(10 * MiB)
  await store.reclaimed()
  t.is(store.needsReopen, true)
  t.is(store.failed, null)
  for (let i = 160; i < 320; i++) t.is((await core.get(i))?.[0], i % 256)
  await core.close()

  const space = once(store, 'space')
  rmSync(filler)
  await space
  await store.reopen()
  t.is(store.writable, true)
  const again = await store.openCore('room')
  for (let i = 160; i < 320; i++) t.is((await again.get(i))?.[0], i % 256)
  await again.append(b4a.from('and on'))
  store.freed(100 * MiB)
  await store.reclaimed()
  t.is(store.writable, true, 'now it has room')
})

test('a start on a full disk says so', async (t) => {
  const folder = smallDisk(t, await tmpFolder(t), 1)
  if (folder === null) {
    t.comment(NO_SMALL_DISK)
    t.pass()
    return
  }
  const directory = path.join(folder, 'store')
  mkdirSync(directory)
  try {
    writeFileSync(path.join(folder, 'filler'), b4a.alloc(2 * MiB))
  } catch {
    // that is how much fits
  }
  t.is((await refusal(Store.open({ directory }))).code, 'DISK_FULL')
  rmSync(path.join(folder, 'filler'))
  await t.execution(openStore(t, { directory, diskReserveBytes: 0 }))
})

/** Appends until the disk is full. Returns how many were acknowledged. */
async function fill(store: Store, core: Hypercore): Promise<number> {
  for (let i = 0; ; i++) {
    try {
      await core.append(b4a.alloc(64 * 1024, i % 256))
    } catch (err) {
      if (store.noteWriteError(err).code !== 'DISK_FULL') throw err
      return i
    }
  }
}

/** As {@link mountSmallDisk}, gone with the test; null where that is not permitted. */
function smallDisk(t: Test, folder: string, mebibytes: number): string | null {
  const unmount = mountSmallDisk(folder, mebibytes)
  if (unmount === null) return null
  t.teardown(unmount, { order: 1, force: true })
  return folder
}
