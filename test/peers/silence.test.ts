// Peers that fall silent, say too much before the hello, or never end what they began.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import { limits } from '../../src/limits.ts'
import type { Peers } from '../../src/peers/peers.ts'
import { createDht } from '../helpers/dht.ts'
import { Bystander, createPeers, createWorld, newRoom, RawPeer } from './helpers.ts'

/** A channel that was never opened: what is sent to it is nobody's. */
const NOBODY = 50

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
  const { key, bootstrap } = await serve(t, peers)
  const script = fileURLToPath(new URL('./doomed-peer.js', import.meta.url))
  const child = spawn(process.execPath, [script, b4a.toString(key, 'hex'), '200', ...bootstrap], {
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
  const paused = new Promise<void>((resolve) => {
    const pause = ours.pause.bind(ours)
    ours.pause = () => {
      resolve()
      return pause()
    }
  })
  const empty = pretendFull(ours)
  const slowed = peer.enter(newRoom().keys)
  await paused
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.is(peers.connected, 1)
  empty()
  ours.emit('drain')
  await slowed
  peer.stream.setKeepAlive(0)
  await peer.closed
})

test('before the hello a peer may send little, in one frame or in many', async (t) => {
  const world = await createWorld(t)
  const honest = await Bystander.enter(world, newRoom().keys)
  const large = await world.connect()
  begin(large.stream, limits.helloBytesMax + 1, 1000)
  await large.closed
  const many = await world.connect()
  for (let i = 0; i <= 64 && !many.stream.destroyed; i++) many.write(b4a.alloc(1024, NOBODY))
  await many.closed
  t.alike(world.violations, ['TOO_LARGE', 'TOO_LARGE'])
  const greeted = await world.connect()
  await greeted.greet()
  begin(greeted.stream, limits.helloBytesMax + 1, 1000)
  await honest.unharmed(t)
  t.absent(greeted.stream.destroyed, 'after it, a frame may be longer')
})

test('frames that never end are bounded together: whoever takes longest makes room', async (t) => {
  // Over UDP: what is announced on a stream in memory is not seen on its way.
  const { peers, violations } = await createPeers(t)
  const { key, node } = await serve(t, peers)
  const connect = () => RawPeer.over(node.connect(key, { keyPair: crypto.keyPair() }))
  const bytes = 8 * 1024 * 1024 - 1
  const most = Math.floor(limits.intakeBytesMax / bytes)
  const hostile: RawPeer[] = []
  for (let i = 0; i <= most; i++) {
    const peer = await connect()
    await peer.greet()
    begin(peer.stream, bytes, 1000)
    await settled(() => peers.intake.bytes === Math.min(i + 1, most) * bytes)
    hostile.push(peer)
  }
  await hostile[0]?.closed
  t.alike(violations, ['RATE_LIMITED'])
  t.is(peers.connected, most, 'nobody else')

  const honest = await connect()
  const room = await honest.enter(newRoom().keys)
  room.append(['x'.repeat(100_000), 'y'.repeat(100_000)])
  t.is((await room.take('stored')).first, 0)
  for (const peer of hostile) await peer.vanish()
  await settled(() => peers.intake.bytes === 0)
  t.is(peers.connected, 1)
})

/** Lets peers take what connects to a key of a private DHT; gives that key, and a node to connect with. */
async function serve(t: Test, peers: Peers) {
  const dht = await createDht(t)
  const server = dht.createNode().createServer((stream) => peers.accept(stream))
  await server.listen()
  return {
    key: server.publicKey ?? b4a.alloc(32),
    node: dht.createNode(),
    bootstrap: dht.bootstrap
  }
}

/** Announces an encrypted frame and sends only some of it. */
function begin(stream: NoiseSecretStream, length: number, some: number): void {
  const raw = stream.rawStream as unknown as { write(bytes: Uint8Array): boolean }
  raw.write(Uint8Array.of(length & 255, (length >>> 8) & 255, length >>> 16))
  raw.write(b4a.alloc(some))
}

/** A stream in memory knows no backpressure: makes one look as if much waited in it, until called off. */
function pretendFull(stream: NoiseSecretStream): () => void {
  const state = stream._writableState
  const full = new Proxy(state, {
    get(target, key): unknown {
      if (key === 'buffered') return limits.connectionOutputBytesMax + 1
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    }
  })
  Object.defineProperty(stream, '_writableState', { value: full, configurable: true })
  return () => Object.defineProperty(stream, '_writableState', { value: state })
}

async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}
