import { once } from 'node:events'
import test from 'brittle'
import { shuttingDown } from '../../src/protocol/errors.ts'
import { GatedFiles } from '../storage/helpers.ts'
import { bridge, createPeers, createWorld, newRoom, pullFrom } from './helpers.ts'

test('the end is announced, what was accepted is answered, and nobody new comes in', async (t) => {
  const files = new GatedFiles()
  const { connect, peers, rooms } = await createPeers(t, { syncFiles: files })
  const { keys } = newRoom()
  const { peer } = await connect()
  const room = await peer.enter(keys)
  room.append(['zero'])
  await room.take('stored')
  files.hold()
  room.append(['accepted'])
  await files.arrival
  room.append(['accepted as well'])
  room.append(['and this'])
  await new Promise(setImmediate)

  peers.announceEnd(shuttingDown())
  const closed = rooms.close().then(() => peers.close())
  t.is((await peer.notices.take()).code, 'SHUTTING_DOWN')
  const { ours, theirs } = await bridge(t)
  const refused = once(theirs, 'close')
  peers.accept(ours)
  await refused
  files.release()
  for (const first of [1, 2, 3]) t.is((await room.take('stored')).first, first)
  await Promise.all([closed, peer.closed])
  t.is(peers.connected, 0)
})

test('closing does not wait for ever for one that reads nothing', async (t) => {
  const { connect, peers } = await createPeers(t)
  const { peer } = await connect()
  const room = await peer.enter(newRoom().keys, pullFrom(0))
  room.append(['x'])
  await room.take('stored')
  peer.stream.pause()
  const start = Date.now()
  await peers.close()
  t.ok(Date.now() - start < 3000)
})

test('a connection that dies at any moment leaves nothing behind', async (t) => {
  const { connect, peers, rooms } = await createPeers(t, { idleMs: 4 })
  const { keys } = newRoom()
  for (let i = 0; i < 40; i++) {
    const { peer } = await connect()
    if (i % 5 > 0) void peer.greet()
    if (i % 5 > 1) peer.open(keys, { pull: pullFrom(0) }).append(['too early'])
    if (i % 5 > 2) await new Promise(setImmediate)
    if (i % 5 > 3) await (await peer.enter(newRoom().keys)).granted
    await peer.vanish()
  }
  while (rooms.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  t.is(peers.connected, 0)
  const room = await (await connect()).peer.enter(keys)
  t.is((await room.granted).next, 0)
  t.is((await room.take('presence')).members, 1)
})

test('one address has so many connections, and gets another when one of them is gone', async (t) => {
  const world = await createWorld(t, { connectionsPerAddress: 3 })
  const peers = await Promise.all([1, 2, 3].map(() => world.connect()))
  await peers[0]?.greet()
  for (let i = 0; i < 3; i++) await (await world.connect()).closed
  t.alike(world.violations, [], 'to be one too many breaks no rule')
  const gone = once(world.root, 'peer-disconnected')
  await peers[0]?.vanish()
  await gone
  await (await world.connect()).enter(newRoom().keys)
  await peers[1]?.enter(newRoom().keys)
})
