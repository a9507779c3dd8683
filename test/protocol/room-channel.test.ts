import test from 'brittle'
import type { Codec } from '../../src/protocol/codec.ts'
import { encode } from '../../src/protocol/codec.ts'
import type { Head } from '../../src/protocol/head.ts'
import { Access } from '../../src/protocol/keys.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { proveAccess } from '../../src/protocol/proof.ts'
import type { Pull } from '../../src/protocol/room-channel.ts'
import {
  clientRoomHandshake,
  ROOM_POSITIONS,
  roomMessages,
  rootRoomHandshake
} from '../../src/protocol/room-channel.ts'
import type { Segment } from '../../src/protocol/segments.ts'
import { checkFrame, codeOf, decodeFrame, filled, fromHex, hex, member, TIME } from './fixtures.ts'
import { frames } from './golden.ts'

const head: Head = { fork: 0, length: 300, treeHash: filled(32, 0x44), signature: filled(64, 0x55) }
const segments: Segment[] = [
  { coreKey: filled(32, 0x11), signer: filled(32, 0x12), start: 0, end: 70_000 },
  { coreKey: filled(32, 0x21), signer: filled(32, 0x22), start: 70_000, end: null }
]
const pull: Pull = {
  stream: 0,
  coreKey: filled(32, 0x21),
  from: 70_001,
  limit: 0,
  live: true,
  head
}
const proof = proveAccess(member, Access.member, {
  handshakeHash: filled(64, 5),
  prover: filled(32, 6)
})
const m = roomMessages

test('the handshake: a proof, and maybe a first pull', (t) => {
  const toRoot = { write: clientRoomHandshake, read: rootRoomHandshake }
  checkFrame(t, 'room hello', toRoot, { proof, pull: null }, frames.roomHello)
  checkFrame(t, 'room hello and pull', toRoot, { proof, pull }, frames.roomHelloPull)
  t.is(encode(rootRoomHandshake, null).byteLength, 0, "the root's is empty")
  t.is(decodeFrame(clientRoomHandshake, filled(0, 0)), null)
})

const granted = {
  access: Access.member,
  segments,
  oldest: 5,
  next: 70_300,
  windowBytes: 4_194_304,
  retention: { ageMs: 86_400_000, bytes: 0, messages: 1000 }
}
/** Where an earlier version ended: there a message may end too. */
const endings: { [Name in keyof typeof m]?: number } = { granted: 154, refused: 9 }
const payloads = [filled(3, 1), filled(0, 0), filled(300, 2)]
const values: { [Name in keyof typeof m]: unknown } = {
  granted,
  denied: { code: 3, detail: 'no' },
  append: { frame: 253, resume: true, payloads },
  stored: { frame: 253, first: 70_000, storedAt: TIME, segment: 1, block: 299, head },
  refused: { frame: 254, code: 9, detail: 'full', quota: { kind: 1, limit: 70_000, use: 69_000 } },
  pull,
  pages: {
    stream: 7,
    segment: 1,
    block: 298,
    pages: [filled(2, 3), filled(1, 4)],
    next: 70_300,
    end: true,
    head
  },
  gap: { stream: 1, from: 0, to: 5 },
  reset: { stream: 1, number: 70_000 },
  presence: {
    snapshot: true,
    members: 2,
    guests: 1,
    joined: [{ peer: filled(32, 7), access: Access.owner, since: TIME }],
    left: [filled(32, 8)]
  },
  broadcast: filled(5, 9),
  segments,
  stop: { stream: 7 },
  more: { stream: 7, limit: 70_000 },
  prove: { request: 3, segment: 1, block: 298, length: 300 },
  proof: {
    request: 3,
    page: filled(2, 3),
    path: [{ size: 70_000, hash: filled(32, 4) }],
    roots: [{ size: 2, hash: filled(32, 5) }],
    head,
    laterRoots: [],
    paths: [[{ size: 2, hash: filled(32, 5) }], []]
  },
  replicate: { on: true },
  usage: [
    { kind: 1, limit: 1_073_741_824, use: 70_000, full: false },
    { kind: 8, limit: 1000, use: 1000, full: true }
  ],
  retain: { ageMs: 86_400_000, bytes: 0, messages: 1000 },
  delete: null
}

test('every message of the room channel', (t) => {
  for (const name of Object.keys(m) as (keyof typeof m)[]) {
    const codec = m[name].codec as unknown as Codec<unknown>
    checkFrame(t, name, { write: codec, read: codec }, values[name], frames[name], endings[name])
  }
})

test('what may be absent may be absent', (t) => {
  const bare: Pull = { stream: 0, coreKey: null, from: 0, limit: 9, live: false, head: null }
  checkFrame(t, 'bare pull', { write: m.pull.codec, read: m.pull.codec }, bare, '000000090000')
  const end = { stream: 0, segment: 0, block: 0, pages: [], next: 0, end: true, head: null }
  checkFrame(t, 'bare end', { write: m.pages.codec, read: m.pages.codec }, end, '00000000000100')
})

test('positions are never moved', (t) => {
  const positions = Object.entries(m).map(([name, { position }]) => `${position} ${name}`)
  t.alike(positions, [
    '0 granted',
    '1 denied',
    '2 append',
    '3 stored',
    '4 refused',
    '5 pull',
    '6 pages',
    '7 gap',
    '8 reset',
    '9 proof',
    '10 presence',
    '11 broadcast',
    '12 segments',
    '13 stop',
    '14 more',
    '15 prove',
    '16 replicate',
    '17 usage',
    '18 retain',
    '19 delete'
  ])
  t.is(ROOM_POSITIONS, 20)
})

test('over-long counts, lengths and sums, and values that do not exist, are refused', (t) => {
  const ff = 'fe00000100' // 65,536
  const table: [string, Codec<never, unknown>, string][] = [
    ['no messages', m.append.codec, '010000'],
    ['1,001 messages', m.append.codec, `0100fde903${'00'.repeat(1001)}`],
    ['a payload too long', m.append.codec, `010001fe01800200${'00'.repeat(163_841)}`],
    ['payloads too long together', m.append.codec, hex(encode(m.append.codec, tooMuch()))],
    ['resume is 2', m.append.codec, '01020100'],
    ['an access of 0', m.granted.codec, '000000000000'],
    ['an access of 4', m.granted.codec, '040000000000'],
    ['65,536 segments', m.segments.codec, ff + '00'.repeat(70_000)],
    ['65,536 pages', m.pages.codec, `000000${ff}${'00'.repeat(70_000)}`],
    ['an end of 2', m.pages.codec, '00000000000200'],
    ['a head that is neither', m.pages.codec, '00000000000102'],
    ['live is 9', m.pull.codec, '000000000900'],
    ['65,536 present', m.presence.codec, `010000${ff}${'00'.repeat(70_000)}`],
    ['a gap of nothing', m.gap.codec, '000505'],
    ['a gap backwards', m.gap.codec, '000504'],
    ['a broadcast too long', m.broadcast.codec, `fd0140${'00'.repeat(16_385)}`],
    ['a quota told twice', m.usage.codec, '020101010001010100'],
    ['a quota that is neither full nor not', m.usage.codec, '0101010102'],
    [
      '17 quotas',
      m.usage.codec,
      `11${Array.from({ length: 17 }, (_, i) => hex(Uint8Array.of(i, 1, 1, 0))).join('')}`
    ],
    ['a detail too long', m.denied.codec, `01fd0102${'61'.repeat(513)}`]
  ]
  for (const [what, codec, frame] of table) {
    t.is(
      codeOf(() => decodeFrame(codec, fromHex(frame))),
      'BAD_FRAME',
      what
    )
  }
})

test('a frame of the greatest size passes', (t) => {
  const payload = filled(wireLimits.frameBytesMax / 6, 1)
  const frame = encode(m.append.codec, {
    frame: 1,
    resume: false,
    payloads: Array(6).fill(payload)
  })
  t.is(decodeFrame(m.append.codec, frame).payloads.length, 6)
})

test('a head outlives the frame that brought it', (t) => {
  const frame = encode(m.stored.codec, {
    frame: 1,
    first: 0,
    storedAt: TIME,
    segment: 0,
    block: 0,
    head
  })
  const stored = decodeFrame(m.stored.codec, frame)
  frame.fill(0)
  t.alike(
    [hex(stored.head.treeHash), hex(stored.head.signature)],
    ['44'.repeat(32), '55'.repeat(64)]
  )
})

function tooMuch() {
  const payload = filled(wireLimits.frameBytesMax / 6, 1)
  return { frame: 1, resume: false, payloads: [...Array(6).fill(payload), filled(1, 1)] }
}
