// Peers that fall silent, say too much before the hello, or never end what they began.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import b4a from 'b4a'
import { limits } from '../../src/limits.ts'
import { createDht } from '../helpers/dht.ts'
import { Bystander, createPeers, createWorld, newRoom } from './helpers.ts'
import type { RawPeer } from './helpers.ts'

test('a peer of which nothing is heard is let go; signs of life are enough to stay', async (t) => {
  const { connect, peers } = await createPeers(t, { silenceMs: 300 })
  const { peer: alive } = await connect()
  alive.stream.setKeepAlive(50)
  await alive.greet()
  const { peer: silent } = await connect()
  await silent.greet()
  await settled(() => peers.connected === 2)
  await silent.closed
  t.is(peers.connected, 1)
  await alive.enter(newRoom().keys)
})

test('a process that was killed is noticed by its silence', async (t) => {
  const silenceMs = 1500
  const { peers } = await createPeers(t, { silenceMs })
  const dht = await createDht(t)
  const server = dht.createNode().createServer((stream) => peers.accept(stream))
  await server.listen()
  const key = b4a.toString(server.publicKey ?? b4a.alloc(32), 'hex')
  const script = fileURLToPath(new URL('./doomed-peer.js', import.meta.url))
  const child = spawn(process.execPath, [script, key, '200', ...dht.bootstrap], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'), { force: true })
  await once(child.stdout, 'data')
  t.is(peers.connected, 1)

  child.kill('SIGKILL')
  await once(child, 'exit')
  const killed = Date.now()
  while (peers.connected > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  const noticed = Date.now() - killed
  t.ok(noticed < silenceMs + 1000, `noticed after ${noticed} ms`)
})

test('a peer that we do not read from for a while is not silent', async (t) => {
  const { connect, peers } = await createPeers(t, { silenceMs: 200 })
  const { peer, ours } = await connect()
  peer.stream.setKeepAlive(20)
  await peer.greet()
  await settled(() => peers.connected === 1)
  // It makes us answer and reads nothing: we stop reading from it, until it has read.
  const state = ours._writableState as { buffered: number }
  state.buffered += limits.connectionOutputBytesMax + 1
  let paused = false
  const pause = ours.pause.bind(ours)
  ours.pause = () => {
    paused = true
    return pause()
  }
  const slowed = peer.enter(newRoom().keys)
  await settled(() => paused)
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.is(peers.connected, 1)
  state.buffered -= limits.connectionOutputBytesMax + 1
  ours.emit('drain')
  await slowed
  peer.stream.setKeepAlive(0)
  await peer.closed
})

test('before the hello a peer may send little, in one frame or in many', async (t) => {
  const world = await createWorld(t)
  const honest = await Bystander.enter(world, newRoom().keys)
  const large = await world.connect()
  begin(large, limits.helloBytesMax, 1000)
  await large.closed
  const many = await world.connect()
  for (let i = 0; i <= 64 && !many.stream.destroyed; i++) many.write(b4a.alloc(1024))
  await many.closed
  t.alike(world.violations, ['TOO_LARGE', 'TOO_LARGE'])
  const greeted = await world.connect()
  await greeted.greet()
  begin(greeted, limits.helloBytesMax, 1000)
  await honest.unharmed(t)
  t.absent(greeted.stream.destroyed, 'after it, a frame may be longer')
})

test('frames that never end are bounded together: whoever takes longest makes room', async (t) => {
  const { connect, peers, violations } = await createPeers(t)
  const bytes = 8 * 1024 * 1024 - 1
  const most = Math.floor(limits.intakeBytesMax / bytes)
  const hostile: RawPeer[] = []
  for (let i = 0; i <= most; i++) {
    const { peer } = await connect()
    await peer.greet()
    begin(peer, bytes, 1000)
    await settled(() => peers.intake.bytes === Math.min(i + 1, most) * bytes)
    hostile.push(peer)
  }
  await hostile[0]?.closed
  t.alike(violations, ['RATE_LIMITED'])
  t.is(peers.connected, most, 'nobody else')

  const { peer: honest } = await connect()
  const room = await honest.enter(newRoom().keys)
  room.append(['x'.repeat(100_000), 'y'.repeat(100_000)])
  t.is((await room.take('stored')).first, 0)
  for (const peer of hostile) await peer.vanish()
  await settled(() => peers.intake.bytes === 0)
  t.is(peers.connected, 1)
})

/** Announces an encrypted frame and sends only some of it. */
function begin(peer: RawPeer, length: number, some: number): void {
  const raw = peer.stream.rawStream as unknown as { write(bytes: Uint8Array): boolean }
  raw.write(Uint8Array.of(length & 255, (length >>> 8) & 255, length >>> 16))
  raw.write(b4a.alloc(some))
}

async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}
