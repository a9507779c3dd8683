import { once } from 'node:events'
import { EventEmitter } from 'node:events'
import test from 'brittle'
import b4a from 'b4a'
import { mapKey } from '../../src/protocol/bytes.ts'
import { isHeadOf, isSignerOf } from '../../src/protocol/head.ts'
import { limits } from '../../src/limits.ts'
import { GatedFiles } from '../storage/helpers.ts'
import {
  alice,
  append,
  appendBytes,
  bob,
  inspect,
  openRooms,
  outcome,
  pullFrom,
  Reader,
  roomId,
  textsFrom,
  textsOf
} from './helpers.ts'

test('frames of one turn are one commit, in the order they came', async (t) => {
  const { store, room: open, commits } = await openRooms(t, { now: () => 1234 })
  const room = await open()
  const texts = textsFrom(0, 300)
  const receipts = await Promise.all(
    texts.map((text, i) => append(room, [text], i % 2 === 0 ? alice : bob))
  )

  t.alike(commits, [
    { room: mapKey(roomId), messages: 300, bytes: texts.join('').length, next: 300 }
  ])
  t.alike(
    receipts.map(({ first }) => first),
    texts.map((_, i) => i)
  )
  t.alike(
    receipts.map(({ block }) => block),
    texts.map((_, i) => Math.floor(i / 128)),
    'each receipt names the block of its message'
  )
  t.ok(receipts.every(({ storedAt, segment }) => storedAt === 1234 && segment === 0))
  const { segments } = await inspect(store)
  t.is(segments.length, 1)
  t.alike(textsOf(segments[0]?.blocks ?? []), texts)
})

test('what arrives while a commit is written is the next one', async (t) => {
  const files = new GatedFiles()
  const { room: open, commits } = await openRooms(t, { syncFiles: files })
  const room = await open()
  await append(room, ['first'])

  files.hold()
  const held = append(room, ['a'])
  await files.arrival
  const rest = ['b', 'c', 'd'].map((text) => append(room, [text]))
  files.release()
  const receipts = await Promise.all([held, ...rest])
  t.alike(
    commits.map(({ messages }) => messages),
    [1, 1, 3]
  )
  t.alike(
    receipts.map(({ first, block }) => [first, block]),
    [
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 2]
    ]
  )
})

test('a commit takes whole frames, up to its bound', async (t) => {
  const { room: open, commits } = await openRooms(t)
  const room = await open()
  const bytes = 100 * 1024
  const perCommit = Math.floor(limits.commitBytesMax / (bytes + limits.messageOverheadBytes))
  const count = 2 * perCommit + 1
  await Promise.all(Array.from({ length: count }, () => appendBytes(room, [b4a.alloc(bytes)])))
  t.is(commits.length, 3)
  t.ok(commits.every((commit) => commit.bytes <= limits.commitBytesMax))
  t.is(commits.at(-1)?.next, count)
})

test('a head in a receipt is signed by the segment’s one signer', async (t) => {
  const { room: open } = await openRooms(t)
  const room = await open()
  const first = await append(room, ['one'])
  const second = await append(room, ['two'])
  const segment = room.log.segments.last
  if (segment === undefined) throw new Error('no segment')
  t.ok(isSignerOf(segment.coreKey, segment.signer))
  for (const { head } of [first, second]) t.ok(isHeadOf(head, segment.coreKey, segment.signer))
  t.is(first.head.length, 1)
  t.is(second.head.length, 2)
  t.is(second.head.fork, 0)
  t.absent(isHeadOf({ ...first.head, length: 2 }, segment.coreKey, segment.signer))
})

test('while the sync is held nobody sees the page; released, all do', async (t) => {
  const files = new GatedFiles()
  const { store, room: open, commits } = await openRooms(t, { syncFiles: files })
  const room = await open()
  await append(room, ['synced'])
  const follower = new Reader()
  room.follow(pullFrom(0), follower).pump()
  await follower.reached(1)

  files.hold()
  let answered = false
  const appended = append(room, ['not yet']).finally(() => (answered = true))
  await files.arrival
  const newcomer = new Reader()
  room.follow(pullFrom(0), newcomer).pump()
  const beyond = new Reader()
  room.follow(pullFrom(2), beyond).pump()
  const puller = new Reader()
  room.follow(pullFrom(0, { live: false }), puller).pump()
  await newcomer.reached(1)
  // A sync that is under way gives everything else its turn.
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  t.is(answered, false, 'no receipt')
  t.is(room.log.next, 1)
  t.is((await inspect(store)).segments[0]?.core.length, 1)
  t.alike(beyond.asides, ['reset 1'], 'a cursor beyond it is sent back')
  for (const reader of [follower, newcomer, puller]) t.alike(reader.texts, ['synced'])
  t.ok(follower.runs.concat(newcomer.runs).every(({ head }) => head === null || head.length === 1))
  t.is(commits.length, 1)

  files.release()
  await appended
  await follower.reached(2)
  await newcomer.reached(2)
  t.alike(follower.texts, ['synced', 'not yet'])
  t.alike(newcomer.texts, ['synced', 'not yet'])
  t.alike(beyond.texts, ['not yet'])
  t.alike(puller.texts, ['synced'], 'who pulled got what there was')
})

test('a sender is settled once none of its frames waits', async (t) => {
  const files = new GatedFiles()
  const { room: open } = await openRooms(t, { syncFiles: files })
  const room = await open()
  await room.settled(alice)

  files.hold()
  const order: string[] = []
  const first = append(room, ['a1'], alice).then(() => order.push('a1'))
  await files.arrival
  const second = append(room, ['a2'], alice).then(() => order.push('a2'))
  const third = append(room, ['b1'], bob).then(() => order.push('b1'))
  const settled = room.settled(alice).then(() => order.push('alice'))
  const nobody = room.settled(b4a.alloc(32, 1) as typeof alice).then(() => order.push('nobody'))
  await nobody
  t.alike(order, ['nobody'])
  files.release()
  await Promise.all([first, second, third, settled])
  t.alike(order.slice(0, 2), ['nobody', 'a1'])
  t.ok(order.indexOf('alice') > order.indexOf('a2'))
})

test('closing answers what was accepted, and refuses what comes after', async (t) => {
  const files = new GatedFiles()
  const { rooms, room: open, store } = await openRooms(t, { syncFiles: files })
  const room = await open()
  await append(room, ['before'])
  files.hold()
  const accepted = [append(room, ['a'])]
  await files.arrival
  accepted.push(append(room, ['b']))
  const closed = rooms.close()
  await new Promise(setImmediate)
  const late = outcome(append(room, ['late']))
  files.release()
  t.alike(
    (await Promise.all(accepted)).map(({ first }) => first),
    [1, 2]
  )
  t.is(await late, 'SHUTTING_DOWN')
  await closed
  t.alike(textsOf((await inspect(store)).segments[0]?.blocks ?? []), ['before', 'a', 'b'])
})

test('after a failed sync the outcome is unknown: neither stored nor refused', async (t) => {
  const files = new GatedFiles()
  const { room: open, store, commits } = await openRooms(t, { syncFiles: files })
  const room = await open()
  await append(room, ['synced'])
  const reader = new Reader()
  room.follow(pullFrom(0), reader).pump()
  await reader.reached(1)

  files.hold()
  const failed = once(store, 'failed')
  const frames = [outcome(append(room, ['lost'])), outcome(append(room, ['lost too'], bob))]
  await files.arrival
  frames.push(outcome(append(room, ['queued'])))
  files.failure = new Error('EIO: i/o error, fdatasync')
  files.release()
  await failed
  files.failure = null
  t.alike(await Promise.all(frames), ['lost', 'lost', 'lost'])
  t.is(await outcome(append(room, ['after'])), 'lost', 'and nothing is taken')
  t.alike(reader.texts, ['synced'])
  t.is(room.log.next, 1)
  t.is(commits.length, 1)
})

test('below the reserve appends are refused and reads go on; above it all is well by itself', async (t) => {
  const disk = { free: 1000 }
  const {
    room: open,
    rooms,
    store
  } = await openRooms(t, {
    diskReserveBytes: 100,
    diskCheckMs: 1,
    freeBytes: async () => disk.free
  })
  const room = await open()
  await append(room, ['before'])
  const readOnly = once(store, 'read-only')
  disk.free = 50
  await readOnly
  t.is(await outcome(append(room, ['refused'])), 'DISK_FULL')
  const reader = new Reader()
  room.follow(pullFrom(0), reader).pump()
  await reader.reached(1)
  t.alike(reader.texts, ['before'])
  await t.exception(rooms.acquire(b4a.alloc(32, 9) as typeof roomId, true), { code: 'DISK_FULL' })
  t.is(await rooms.acquire(b4a.alloc(32, 9) as typeof roomId, false), null, 'nothing was created')

  const writable = once(store, 'writable')
  disk.free = 1000
  await writable
  await append(room, ['after'])
  await reader.reached(2)
  t.alike(reader.texts, ['before', 'after'])
})

test('a listener that throws is not a write that failed', async (t) => {
  const { room: open } = await openRooms(t)
  const room = await open()
  const outcomes = new EventEmitter()
  const said: string[] = []
  room.append({
    sender: alice,
    payloads: [b4a.from('x')],
    weight: 65,
    stored: () => said.push('stored'),
    refused: () => said.push('refused'),
    lost: () => said.push('lost')
  })
  room.append({
    sender: alice,
    payloads: [b4a.from('y')],
    weight: 65,
    stored: () => outcomes.emit('stored'),
    refused: () => said.push('refused'),
    lost: () => said.push('lost')
  })
  await once(outcomes, 'stored')
  t.alike(said, ['stored'], 'each frame is answered once')
})
