import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { openBroadcast, sealBroadcast } from '../../../src/protocol/broadcast.ts'
import { encode, uint } from '../../../src/protocol/codec.ts'
import { limits } from '../../../src/limits.ts'
import { Bystander, createWorld, newRoom } from '../helpers.ts'

const BROADCAST = 11

test('a broadcast reaches everybody else who has the room open, and is not stored', async (t) => {
  const world = await createWorld(t)
  const { keys, guest } = newRoom()
  const other = await (await world.connect()).enter(newRoom().keys)
  const from = await (await world.connect()).enter(keys)
  const readers = [
    await (await world.connect()).enter(keys),
    await (await world.connect()).enter(guest)
  ]
  const sealed = sealBroadcast(keys, crypto.keyPair(), {
    kind: 1,
    sentAt: 5,
    body: b4a.from('typing')
  })
  from.send.broadcast(sealed)
  for (const reader of readers) {
    const received = await reader.take('broadcast')
    t.alike(received, sealed)
    t.alike(openBroadcast(guest, received).body, b4a.from('typing'))
  }
  from.append(['the first message'])
  t.is((await from.take('stored')).first, 0)
  t.is(from.waiting('broadcast'), 0, 'not its sender')
  t.is(other.waiting('broadcast'), 0, 'nor another room')
})

test('a guest’s broadcast closes its channel; nobody gets it', async (t) => {
  const world = await createWorld(t)
  const { keys, guest } = newRoom()
  const honest = await Bystander.enter(world, keys)
  const reader = await (await world.connect()).enter(keys)
  const peer = await world.connect()
  const room = await peer.enter(guest)
  room.send.broadcast(b4a.from('from a guest'))
  t.is(await room.denied, 'READ_ONLY')
  const early = peer.open(keys)
  early.send.broadcast(b4a.from('too early'))
  t.is(await early.denied, 'UNEXPECTED')
  await honest.unharmed(t)
  t.is(reader.waiting('broadcast'), 0)
})

test('a broadcast over its bound ends the connection', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, keys)
  const peer = await world.connect()
  const room = await peer.enter(keys)
  const large = b4a.alloc(2 * limits.broadcastBytesMax + 1)
  room.write(BROADCAST, b4a.concat([encode(uint, large.byteLength), large]))
  t.is(await peer.cutOff(), 'BAD_FRAME')
  await honest.unharmed(t)
})

test('what one peer makes others receive is bounded, by bytes times receivers', async (t) => {
  const world = await createWorld(t, { now: () => 1000 })
  const { keys } = newRoom()
  const from = await (await world.connect()).enter(keys)
  const readers = [
    await (await world.connect()).enter(keys),
    await (await world.connect()).enter(keys)
  ]
  const sealed = b4a.alloc(16_000, 1)
  const allowed = Math.floor(limits.broadcastBytesPerSecondMax / (2 * sealed.byteLength))
  for (let i = 0; i < allowed + 50; i++) {
    from.send.broadcast(sealed)
    // Those who are to receive must have had the time to: one that is behind is left out.
    if (i < allowed) for (const reader of readers) await reader.take('broadcast')
  }
  from.append(['afterwards'])
  await from.take('stored')
  for (const reader of readers) {
    reader.append(['drained'])
    await reader.take('stored')
    t.is(reader.waiting('broadcast'), 0, `${allowed} and no more`)
  }
})
