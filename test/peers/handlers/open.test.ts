import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { Access } from '../../../src/protocol/keys.ts'
import type { Signature } from '../../../src/protocol/bytes.ts'
import { limits } from '../../../src/limits.ts'
import { Bystander, createWorld, newRoom, pullFrom } from '../helpers.ts'

test('opening a room registers it, grants what was proven, and begins the pull', async (t) => {
  const world = await createWorld(t)
  const { keys, guest } = newRoom()
  const owner = await (await world.connect()).enter(keys)
  t.is((await owner.granted).access, Access.owner)
  t.alike(world.rooms, [keys.id])
  owner.append(['one', 'two'])
  await owner.take('stored')

  const peer = await world.connect()
  await peer.greet()
  const room = peer.open(keys, { proof: peer.prove(keys, Access.member), pull: pullFrom(0) })
  const granted = await room.granted
  t.alike(
    [granted.access, granted.oldest, granted.next, granted.windowBytes],
    [Access.member, 0, 2, limits.windowBytes]
  )
  t.is(granted.segments.length, 1)
  t.alike(await room.texts(2), ['one', 'two'])
  t.is(room.order[0], 'granted')

  const reader = await (await world.connect()).enter(guest, pullFrom(1))
  t.is((await reader.granted).access, Access.guest)
  t.alike(await reader.texts(2), ['one', 'two'])
  t.is(world.rooms.length, 1)
})

test('a wrong proof is denied, and creates and tells nothing', async (t) => {
  const world = await createWorld(t)
  const { keys, guest } = newRoom()
  const other = newRoom()
  const honest = await Bystander.enter(world, keys)
  await honest.unharmed(t)
  const peer = await world.connect()
  await peer.greet()
  const proof = peer.prove(keys)
  const guests = peer.prove(guest)
  const wrong = {
    'another signature': { ...proof, signature: b4a.alloc(64, 1) as Signature },
    'more access than was signed': { ...guests, access: Access.member },
    'another access than was signed': { ...proof, access: Access.member },
    'an access that does not exist': { ...proof, access: 9 },
    'keys of another room': peer.prove(other.keys),
    'the reader’s key in the writer’s place': {
      ...guests,
      writer: guests.reader,
      access: Access.member
    },
    'no keys': { ...proof, owner: b4a.alloc(32), writer: b4a.alloc(32), reader: b4a.alloc(32) }
  }
  for (const [what, each] of Object.entries(wrong)) {
    const room = peer.open(keys, { proof: each, pull: pullFrom(0) })
    t.is(await room.denied, 'BAD_PROOF', what)
    t.alike(room.order, ['denied'])
  }
  const future = peer.open(keys, { proof: { ...proof, version: 2 } })
  t.is(await future.denied, 'VERSION_UNSUPPORTED')
  const elsewhere = peer.open(keys, { id: b4a.alloc(32, 5) as typeof keys.id })
  t.is(await elsewhere.denied, 'BAD_PROOF', 'one’s own keys for another room’s id')
  t.is(world.rooms.length, 1, 'nothing was created')
  await honest.unharmed(t)

  const room = await peer.enter(keys, pullFrom(0))
  t.is((await room.texts(2)).length, 2, 'the right one is taken on the same connection')
  t.alike(world.violations, [])
})

test('a proof is of no use on another connection, or to another prover', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, keys)
  const keyPair = crypto.keyPair()
  const victim = await world.connect(keyPair)
  await victim.greet()
  const captured = victim.prove(keys)

  const echo = await world.connect()
  await echo.greet()
  t.is(await echo.open(keys, { proof: captured }).denied, 'BAD_PROOF', 'by another key')
  await victim.vanish()
  const again = await world.connect(keyPair)
  await again.greet()
  t.is(await again.open(keys, { proof: captured }).denied, 'BAD_PROOF', 'on another connection')
  await again.enter(keys)
  await honest.unharmed(t)
})

test('a guest opens no room that no member has opened', async (t) => {
  const world = await createWorld(t)
  const { keys, guest } = newRoom()
  const peer = await world.connect()
  await peer.greet()
  t.is(await peer.open(guest).denied, 'ROOM_UNKNOWN')
  t.is(await peer.open(guest, { pull: pullFrom(0) }).denied, 'ROOM_UNKNOWN')
  t.alike(world.rooms, [])
  await (await world.connect()).enter(keys)
  await peer.enter(guest)
  t.is(world.rooms.length, 1)
})

test('the control channel comes first', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, newRoom().keys)
  const peer = await world.connect()
  t.is(await peer.open(keys).denied, 'UNEXPECTED')
  t.is(world.rooms.length, 1)
  await peer.greet()
  await peer.enter(keys)
  await honest.unharmed(t)
})

test('a room that is open on a connection is not opened a second time', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const honest = await Bystander.enter(world, keys)
  const peer = await world.connect()
  const room = await peer.enter(keys)
  const twins = Array.from({ length: 10 }, () => peer.open(keys))
  for (const twin of twins) {
    await twin.closed
    t.alike(twin.order, [])
  }
  room.append([])
  t.is(await peer.cutOff(), 'BAD_FRAME', 'the first one was open until it broke a rule')
  await honest.unharmed(t)

  const other = await world.connect()
  const first = await other.enter(keys)
  other.write(openFrame(first.localId, keys.id))
  t.is(await other.cutOff(), 'BAD_FRAME', 'a channel’s number that is in use')
  await honest.unharmed(t)
})

test('a channel may be closed at any moment of its opening', async (t) => {
  const world = await createWorld(t)
  const { keys } = newRoom()
  const peer = await world.connect()
  await peer.greet()
  for (let i = 0; i < 50; i++) {
    const room = peer.open(keys, { pull: pullFrom(0) })
    if (i % 3 === 1) await new Promise(setImmediate)
    if (i % 3 === 2) await room.granted
    room.close()
    await room.closed
  }
  const room = await peer.enter(keys)
  room.append(['still there'])
  t.is((await room.take('stored')).first, 0)
  t.alike(world.violations, [])
  const reader = await (await world.connect()).enter(keys, pullFrom(0))
  t.alike(await reader.texts(1), ['still there'])
})

/** An open of a room channel without a handshake, as bytes. */
function openFrame(id: number, roomId: Uint8Array): Uint8Array {
  const name = b4a.from('root-peer/room')
  return b4a.concat([
    Uint8Array.of(0, 1, id, name.byteLength),
    name,
    Uint8Array.of(roomId.byteLength),
    roomId
  ])
}
