import { once } from 'node:events'
import test from 'brittle'
import b4a from 'b4a'
import { encode, uint } from '../../../src/protocol/codec.ts'
import { isHeadOf } from '../../../src/protocol/head.ts'
import { decodePage } from '../../../src/protocol/page.ts'
import type { PageEntry } from '../../../src/protocol/page.ts'
import { limits } from '../../../src/limits.ts'
import { GatedFiles } from '../../storage/helpers.ts'
import { Bystander, createPeers, createWorld, newRoom, pullFrom } from '../helpers.ts'

const APPEND = 2

test('each frame is answered in order, with its place and a head that covers it', async (t) => {
  const world = await createWorld(t, { now: () => 4321 })
  const { keys } = newRoom()
  const peer = await world.connect()
  const room = await peer.enter(keys, pullFrom(0))
  const sizes = Array.from({ length: 50 }, (_, i) => 1 + (i % 7))
  for (const [i, size] of sizes.entries()) {
    room.append(Array.from({ length: size }, (_, j) => `${i}.${j}`))
  }
  const answers = await Promise.all(sizes.map(() => room.take('stored')))
  const { segments } = await (await (await world.connect()).enter(keys)).granted
  const [segment] = segments
  if (segment === undefined) throw new Error('no segment')
  let next = 0
  for (const [i, size] of sizes.entries()) {
    const stored = answers[i]
    if (stored === undefined) throw new Error('no answer')
    t.alike([stored.frame, stored.first, stored.storedAt, stored.segment], [i, next, 4321, 0])
    t.ok(stored.block < stored.head.length)
    if (!isHeadOf(stored.head, segment.coreKey, segment.signer)) t.fail(`the head of frame ${i}`)
    next += size
  }
  const entries: PageEntry[] = []
  while (entries.length < next) {
    for (const page of (await room.take('pages')).pages) entries.push(...decodePage(page).entries)
  }
  t.alike(
    entries.map(({ payload }) => b4a.toString(payload)),
    sizes.flatMap((size, i) => Array.from({ length: size }, (_, j) => `${i}.${j}`))
  )
  t.ok(entries.every(({ sender }) => b4a.equals(sender, peer.key)))
})

test('a guest’s frames are refused, and reading goes on', async (t) => {
  const world = await createWorld(t)
  const { keys, guest } = newRoom()
  const honest = await Bystander.enter(world, keys)
  await honest.unharmed(t)
  const peer = await world.connect()
  const room = await peer.enter(guest, pullFrom(0))
  room.append(['as a guest'])
  t.is(await room.refused(), 'READ_ONLY')
  room.append(['again'], { resume: true })
  t.is(await room.refused(), 'READ_ONLY')
  await honest.unharmed(t)
  t.alike(await room.texts(2), ['message 0', 'message 1'])
})

test('a frame over the bounds of the wire is cut off, and nothing of it is stored', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, keys)
  const one = b4a.concat([encode(uint, 1), b4a.from('x')])
  const head = (count: number) => [encode(uint, 0), Uint8Array.of(0), encode(uint, count)]
  const large = b4a.alloc(limits.payloadBytesMax + 1)
  const half = b4a.alloc(limits.payloadBytesMax)
  const frames: Record<string, Uint8Array[]> = {
    'no message': head(0),
    'too many messages': [...head(1001), ...Array.from({ length: 1001 }, () => one)],
    'more messages than there are': [...head(1000), one],
    'an oversized message': [...head(1), encode(uint, large.byteLength), large],
    'too many bytes in all': [
      ...head(7),
      ...Array.from({ length: 7 }, () => [encode(uint, half.byteLength), half]).flat()
    ],
    'a length beyond the frame': [...head(1), encode(uint, 1000), b4a.from('x')],
    'a count of 2^53': [...head(Number.MAX_SAFE_INTEGER), one],
    'a flag that is none': [encode(uint, 0), Uint8Array.of(7), encode(uint, 1), one],
    nothing: []
  }
  for (const [what, parts] of Object.entries(frames)) {
    const peer = await world.connect()
    const room = await peer.enter(keys)
    room.append(['this one is stored'])
    await room.take('stored')
    room.write(APPEND, b4a.concat(parts))
    t.is(await peer.cutOff(), 'BAD_FRAME', what)
  }
  const reader = await (await world.connect()).enter(keys, pullFrom(0))
  const count = Object.keys(frames).length
  t.is((await reader.texts(count)).length, count)
  t.is((await reader.granted).next, count)
  t.ok(honest)
})

test('a frame without a place closes the room channel, not the connection', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, newRoom().keys)
  const peer = await world.connect()
  await peer.greet()
  const early = peer.open(keys)
  early.append(['before granted'])
  t.is(await early.denied, 'UNEXPECTED')

  const room = await peer.enter(keys)
  room.append(['one'], { frame: 5 })
  room.append(['two'], { frame: 6 })
  room.append(['back'], { frame: 6 })
  room.append(['after'], { frame: 7 })
  t.is(await room.denied, 'UNEXPECTED')

  const again = await peer.enter(keys, pullFrom(0))
  const { next } = await again.granted
  t.is(next, 2, 'what came before it was taken; neither it nor what came after')
  t.alike(await again.texts(2), ['one', 'two'])
  again.append(['further'])
  t.is((await again.take('stored')).first, 2)
  await honest.unharmed(t)
})

test('a window that is overrun closes the room channel; what was in it is stored', async (t) => {
  const files = new GatedFiles()
  const { connect } = await createPeers(t, { syncFiles: files })
  const { keys } = newRoom()
  const { peer } = await connect()
  const room = await peer.enter(keys)
  room.append(['first'])
  await room.take('stored')
  const payload = 'x'.repeat(100_000)
  const perFrame = 9
  const weight = perFrame * (payload.length + limits.messageOverheadBytes)
  const fits = Math.floor(limits.windowBytes / weight)
  files.hold()
  for (let i = 0; i < fits; i++) room.append(Array.from({ length: perFrame }, () => payload))
  await files.arrival
  room.append(['a small one fits'])
  room.append(Array.from({ length: perFrame }, () => payload))
  t.is(await room.denied, 'WINDOW_OVERRUN')
  files.release()
  const again = await peer.enter(keys)
  t.is((await again.granted).next, 1 + fits * perFrame + 1)
  again.append(['on'])
  await again.take('stored')
})

test('the window is given back with each answer', async (t) => {
  const { connect } = await createPeers(t, { fsync: false })
  const { peer } = await connect()
  const room = await peer.enter(newRoom().keys)
  const payload = 'x'.repeat(150_000)
  for (let i = 0; i < 12; i++) {
    for (let j = 0; j < 4; j++) room.append(Array.from({ length: 6 }, () => payload))
    for (let j = 0; j < 4; j++) await room.take('stored')
  }
  t.is(room.waiting('denied'), 0)
})

test('too much waiting on one connection is refused, and nothing overtakes what was', async (t) => {
  const files = new GatedFiles()
  const { connect } = await createPeers(t, { syncFiles: files })
  const { peer } = await connect()
  const rooms = await Promise.all(Array.from({ length: 5 }, () => peer.enter(newRoom().keys)))
  const last = rooms.pop()
  if (last === undefined) throw new Error('no room')
  files.hold()
  const full = Array.from({ length: 9 }, () => 'x'.repeat(100_000))
  for (const room of rooms) for (let i = 0; i < 4; i++) room.append(full)
  for (const room of rooms) room.append(['x'.repeat(150_000), 'x'.repeat(150_000)])
  for (let i = 0; i < 4; i++) last.append(full)
  t.is(await last.refused(), 'RATE_LIMITED')
  const small = last.append(['a small one after it'])
  t.alike([await last.refused(), await last.refused()], ['OUT_OF_ORDER', 'OUT_OF_ORDER'])
  const { frame, code } = await last.take('refused')
  t.alike([frame, code], [small, 8], 'out of order, though there would have been room for it')
  files.release()
  t.is((await last.take('stored')).first, 0, 'the first one fitted')
  for (const room of rooms) for (let i = 0; i < 5; i++) await room.take('stored')
  last.append(['not marked'])
  t.is(await last.refused(), 'OUT_OF_ORDER')
  last.append(['resumes'], { resume: true })
  last.append(['and on'])
  t.is((await last.take('stored')).first, 9)
  t.is((await last.take('stored')).first, 10)
})

test('on a full disk frames are refused by name, and taken again by itself', async (t) => {
  const disk = { free: 1000 }
  const { connect, store } = await createPeers(t, {
    diskReserveBytes: 100,
    diskCheckMs: 1,
    freeBytes: async () => disk.free
  })
  const { keys } = newRoom()
  const { peer } = await connect()
  const room = await peer.enter(keys, pullFrom(0))
  room.append(['before'])
  await room.take('stored')
  const readOnly = once(store, 'read-only')
  disk.free = 1
  await readOnly
  room.append(['refused'])
  const { code, detail } = await room.take('refused')
  t.is(code, 9)
  t.absent(detail.includes(store.directory), 'and a stranger learns no path')
  const unknown = peer.open(newRoom().keys)
  t.is(await unknown.denied, 'DISK_FULL')
  t.absent((await unknown.denial).includes(store.directory))
  const { peer: reader } = await connect()
  t.is((await reader.greet()).writable, false)
  t.alike(await (await reader.enter(keys, pullFrom(0))).texts(1), ['before'], 'reading goes on')

  const writable = once(store, 'writable')
  disk.free = 1000
  await writable
  room.append(['resumes'], { resume: true })
  t.is((await room.take('stored')).first, 1)
  t.alike(await room.texts(2), ['before', 'resumes'])
})

test('when a sync fails the channels close with the outcome unknown, and nobody saw a page', async (t) => {
  const files = new GatedFiles()
  const { connect, store } = await createPeers(t, { syncFiles: files })
  const { keys } = newRoom()
  const { peer } = await connect()
  const room = await peer.enter(keys)
  const { peer: other } = await connect()
  const reader = await other.enter(keys, pullFrom(0))
  room.append(['synced'])
  await room.take('stored')
  t.alike(await reader.texts(1), ['synced'])

  files.hold()
  const failed = once(store, 'failed')
  room.append(['lost'])
  await files.arrival
  const newcomer = (await connect()).peer
  const late = await newcomer.enter(keys, pullFrom(0))
  t.is((await late.granted).next, 1)
  t.alike(await late.texts(1), ['synced'])
  files.failure = new Error('EIO: i/o error, fdatasync')
  files.release()
  await failed
  t.is(await room.denied, 'UNAVAILABLE')
  t.is(room.waiting('stored') + room.waiting('refused'), 0)
  late.append(['after'])
  t.is(await late.denied, 'UNAVAILABLE')
  t.is(reader.waiting('pages'), 0)
  t.is(late.waiting('pages'), 0)
})
