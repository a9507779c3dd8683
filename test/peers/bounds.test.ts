import test from 'brittle'
import b4a from 'b4a'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import { limits } from '../../src/limits.ts'
import type { RoomId } from '../../src/protocol/bytes.ts'
import { createDht } from '../helpers/dht.ts'
import { noise, opening, rawWrite } from './frames.ts'
import { createPeers, createScene, Inbox, newRoom, pullFrom, RawPeer } from './helpers.ts'

test('opens of what is not served are bounded', async (t) => {
  const { world, honest } = await createScene(t)
  const peer = await world.connect()
  await peer.greet()
  // Raw, since a mux of ours would stumble over the answers.
  const raw = await world.connect()
  for (let id = 1; id <= 3000; id++) raw.write(opening(id, `nobody/${id}`))
  await raw.closed
  for (let i = 0; i <= limits.strayOpensMax; i++)
    peer.mux.createChannel({ protocol: `x/${i}` })?.open()
  t.is(await peer.cutOff(), 'TOO_MANY')
  const large = await world.connect()
  await large.greet()
  large.write(opening(2, 'nobody', b4a.alloc(64 * 1024)))
  t.is(await large.cutOff(), 'BAD_FRAME')
  t.alike(world.violations, ['TOO_MANY', 'TOO_MANY', 'BAD_FRAME'])
  await honest.unharmed(t)
})

test('denied opens are bounded like those of what is not served', async (t) => {
  const { world, keys, honest } = await createScene(t)
  const peer = await world.connect()
  await peer.greet()
  const { proof } = { proof: peer.prove(newRoom().keys) }
  for (let i = 0; i <= limits.strayOpensMax; i++) {
    const id = noise(i, 32) as RoomId
    peer.open(keys, { id, proof })
  }
  t.is(await peer.cutOff(), 'TOO_MANY')
  t.is(world.rooms.length, 1)
  await honest.unharmed(t)
})

test('rooms of one connection are bounded', async (t) => {
  const { connect, rooms } = await createPeers(t, { fsync: false })
  const { peer } = await connect()
  await peer.greet()
  const opened = Array.from({ length: limits.roomsMax + 1 }, () => peer.open(newRoom().keys))
  const last = opened.pop()
  t.is(await last?.denied, 'TOO_MANY')
  const granted = await Promise.all(opened.map((room) => room.granted))
  t.is(granted.length, limits.roomsMax)
  t.is(rooms.size, limits.roomsMax)
  opened[0]?.close()
  await opened[0]?.closed
  await peer.open(newRoom().keys).granted
})

test('a frame over its bound is refused before its bytes are gathered', async (t) => {
  const { world, keys, honest } = await createScene(t)
  const peer = await world.connect()
  await peer.enter(keys)
  const start = Date.now()
  rawWrite(peer, b4a.concat([Uint8Array.of(0xff, 0xff, 0xff), noise(1, 1000)]))
  await peer.closed
  t.ok(Date.now() - start < 2500, 'with what came first, not with what comes next')
  await honest.unharmed(t)
})

test(
  'a peer that reads nothing makes the root keep no more than a bound for it',
  { timeout: 60_000 },
  async (t) => {
    const { connect, rooms, peers } = await createPeers(t, { fsync: false, idleMs: 4 })
    const all = Array.from({ length: 16 }, () => newRoom().keys)
    const { peer: writer } = await connect()
    await writer.greet()
    for (const keys of all) {
      const room = await writer.enter(keys)
      for (let i = 0; i < 3; i++) room.append(Array.from({ length: 8 }, () => 'x'.repeat(100_000)))
      for (let i = 0; i < 3; i++) await room.take('stored')
      room.close()
    }
    while (rooms.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))

    // Over UDP: a stream in memory knows no backpressure.
    const dht = await createDht(t)
    const accepted = new Inbox<NoiseSecretStream>()
    const server = dht.createNode().createServer((stream) => {
      peers.accept(stream)
      accepted.put(stream)
    })
    await server.listen()
    const key = server.publicKey ?? b4a.alloc(32)
    const peer = await RawPeer.over(dht.createNode().connect(key))
    const ours = await accepted.take()
    await peer.greet()
    const opened = await Promise.all(all.map((keys) => peer.enter(keys)))
    peer.stream.pause()
    for (const room of opened) {
      for (let stream = 0; stream < limits.streamsMax; stream++)
        room.send.pull(pullFrom(0, { stream }))
    }
    // And what is answered at once: each of these gets a reset.
    for (let i = 0; i < 5000; i++) opened[0]?.send.pull(pullFrom(1e9, { stream: 0 }))
    // Until nothing moves any more.
    let [most, last] = [0, 0]
    for (let calm = 0; calm < 100 || most === 0; calm++) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      const { buffered } = ours._writableState
      if (buffered !== last) calm = 0
      last = buffered
      most = Math.max(most, buffered)
    }
    const bound = limits.connectionOutputBytesMax + limits.pagesBytesMax + limits.pageBytesMax
    t.ok(most > 0 && most <= bound, `${most} bytes waited, at most ${bound} may`)

    peer.stream.resume()
    const texts = await opened[15]?.texts(24)
    t.is(texts?.length, 24, 'and once it reads, all goes on')
  }
)
