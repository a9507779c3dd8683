import test from 'brittle'
import b4a from 'b4a'
import Hyperbee from 'hyperbee'
import type { CoreKey } from '../../src/protocol/bytes.ts'
import { Registry } from '../../src/rooms/registry.ts'
import type { RoomRecord } from '../../src/rooms/registry.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore } from '../storage/helpers.ts'
import { failWrites, otherRoomId, roomId } from './helpers.ts'

const segment = (number: number, end: number | null) => ({
  name: b4a.alloc(16, number),
  coreKey: b4a.alloc(32, number) as CoreKey,
  signer: b4a.alloc(32, number + 100),
  generation: number,
  start: number * 10,
  end
})

const record: RoomRecord = {
  createdAt: 1_700_000_000_000,
  oldest: 12,
  segments: [segment(0, 10), segment(1, 20), segment(2, null)]
}

test('what is put is there, also after a restart', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  const registry = await Registry.open(store)
  t.is(await registry.get(roomId), null)
  await registry.put(roomId, record)
  await registry.put(otherRoomId, { ...record, segments: [] })
  await registry.put(otherRoomId, {
    ...record,
    oldest: 0,
    segments: [segment(0, 0), segment(1, null)]
  })
  await registry.close()
  await store.close()

  const again = await Registry.open(await openStore(t, { directory }))
  t.alike(await again.get(roomId), record)
  const { oldest, segments } = (await again.get(otherRoomId)) ?? record
  t.is(oldest, 0)
  t.alike(segments, [segment(0, 0), segment(1, null)], 'an end of 0 is an end')
})

test('after a write that failed none is tried, and none waits for ever', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const registry = await Registry.open(store)
  const mend = failWrites(store, new Error('no'))
  const writes = [registry.put(roomId, record), registry.put(otherRoomId, record)]
  for (const write of writes) await t.exception(write, /no/)
  mend()
  await t.exception(registry.put(roomId, record), /no/)
  t.is(await registry.get(roomId), null)
  await registry.close()
  const again = await Registry.open(store)
  await again.put(roomId, record)
  t.alike(await again.get(roomId), record)
})

test('a record of a later version is an error, never another record', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const registry = await Registry.open(store)
  await registry.put(roomId, record)
  const bee = new Hyperbee(await store.openCore('registry'), {
    keyEncoding: 'binary',
    valueEncoding: 'binary'
  })
  const value = b4a.from((await bee.get(roomId))?.value ?? [])
  value[0] = 2
  await bee.put(roomId, value)
  await t.exception(registry.get(roomId), /version 2/)
  await bee.put(roomId, value.subarray(0, 20))
  await t.exception(registry.get(roomId))
})
