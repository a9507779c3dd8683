// A handshake can be sent again by whoever has seen it: the root then has a connection that looks like
// another's. Until something comes that only its key can have sealed, it is nobody's.

import { PassThrough, Readable } from 'node:stream'
import type { Writable } from 'node:stream'
import test from 'brittle'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import crypto from 'hypercore-crypto'
import { formatKey } from '../../src/protocol/bytes.ts'
import { randomBytes } from '../../src/protocol/derive.ts'
import type { PeersWorld } from '../peers/helpers.ts'
import { createPeers, newRoom, RawPeer } from '../peers/helpers.ts'

/** The keys of one connection, as a DHT hands them to both ends when the handshake is over. */
interface Session {
  ours: ConstructorParameters<typeof NoiseSecretStream>[2]
  theirs: ConstructorParameters<typeof NoiseSecretStream>[2]
}

const root = crypto.keyPair().publicKey
const victim = crypto.keyPair().publicKey

/** Fresh each time, because the root's part of it is, also for a handshake that is sent again. */
function session(): Session {
  const [there, back, hash] = [randomBytes(32), randomBytes(32), randomBytes(64)]
  return {
    ours: { handshake: { tx: back, rx: there, hash, publicKey: root, remotePublicKey: victim } },
    theirs: { handshake: { tx: there, rx: back, hash, publicKey: victim, remotePublicKey: root } }
  }
}

/** What the root has of anybody. */
async function known({ peers, access, rooms }: PeersWorld): Promise<unknown> {
  access.tick()
  return {
    peers: peers.connected,
    granted: peers.counters.roomsGranted,
    rooms: rooms.totals.rooms,
    talkers: access.talkers(10),
    usage: await access.usage.of(access.usage.day)
  }
}

test('nothing is granted, counted or shown before the first frame that decrypts', async (t) => {
  const world = await createPeers(t)
  const nothing = await known(world)
  const { keys } = newRoom()

  const genuine = session()
  const theirs = new NoiseSecretStream(true, null, genuine.theirs)
  const ours = new NoiseSecretStream(false, null, genuine.ours)
  const recorded: Uint8Array[] = []
  const tap = new PassThrough().on('data', (bytes: Uint8Array) => void recorded.push(bytes))
  theirs.rawStream
    .pipe(tap)
    .pipe(ours.rawStream as unknown as Writable)
    .pipe(theirs.rawStream as unknown as Writable)
  for (const end of [ours, theirs]) t.teardown(() => end.destroy(), { force: true })
  world.peers.accept(ours)
  const peer = await RawPeer.over(theirs)
  t.alike(await known(world), nothing, 'a connection that has said nothing')
  const room = await peer.enter(keys)
  room.append(['mine'])
  await room.take('stored')
  const after = (await known(world)) as { peers: number; talkers: { name: string }[] }
  t.is(after.peers, 1)
  t.ok(after.talkers.some(({ name }) => name === formatKey(victim)))
  await peer.vanish()
  while (world.peers.size > 0) await new Promise(setImmediate)
  const left = await known(world)

  t.ok(recorded.length > 2)
  const again = new NoiseSecretStream(false, null, session().ours)
  again.on('error', () => {})
  const gone = new Promise<void>((resolve) => again.once('close', resolve))
  world.peers.accept(again)
  again.rawStream.pipe(new PassThrough().resume())
  Readable.from(recorded).pipe(again.rawStream as unknown as Writable)
  await gone
  t.alike(await known(world), left, 'all of it sent again, to a connection that looks like theirs')
  t.is(world.violations.length, 0)
})
