import { once } from 'node:events'
import test from 'brittle'
import { Counters } from '../../src/counters.ts'
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

test('the bound of an address can be changed; connections that are there stay', async (t) => {
  const { peers, connect } = await createPeers(t, { connectionsPerAddress: 2 })
  const { peer: first } = await connect()
  await first.greet()
  await (await connect()).peer.greet()
  await (
    await connect()
  ).peer.closed
  peers.limitAddresses(1)
  await (
    await connect()
  ).peer.closed
  t.is(peers.connected, 2)
  peers.limitAddresses(3)
  await (await connect()).peer.greet()
  t.is(peers.connected, 3)
  await first.enter(newRoom().keys)
  t.alike([peers.counters.connectionsAccepted, peers.counters.connectionsRefused], [3, 2])
  peers.limitAddresses(undefined)
  await (await connect()).peer.greet()
})

test('a stranger who is denied or breaks a rule is not one of the peers', async (t) => {
  const { peers, connect, violations } = await createPeers(t)
  const { keys } = newRoom()
  const honest = (await connect()).peer
  await (
    await honest.enter(keys)
  ).granted
  const { peer: silent } = await connect()
  t.alike([peers.size, peers.connected], [2, 1], 'one who has not said hello')

  await silent.greet()
  t.is(peers.connected, 2)
  const denied = silent.open(keys, { proof: silent.prove(newRoom().keys) })
  t.is(await denied.denied, 'BAD_PROOF')
  t.alike([peers.size, peers.connected], [2, 1], 'one who was denied')
  await (
    await silent.enter(keys)
  ).granted
  t.is(peers.connected, 2, 'until it proves what it must')

  const hostile = (await connect()).peer
  await hostile.greet()
  t.is(peers.connected, 3)
  hostile.write(Uint8Array.of(1, 1, 0, 0)) // a notice, which does not go this way
  t.is(await hostile.cutOff(), 'UNEXPECTED')
  t.is(peers.connected, 2)
  const { roomsGranted, roomsDenied, violations: counted } = peers.counters
  t.alike([roomsGranted, roomsDenied, counted, violations.length], [2, 1, 1, 1])
})

test('what comes in and goes out is counted', async (t) => {
  const { peers, connect } = await createPeers(t)
  const { keys, guest } = newRoom()
  const { counters } = peers
  const writer = await (await connect()).peer.enter(keys)
  writer.append(['one', 'two', 'three'])
  await writer.take('stored')
  const reader = await (await connect()).peer.enter(guest, pullFrom(1))
  await reader.texts(3) // the page begins before what was asked for
  writer.append(['four'])
  await reader.texts(1)
  reader.append(['a guest may not'])
  t.is(await reader.refused(), 'READ_ONLY')
  const another = await (await connect()).peer.enter(keys)
  another.send.broadcast(new Uint8Array(10))
  await Promise.all([writer.take('broadcast'), reader.take('broadcast')])
  t.ok(counters.bytesServed > 2 * 'three'.length)
  t.alike(
    counters,
    Object.assign(new Counters(), {
      connectionsAccepted: 3,
      roomsGranted: 3,
      framesStored: 2,
      framesRefused: 1,
      pagesServed: 2,
      messagesServed: 3,
      bytesServed: counters.bytesServed,
      broadcastsSent: 2
    })
  )
})
