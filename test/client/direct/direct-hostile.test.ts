// Members that lie, flood, or are none, directly: a typed error, the connection ends, and what the root
// peers and the others give is unharmed.

import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import HyperDHT from 'hyperdht'
import type { RootPeerClient, Room } from '../../../src/client/client.ts'
import type { MessageHash } from '../../../src/protocol/bytes.ts'
import { formatKey } from '../../../src/protocol/bytes.ts'
import { DIRECT_PROTOCOL } from '../../../src/protocol/direct-channel.ts'
import { keysOf, parseInvite, toGuest } from '../../../src/protocol/invite.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import { Access, createRoomKey, ownerKeys } from '../../../src/protocol/keys.ts'
import { proveAccess } from '../../../src/protocol/proof.ts'
import { DirectPeer } from '../helpers/direct-peer.ts'
import { names, take, tellAll, World } from '../helpers/world.ts'
import { Writer } from '../helpers/writer.ts'
import type { Written } from '../helpers/writer.ts'

interface Scene {
  world: World
  client: RootPeerClient
  room: Room
  keys: RoomKeys
}

/** A member that can be reached, with no root peer unless one is given. */
async function open(t: Test, roots: string[] = []): Promise<Scene> {
  const world = await World.create(t)
  return { world, ...(await join(world, roots)) }
}

async function join(world: World, roots: string[]): Promise<Omit<Scene, 'world'>> {
  const client = world.client({ direct: true, announce: true, discover: false, roots })
  const sharedKey = createRoomKey()
  const room = await client.join({ sharedKey })
  return { client, room, keys: keysOf(parseInvite(room.invite)) }
}

async function failure(client: RootPeerClient): Promise<{ peer: string; code: string }> {
  const [{ peer, error }] = (await once(client, 'member-error')) as [
    { peer: string; error: { code: string } }
  ]
  return { peer, code: error.code }
}

/** Beginnings that lead the mux somewhere: its own frames, batches, batches in batches, the channel. */
const heads = [
  [],
  [0],
  [0, 0],
  [0, 0, 0, 0, 0],
  [0, 1],
  [0, 3],
  [1, 1],
  [1, 3],
  [1, 4],
  [1, 5],
  [1, 200]
].map((each) => Uint8Array.from(each))

const payloadsOf = (messages: readonly Written[]): Uint8Array[] =>
  messages.map(({ payload }) => payload)

test('a proof that is wrong, of another room or echoed ends it, and nothing is told', async (t) => {
  const { world, client, room, keys } = await open(t)
  const other = ownerKeys(createRoomKey())
  const wrong = [
    (peer: DirectPeer) => proveAccess(other, Access.member, peer.context),
    (peer: DirectPeer) => ({
      ...proveAccess(keys, Access.member, peer.context),
      access: Access.owner
    }),
    (peer: DirectPeer) =>
      proveAccess(keys, Access.member, {
        ...peer.context,
        handshakeHash: b4a.alloc(64, 1)
      }),
    (peer: DirectPeer) =>
      proveAccess(keys, Access.member, {
        ...peer.context,
        prover: b4a.from(peer.stream.remotePublicKey) as never
      })
  ]
  for (const [i, proofOf] of wrong.entries()) {
    const peer = await DirectPeer.dial(t, world.dht, client.peer)
    const failed = failure(client)
    peer.open(keys, proofOf(peer))
    t.alike(await failed, { peer: formatKey(peer.stream.publicKey), code: 'BAD_PROOF' }, `${i}`)
    await peer.cutOff()
    t.alike(
      peer.heard.filter(({ name }) => name !== 'open' && name !== 'denied'),
      [],
      'nothing is said'
    )
  }
  t.alike(room.members(), [])
})

test('whoever broke a rule is left alone', async (t) => {
  const { world, client, keys } = await open(t)
  const keyPair = HyperDHT.keyPair()
  const peer = await DirectPeer.dial(t, world.dht, client.peer, keyPair)
  const failed = failure(client)
  peer.open(keys, proveAccess(ownerKeys(createRoomKey()), Access.member, peer.context))
  await failed
  await peer.cutOff()
  const stream = world.dht.createNode().connect(peer.stream.remotePublicKey, { keyPair })
  stream.on('error', () => {})
  t.is(await stream.opened, false, 'is not let in again')
})

const lies: Record<string, (keys: RoomKeys) => Uint8Array[]> = {
  'a payload of another room': () => payloadsOf(new Writer(ownerKeys(createRoomKey())).frame('x')),
  'bytes that are none': () => [b4a.alloc(100, 7)],
  'a frame without a signature': (keys) =>
    payloadsOf([new Writer(keys).seal('x', { signed: false })]),
  'a signature of somebody else': (keys) =>
    payloadsOf([new Writer(keys).seal('x', { signer: crypto.keyPair() })]),
  'no certificate': (keys) => payloadsOf([new Writer(keys).seal('x', { certificate: null })]),
  'messages that do not follow each other': (keys) => {
    const writer = new Writer(keys)
    return payloadsOf([writer.seal('x'), writer.seal('z', { number: 7 })])
  },
  'messages of two chains': (keys) =>
    payloadsOf([new Writer(keys).seal('x'), new Writer(keys).seal('y')])
}

test('a frame that lies ends it, and is not shown', async (t) => {
  const { world, client, room, keys } = await open(t)
  const reading = room.read({ follow: true })
  const honest = await DirectPeer.dial(t, world.dht, client.peer)
  honest.open(keys)
  await honest.next('open')
  for (const [what, payloads] of Object.entries(lies)) {
    const peer = await DirectPeer.dial(t, world.dht, client.peer)
    peer.open(keys)
    await peer.next('open')
    const failed = failure(client)
    peer.send?.pass({ frame: 0, payloads: payloads(keys) })
    t.is((await failed).code, 'BAD_FRAME', what)
    await peer.cutOff()
    t.absent(
      peer.heard.some(({ name }) => name === 'received'),
      'it is not acknowledged'
    )
  }
  honest.send?.pass({ frame: 0, payloads: payloadsOf(new Writer(keys).frame('h0', 'h1')) })
  t.alike(await honest.next('received'), { frame: 0 })
  t.alike(tellAll(await take(reading, 2)), ['h0', 'h1'], 'another is unharmed')
})

test('a member hands over its own messages only', async (t) => {
  const { world, client, keys } = await open(t)
  const peer = await DirectPeer.dial(t, world.dht, client.peer)
  peer.open(keys)
  await peer.next('open')
  peer.send?.pass({ frame: 0, payloads: payloadsOf(new Writer(keys).frame('mine')) })
  await peer.next('received')
  const failed = failure(client)
  peer.send?.pass({ frame: 1, payloads: payloadsOf(new Writer(keys).frame('of another')) })
  t.is((await failed).code, 'BAD_FRAME')
})

test("a part of another's frame, passed on, does not stand for the whole", async (t) => {
  const { world, client, room, keys } = await open(t)
  const ann = new Writer(keys)
  const frame = ann.frame('a0', 'a1', 'a2')
  const reading = room.read({ follow: true })
  const thief = await DirectPeer.dial(t, world.dht, client.peer)
  thief.open(keys)
  await thief.next('open')
  thief.send?.pass({ frame: 0, payloads: payloadsOf(frame.slice(2)) })
  await thief.next('received')
  const own = await DirectPeer.dial(t, world.dht, client.peer)
  own.open(keys)
  await own.next('open')
  own.send?.offer({ ids: frame.slice(-1).map(({ id }) => id) })
  t.alike(await own.next('wanted'), { places: [0] })
  own.send?.pass({ frame: 0, payloads: payloadsOf(frame) })
  const items = await take(reading, 3)
  t.alike(tellAll(items), ['a0', 'a1', 'a2'])
  t.ok(items.every((item) => 'body' in item && !item.late))
  await reading.return(undefined)
})

test('answers to nothing have no place, and an offer is answered', async (t) => {
  const { world, client, keys } = await open(t)
  const id = b4a.alloc(32, 5) as MessageHash
  const senseless: ((peer: DirectPeer) => void)[] = [
    ({ send }) => send?.received({ frame: 9 }),
    ({ send }) => send?.wanted({ places: [0] })
  ]
  for (const act of senseless) {
    const peer = await DirectPeer.dial(t, world.dht, client.peer)
    peer.open(keys)
    await peer.next('open')
    const failed = failure(client)
    act(peer)
    t.is((await failed).code, 'UNEXPECTED')
    await peer.cutOff()
  }
  const peer = await DirectPeer.dial(t, world.dht, client.peer)
  peer.open(keys)
  await peer.next('open')
  peer.send?.offer({ ids: [id] })
  t.alike(await peer.next('wanted'), { places: [0] })
})

test('a guest may hear, and give nothing', async (t) => {
  const { world, client, room, keys } = await open(t)
  const guest = keysOf(toGuest(parseInvite(room.invite)))
  const peer = await DirectPeer.dial(t, world.dht, client.peer)
  peer.open(guest)
  await peer.next('open')
  void room.send('hello').catch(() => {})
  t.ok(await peer.next('pass'))
  const failed = failure(client)
  peer.send?.pass({ frame: 0, payloads: payloadsOf(new Writer(keys).frame('x')) })
  t.is((await failed).code, 'READ_ONLY')
})

test('a flood ends at the window, and the root gives on', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const { client, room, keys } = await join(world, [root.key])
  const writer = await world.client({ direct: false, roots: [root.key] }).join(room.invite)
  const reading = room.read({ follow: true })
  await writer.send('m0')
  t.alike(tellAll(await take(reading, 1)), ['m0'])

  const peer = await DirectPeer.dial(t, world.dht, client.peer)
  peer.open(keys)
  await peer.next('open')
  const failed = failure(client)
  // Small messages cost more than their bytes: it floods also where the machine is slow.
  const payloads = payloadsOf(new Writer(keys).frame(...names(500, 0, 'flood')))
  for (let frame = 0; frame < 100; frame++) peer.send?.pass({ frame, payloads })
  const honest = Promise.all(names(20, 1).map((name) => writer.send(name)))
  t.is((await failed).code, 'WINDOW_OVERRUN')
  await honest
  const bodies = tellAll(await take(reading, 520))
  t.alike(bodies.filter((body) => body.startsWith('m')).sort(), names(20, 1).sort())
  t.is(
    bodies.filter((body) => body.startsWith('flood')).length,
    500,
    'the same again is shown once'
  )
})

test('opens that lead nowhere, and much before any proof, end it', async (t) => {
  const { world, client } = await open(t)
  const peer = await DirectPeer.dial(t, world.dht, client.peer)
  const failed = failure(client)
  for (let i = 0; i < 100; i++) {
    const channel = peer.mux.createChannel({
      protocol: DIRECT_PROTOCOL,
      id: crypto.randomBytes(32)
    })
    channel?.open()
  }
  t.is((await failed).code, 'TOO_MANY')
  await peer.cutOff()

  const large = await DirectPeer.dial(t, world.dht, client.peer)
  const refused = failure(client)
  large.stream.write(b4a.alloc(200_000))
  t.is((await refused).code, 'TOO_LARGE')
  await large.cutOff()
})

test('a stranger that proves nothing is hung up on', async (t) => {
  const { world, client } = await open(t)
  const peer = await DirectPeer.dial(t, world.dht, client.peer)
  await peer.cutOff()
  t.pass()
})

test('garbage of any shape, from members too, ends its own connection only', async (t) => {
  const { world, client, room, keys } = await open(t)
  const honest = await DirectPeer.dial(t, world.dht, client.peer)
  honest.open(keys)
  await honest.next('open')
  const reading = room.read({ follow: true })
  for (let i = 0; i < 60; i++) {
    const peer = await DirectPeer.dial(t, world.dht, client.peer)
    peer.open(keys)
    await peer.next('open')
    const bytes = crypto.randomBytes(1 + Math.floor(Math.random() * 200))
    peer.stream.write(b4a.concat([heads[i % heads.length] as Uint8Array, bytes]))
    peer.send?.pass({ frame: 0, payloads: [b4a.alloc(3)] }) // whatever came of it, this is none
    await peer.cutOff()
  }
  honest.send?.pass({ frame: 0, payloads: payloadsOf(new Writer(keys).frame('h0')) })
  await honest.next('received')
  t.alike(tellAll(await take(reading, 1)), ['h0'])
})
