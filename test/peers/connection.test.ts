import test from 'brittle'
import b4a from 'b4a'
import { encode, uint } from '../../src/protocol/codec.ts'
import { CONTROL_PROTOCOL } from '../../src/protocol/control.ts'
import { limits } from '../../src/limits.ts'
import type { Granted } from '../../src/protocol/room-channel.ts'
import { BATCH, control, noise, OPEN, opening, rawWrite } from './frames.ts'
import { createPeers, createScene, createWorld, newRoom, pullFrom } from './helpers.ts'
import type { RawRoom } from './helpers.ts'

test('the root says what it is and what it allows, and tells of who has spoken', async (t) => {
  const world = await createWorld(t)
  const events: string[] = []
  world.root.on('peer-connected', ({ peer }) => events.push(`+${b4a.toString(peer, 'hex')}`))
  const gone = new Promise<void>((resolve) => {
    world.root.on('peer-disconnected', ({ peer }) => {
      events.push(`-${b4a.toString(peer, 'hex')}`)
      resolve()
    })
  })
  const silent = await world.connect()
  const peer = await world.connect()
  const announcement = await peer.greet()
  t.alike(announcement, {
    versionMin: 1,
    versionMax: 1,
    agent: announcement.agent,
    durable: true,
    writable: true,
    ticketNeeded: false,
    bodyBytesMax: limits.bodyBytesMax,
    frameBytesMax: limits.frameBytesMax,
    frameMessagesMax: limits.frameMessagesMax,
    roomsMax: limits.roomsMax,
    features: ['directory']
  })
  t.ok(announcement.agent.startsWith('root-peer/'))
  await silent.vanish()
  await peer.vanish()
  await gone
  const key = b4a.toString(peer.key, 'hex')
  t.alike(events, [`+${key}`, `-${key}`], 'nobody else')
})

test('no common version is said, and the connection ends', async (t) => {
  const { world, honest } = await createScene(t)
  const versions = [
    { versionMin: 2, versionMax: 7 },
    { versionMin: 0, versionMax: 0 },
    { versionMin: 5, versionMax: 1 }
  ]
  for (const each of versions) {
    const peer = await world.connect()
    void peer.greet(each)
    const notice = await peer.notices.take()
    t.is(notice.code, 'VERSION_UNSUPPORTED')
    t.ok(/this side speaks 1 to 1/.test(notice.message))
    await peer.closed
  }
  const newer = await world.connect()
  await newer.greet({ versionMin: 1, versionMax: 9 })
  await honest.unharmed(t)
  t.is(world.violations.length, 3)
})

test('a peer that says nothing, or speaks something else, is let go', async (t) => {
  const { connect, peers } = await createPeers(t, { helloMs: 30 })
  const { peer: silent } = await connect()
  const { peer: stranger } = await connect()
  stranger.stream.write('{"type":"hello","version":1}\n')
  const { peer: honest } = await connect()
  await honest.greet()
  await Promise.all([silent.closed, stranger.closed])
  t.is(peers.connected, 1)
  await honest.enter(newRoom().keys)
})

test('a stranger on the topic who writes JSON harms nobody', async (t) => {
  const { world, honest } = await createScene(t)
  const before: string[] = []
  world.root.on('peer-connected', () => before.push('connected'))
  const stranger = await world.connect()
  for (const line of ['{"type":"hello"}\n', '[]', '"x"', '{}'.repeat(10_000)]) {
    stranger.stream.write(line)
  }
  await honest.unharmed(t)
  t.alike(before, [], 'it was never counted as a peer')
})

for (const stage of ['before the hello', 'after it', 'in a room']) {
  test(`garbage ${stage} costs at most the connection that sent it`, async (t) => {
    const { world, keys, honest } = await createScene(t)
    for (let seed = 0; seed < 30; seed++) {
      const peer = await world.connect()
      if (stage !== 'before the hello') await peer.greet()
      const room = stage === 'in a room' ? peer.open(newRoom().keys) : null
      await room?.granted
      for (let i = 0; i < 20 && !peer.stream.destroyed; i++) {
        const bytes = noise(seed * 100 + i, 1 + ((seed * 37 + i * 101) % 700))
        if (room === null) peer.write(bytes)
        else room.write(i % 20, bytes)
      }
    }
    t.is(world.rooms.filter((id) => b4a.equals(id, keys.id)).length, 1)
    await honest.unharmed(t)
    await honest.unharmed(t)
  })
}

test('bytes that do not decrypt end the connection', async (t) => {
  const { world, keys, honest } = await createScene(t)
  const peer = await world.connect()
  await peer.enter(keys)
  rawWrite(peer, b4a.concat([Uint8Array.of(32, 0, 0), noise(1, 32)]))
  await peer.closed
  const other = await world.connect()
  await other.enter(keys)
  rawWrite(other, noise(2, 5000))
  await honest.unharmed(t)
})

test('a client that dies in the middle of a frame has stored nothing', async (t) => {
  const { world, keys, honest } = await createScene(t)
  for (const part of [1, 2, 4, 40, 4000]) {
    const peer = await world.connect()
    const room = await peer.enter(keys)
    const raw = peer.stream.rawStream as unknown as { write(bytes: Uint8Array): boolean }
    const write = raw.write.bind(raw)
    raw.write = (bytes) => write(bytes.subarray(0, part))
    room.append(Array.from({ length: 100 }, () => 'x'.repeat(100)))
    await new Promise(setImmediate)
    await peer.vanish()
  }
  await honest.unharmed(t)
  await honest.unharmed(t)
})

test('nested batches end the connection before they overflow anything', async (t) => {
  const { world, honest } = await createScene(t)
  for (const depth of [1, 4000]) {
    let batch: Uint8Array = Uint8Array.of(0)
    for (let i = 0; i < depth; i++) {
      const inner = b4a.concat([Uint8Array.of(BATCH), batch])
      batch = b4a.concat([Uint8Array.of(0), encode(uint, inner.byteLength), inner])
    }
    const peer = await world.connect()
    await peer.greet()
    peer.write(control(BATCH, batch))
    t.is(await peer.cutOff(), 'BAD_FRAME')
  }
  await honest.unharmed(t)
})

test('odd frames to the mux itself', async (t) => {
  const { world, honest } = await createScene(t)
  const odd: [Uint8Array, string | null][] = [
    [opening(0, CONTROL_PROTOCOL), 'BAD_FRAME'],
    [opening(9, CONTROL_PROTOCOL), 'BAD_FRAME'],
    [opening(2, CONTROL_PROTOCOL), null],
    [opening(2, 'root-peer/room'), null],
    [control(2, encode(uint, 7)), 'BAD_FRAME'],
    [control(3, encode(uint, 77)), null],
    [control(3, encode(uint, 0)), null],
    [control(9), null],
    [control(OPEN), 'BAD_FRAME'],
    [control(BATCH), 'BAD_FRAME'],
    [Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 'BAD_FRAME'],
    [Uint8Array.of(0xfd), 'BAD_FRAME']
  ]
  for (const [frame, code] of odd) {
    const peer = await world.connect()
    await peer.greet()
    peer.write(frame)
    if (code === null) {
      await honest.unharmed(t)
      continue
    }
    t.is(await peer.cutOff(), code, b4a.toString(frame.subarray(0, 4), 'hex'))
  }
  await honest.unharmed(t)
})

const misdirected: [string, (room: RawRoom) => void][] = [
  ['granted', ({ send }) => send.granted(granted)],
  ['denied', ({ send }) => send.denied({ code: 1, detail: '' })],
  [
    'stored',
    ({ send }) =>
      send.stored({ frame: 0, first: 0, storedAt: 0, segment: 0, block: 0, head: headOf(1) })
  ],
  ['refused', ({ send }) => send.refused({ frame: 0, code: 1, detail: '' })],
  [
    'pages',
    ({ send }) =>
      send.pages({ stream: 0, segment: 0, block: 0, pages: [], next: 0, end: true, head: null })
  ],
  ['gap', ({ send }) => send.gap({ stream: 0, from: 0, to: 1 })],
  ['reset', ({ send }) => send.reset({ stream: 0, number: 0 })],
  [
    'presence',
    ({ send }) => send.presence({ snapshot: true, members: 0, guests: 0, joined: [], left: [] })
  ],
  ['segments', ({ send }) => send.segments([])]
]
const granted: Granted = {
  access: 3,
  segments: [],
  oldest: 0,
  next: 0,
  windowBytes: 1,
  retention: { ageMs: 0, bytes: 0, messages: 0 }
}

function headOf(value: number): Parameters<RawRoom['send']['stored']>[0]['head'] {
  return {
    fork: 0,
    length: 1,
    treeHash: b4a.alloc(32, value),
    signature: b4a.alloc(64, value) as never
  }
}

test('a message that goes the other way ends the connection', async (t) => {
  const { world, keys, honest } = await createScene(t)
  for (const [name, send] of misdirected) {
    const peer = await world.connect()
    const room = await peer.enter(keys)
    send(room)
    t.is(await peer.cutOff(), 'UNEXPECTED', name)
    await room.closed
  }
  const peer = await world.connect()
  await peer.greet()
  peer.write(Uint8Array.of(1, 1, 0, 0))
  t.is(await peer.cutOff(), 'UNEXPECTED', 'notice')
  await honest.unharmed(t)
})

test('a room that is left by breaking a rule is given back, with all that was in it', async (t) => {
  const { connect, rooms, peers } = await createPeers(t, { idleMs: 4 })
  const { keys } = newRoom()
  const { peer } = await connect()
  const room = await peer.enter(keys, pullFrom(0))
  room.append(['accepted'])
  room.send.gap({ stream: 0, from: 0, to: 1 })
  t.is(await peer.cutOff(), 'UNEXPECTED')
  while (rooms.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  t.is(peers.connected, 0)
  const { peer: reader } = await connect()
  t.alike(await (await reader.enter(keys, pullFrom(0))).texts(1), ['accepted'])
})
