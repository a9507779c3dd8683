import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { RootPeerError, unavailable } from '../../src/protocol/errors.ts'
import { GatedFiles } from '../storage/helpers.ts'
import { failWrites } from '../rooms/helpers.ts'
import { createPeers, createWorld, newRoom, pullFrom } from './helpers.ts'

test('the same peer opening a room again is granted once its earlier frames are committed', async (t) => {
  const files = new GatedFiles()
  const { connect } = await createPeers(t, { syncFiles: files })
  const { keys } = newRoom()
  const keyPair = crypto.keyPair()
  const { peer } = await connect(keyPair)
  const before = await peer.enter(keys)
  before.append(['zero'])
  await before.take('stored')

  files.hold()
  before.append(['being written'])
  await files.arrival
  before.append(['waiting'])
  const { peer: other } = await connect()
  const watcher = await other.enter(keys, pullFrom(0))
  const { peer: again } = await connect(keyPair)
  await again.greet()
  const room = again.open(keys, { pull: pullFrom(0) })
  t.is(await before.denied, 'SUPERSEDED')
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  t.alike(room.order, [], 'not before it is known what became of them')
  t.is((await watcher.granted).next, 1, 'others do not wait')
  files.release()
  t.is((await room.granted).next, 3)
  t.alike(await room.texts(3), ['zero', 'being written', 'waiting'])
  t.alike(await watcher.texts(3), ['zero', 'being written', 'waiting'])

  // The one that was sent away has taken nothing with it: there is one company in this room.
  room.send.broadcast(b4a.from('hello'))
  t.alike(await watcher.take('broadcast'), b4a.from('hello'))
  watcher.send.broadcast(b4a.from('hello to you'))
  t.alike(await room.take('broadcast'), b4a.from('hello to you'))
  room.append(['on'])
  await room.take('stored')
})

test('a peer that is alone and comes again is found by who comes later', async (t) => {
  const { connect } = await createPeers(t)
  const { keys } = newRoom()
  const keyPair = crypto.keyPair()
  const first = await (await connect(keyPair)).peer.enter(keys)
  const second = await (await connect(keyPair)).peer.enter(keys)
  t.is(await first.denied, 'SUPERSEDED')
  const other = await (await connect()).peer.enter(keys)
  other.send.broadcast(b4a.from('are you there'))
  t.alike(await second.take('broadcast'), b4a.from('are you there'))
  const presence = await other.take('presence')
  t.is(presence.members, 2)
})

test('a second connection of a key takes over from the first, over the network', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const keyPair = crypto.keyPair()
  const first = await world.connect(keyPair)
  const room = await first.enter(keys)
  for (let i = 0; i < 20; i++) room.append([`${i}`])
  const second = await world.connect(keyPair)
  const again = await second.enter(keys, pullFrom(0))
  const { next } = await again.granted
  if (next > 0) {
    const texts = await again.texts(next)
    t.alike(
      texts,
      Array.from({ length: next }, (_, i) => `${i}`)
    )
  }
  again.append(['after'])
  t.is((await again.take('stored')).first, next, 'nothing came in between')
})

test('who is dismissed is told why, and can come again', async (t) => {
  const { connect, peers, rooms } = await createPeers(t)
  const { keys } = newRoom()
  const { peer } = await connect()
  const room = await peer.enter(keys, pullFrom(0))
  room.append(['one'])
  await room.take('stored')
  const opening = peer.open(newRoom().keys)
  await peers.dismiss(unavailable())
  await rooms.reopen(() => Promise.resolve())
  t.is(await room.denied, 'UNAVAILABLE')
  t.ok(
    ['UNAVAILABLE', 'granted'].includes(
      await Promise.race([opening.denied, opening.granted.then(() => 'granted')])
    )
  )
  const again = await peer.enter(keys, pullFrom(1))
  t.is((await again.granted).next, 1)
  again.append(['two'])
  t.is((await again.take('stored')).first, 1)
  t.alike(await again.texts(1), ['two'])
})

test('what goes wrong inside is told without its inside', async (t) => {
  const { connect, store, rooms } = await createPeers(t)
  const { peer } = await connect()
  await peer.greet()
  const reasons: Record<string, Error> = {
    UNAVAILABLE: new Error(`something about ${store.directory}`),
    DISK_FULL: new RootPeerError('DISK_FULL', `the disk that holds ${store.directory} is full`)
  }
  for (const [code, reason] of Object.entries(reasons)) {
    const mend = failWrites(store, reason)
    const room = peer.open(newRoom().keys)
    t.is(await room.denied, code)
    const detail = await room.denial
    t.absent(detail.includes(store.directory), detail)
    mend()
    await rooms.reopen(() => Promise.resolve())
  }
})

test('segments that were begun in between are told before the pages that lie in them', async (t) => {
  const { connect } = await createPeers(t)
  const { keys } = newRoom()
  const writer = await (await connect()).peer.enter(keys)
  const reader = await (await connect()).peer.enter(keys, pullFrom(0))
  t.is((await reader.granted).segments.length, 0)
  writer.append(['first'])
  await writer.take('stored')
  await reader.texts(1)
  for (const room of [writer, reader]) {
    const used = room === writer ? 'stored' : 'pages'
    const told = room.order.indexOf('segments')
    t.ok(told !== -1 && told < room.order.lastIndexOf(used), room.order.join())
    t.is((await room.take('segments')).length, 1)
  }
})
