import test from 'brittle'
import b4a from 'b4a'
import Hyperbee from 'hyperbee'
import type { CoreKey, RoomId } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import { byte, encode, fixed, list, struct, uint } from '../../src/protocol/codec.ts'
import type { RoomRecord } from '../../src/rooms/record.ts'
import { newRecord } from '../../src/rooms/record.ts'
import { Registry } from '../../src/rooms/registry.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore } from '../storage/helpers.ts'
import { failWrites, noSpace, otherRoomId, roomId } from './helpers.ts'

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
  segments: [segment(0, 10), segment(1, 20), segment(2, null)],
  endedBytes: 1234,
  gone: { bytes: 700, segment: 1, block: 2 },
  since: 1_700_000_000_001,
  retention: { ageMs: 1, bytes: 0, messages: 3 },
  founder: { holder: b4a.alloc(32, 1), address: b4a.alloc(32, 2) }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

test('what is put is there, also after a restart', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  const registry = await Registry.open(store)
  t.is(await registry.get(roomId), null)
  await registry.put(roomId, record, null)
  await registry.put(otherRoomId, newRecord(1), null)
  const other = { ...newRecord(2), segments: [segment(0, 0), segment(1, null)] }
  await registry.put(otherRoomId, other, newRecord(1))
  await store.close()

  const again = await Registry.open(await openStore(t, { directory }))
  t.alike(await again.get(roomId), record)
  t.alike(await again.get(otherRoomId), other, 'an end of 0 is an end')
  t.alike(await all(again.ids()), [roomId, otherRoomId])
})

test('rooms are found by who founded them, and forgotten with all that names them', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const registry = await Registry.open(store)
  const [holder, address] = [b4a.alloc(32, 1), b4a.alloc(32, 2)]
  await registry.put(roomId, { ...record, founder: { holder, address } }, null)
  await registry.put(otherRoomId, { ...record, founder: { holder: address, address } }, null)
  t.alike(await all(registry.founded('holder', holder)), [roomId])
  t.alike(await all(registry.founded('address', address)), [roomId, otherRoomId])
  t.alike(await all(registry.founded('address', holder)), [])
  await registry.remove(roomId, { ...record, founder: { holder, address } })
  t.is(await registry.get(roomId), null)
  t.alike(await all(registry.founded('holder', holder)), [])
  t.alike(await all(registry.founded('address', address)), [otherRoomId])
  t.alike(await all(registry.ids()), [otherRoomId])
})

test('rooms are found by the age of what they keep, the oldest first', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const registry = await Registry.open(store)
  const [young, old] = [
    { ...newRecord(1), since: 2000 },
    { ...newRecord(1), since: 1000 }
  ]
  await registry.put(roomId, young, null)
  await registry.put(
    otherRoomId,
    { ...old, retention: { ageMs: 640, bytes: 0, messages: 0 } },
    null
  )
  t.alike(await all(registry.since(2000)), [otherRoomId, roomId])
  t.alike(await all(registry.since(1999)), [otherRoomId])
  t.alike(await all(registry.since(-5)), [])
  t.alike(await all(registry.due(1000 + 649)), [])
  t.alike(await all(registry.due(1000 + 650)), [otherRoomId], 'a little late')
  await registry.put(roomId, { ...young, since: 500 }, young)
  t.alike(await all(registry.since(2000)), [roomId, otherRoomId], 'each once')
  await registry.put(roomId, { ...young, since: 0 }, { ...young, since: 500 })
  t.alike(await all(registry.since(2 ** 50)), [otherRoomId], 'nothing kept, nothing due')
})

test('what is written together is there together, or not at all', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const registry = await Registry.open(store)
  await registry.put(roomId, record, null)
  const more = [{ name: 'more', value: b4a.from('too') }]
  const mend = failWrites(store, noSpace())
  await t.exception(registry.put(roomId, newRecord(3), record, more), { code: 'DISK_FULL' })
  await t.exception(registry.put(roomId, newRecord(3), record, more), { code: 'DISK_FULL' })
  mend()
  await store.reopen()
  const again = await Registry.open(store)
  t.alike(await again.get(roomId), record)
  t.is(await store.notes.get('more'), null)
  await again.put(roomId, newRecord(3), record, more)
  t.alike(await again.get(roomId), newRecord(3))
  t.alike(await store.notes.get('more'), b4a.from('too'))
})

test('a record of a later version is an error, never another record', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const registry = await Registry.open(store)
  await registry.put(roomId, record, null)
  const name = `room/${mapKey(roomId)}`
  const value = b4a.from((await store.notes.get(name)) ?? [])
  value[0] = 3
  await store.notes.set(name, value)
  await t.exception(registry.get(roomId), /version 3/)
  value[0] = 2
  await store.notes.set(name, value.subarray(0, 20))
  await t.exception(registry.get(roomId))
})

test('the registry of version 0.1 is taken over, once', async (t) => {
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  const old = await store.openCore('registry')
  const bee = new Hyperbee(old, { keyEncoding: 'binary', valueEncoding: 'binary' })
  await bee.ready()
  for (let i = 0; i < 600; i++) await bee.put(b4a.alloc(32, `room ${i};`), oldRecord(i))
  await bee.close()
  const registry = await Registry.open(store)
  t.is((await all(registry.ids())).length, 600)
  const moved = await registry.get(b4a.alloc(32, 'room 7;') as RoomId)
  t.alike(moved, { ...newRecord(7), segments: [segment(1, 10), segment(2, null)], since: 7 })
  await registry.put(roomId, record, null)
  await registry.remove(b4a.alloc(32, 'room 7;') as RoomId, newRecord(7))
  await store.close()

  const again = await Registry.open(await openStore(t, { directory }))
  t.is((await all(again.ids())).length, 600)
  t.alike(await again.get(roomId), record)
  t.is(await again.get(b4a.alloc(32, 'room 7;') as RoomId), null)
})

/** As version 0.1 wrote it. */
function oldRecord(createdAt: number): Uint8Array {
  const raw = struct({
    name: fixed(16),
    coreKey: fixed(32),
    signer: fixed(32),
    generation: uint,
    start: uint,
    flags: byte,
    end: uint
  })
  const old = struct({ version: byte, createdAt: uint, oldest: uint, segments: list(raw, 8) })
  const [one, two] = [segment(1, 10), segment(2, null)]
  const segments = [
    { ...one, end: 10, flags: 0 },
    { ...two, end: 0, flags: 1 }
  ]
  return encode(old, { version: 1, createdAt, oldest: 0, segments })
}
