import test from 'brittle'
import { limits } from '../../../src/limits.ts'
import { Bystander, createWorld, newRoom, pullFrom } from '../helpers.ts'

test('a proof carries its page, and nothing where there is none', async (t) => {
  const world = await createWorld(t)
  const { keys, guest } = newRoom()
  const writer = await (await world.connect()).enter(keys)
  writer.append(['one'])
  await writer.take('stored')
  const room = await (await world.connect()).enter(guest)
  room.send.prove({ request: 5, segment: 0, block: 0, length: 1 })
  const proof = await room.take('proof')
  t.is(proof.request, 5)
  t.ok(proof.page !== null && proof.head?.length === 1)
  const absent = [
    { segment: 1, block: 0, length: 1 },
    { segment: 0, block: 1, length: 1 },
    { segment: 0, block: 0, length: 2 },
    { segment: 0, block: Number.MAX_SAFE_INTEGER, length: Number.MAX_SAFE_INTEGER }
  ]
  for (const [request, asked] of absent.entries()) {
    room.send.prove({ request, ...asked })
    t.is((await room.take('proof')).page, null)
  }
})

test('more proofs than a reader can take cost the channel, not the root', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, keys)
  await honest.unharmed(t)
  const peer = await world.connect()
  const room = await peer.enter(keys)
  peer.mux.cork()
  for (let request = 0; request < 10_000; request++) {
    room.send.prove({ request, segment: 0, block: 0, length: 1 })
  }
  peer.mux.uncork()
  t.is(await room.denied, 'TOO_MANY')
  t.ok(room.waiting('proof') <= limits.provesMax)
  await honest.unharmed(t)
})

test('pulls that replace each other faster than they can be read cost the channel', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, newRoom().keys)
  const filler = await (await world.connect()).enter(keys)
  // More than is kept in memory, so that the beginning has to be read from disk.
  const text = 'x'.repeat(100_000)
  for (let i = 0; i < 6; i++) {
    filler.append([text])
    await filler.take('stored')
  }
  const peer = await world.connect()
  const room = await peer.enter(keys)
  peer.mux.cork()
  for (let i = 0; i < 2 * limits.readsWaitingMax; i++) room.send.pull(pullFrom(0, { live: false }))
  peer.mux.uncork()
  t.is(await room.denied, 'TOO_MANY')
  await honest.unharmed(t)
})
