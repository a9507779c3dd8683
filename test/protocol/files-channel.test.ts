import test from 'brittle'
import type { Codec } from '../../src/protocol/codec.ts'
import { encode } from '../../src/protocol/codec.ts'
import { filesHandshake, filesMessages } from '../../src/protocol/files-channel.ts'
import { Access } from '../../src/protocol/keys.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { checkFrame, codeOf, decodeFrame, filled, fromHex, TIME } from './fixtures.ts'
import { files } from './golden.ts'

const m = filesMessages
const key = filled(64, 0x21)
const entry = { version: 3, deleted: false, size: 70_000, sealed: filled(5, 0x31) }
const stored = { key, seq: 300, storedAt: TIME, ...entry }
const tombstone = { version: 4, deleted: true, size: 0, sealed: filled(5, 0x31) }
const index = filled(32, 0x41)

const values: { [Name in keyof typeof m]: unknown } = {
  granted: {
    access: Access.member,
    index,
    seq: 300,
    fileBytesMax: 2 ** 34,
    windowBytes: 4194304,
    entries: 300,
    contentBytes: 70_000
  },
  denied: { code: 14, detail: 'no' },
  begin: { request: 253, key, attempt: filled(16, 0x51), size: 70_000 },
  ready: { request: 253, chunks: 300, hash: filled(32, 0x52) },
  chunk: { request: 253, index: 300, bytes: filled(300, 0x53) },
  taken: { request: 253, chunks: 301 },
  commit: { request: 253, hash: filled(32, 0x54), keep: 2, entry },
  put: { request: 254, key, keep: 0, contentOf: 0, entry, chunks: [filled(3, 1), filled(0, 0)] },
  committed: { request: 254, seq: 300, storedAt: TIME },
  refused: { request: 254, code: 25, detail: 'changed' },
  stop: { request: 254 },
  stat: { request: 1, keys: [key, filled(64, 0x22)] },
  list: { request: 2, folder: filled(32, 0x21), after: filled(32, 0x23), limit: 300 },
  versions: { request: 3, key },
  entries: { request: 3, entries: [stored, { ...stored, ...tombstone }], end: true },
  get: { request: 4, files: [{ key, seq: 300, from: 1, to: 253 }], limit: 70_000 },
  chunks: {
    request: 4,
    parts: [
      { file: 0, kind: 0, chunk: 1, bytes: filled(3, 0x61) },
      { file: 1, kind: 2, chunk: 0, bytes: filled(0, 0) }
    ],
    end: false
  },
  watch: { request: 5, index, seq: 300, folder: filled(32, 0x21), live: true, limit: 253 },
  changes: { request: 5, index, entries: [stored], next: 301, end: true },
  reset: { request: 5, index, seq: 1 },
  more: { request: 5, limit: 70_000 },
  replicate: { on: true, index, contents: [filled(32, 0x42)] }
}

test('the handshakes of the files channel are empty', (t) => {
  t.is(encode(filesHandshake, null).byteLength, 0)
})

test('every message of the files channel', (t) => {
  for (const name of Object.keys(m) as (keyof typeof m)[]) {
    const codec = m[name].codec as unknown as Codec<unknown>
    checkFrame(t, name, { write: codec, read: codec }, values[name], files[name])
  }
})

test('what may be absent may be absent', (t) => {
  const none = {
    access: 1,
    index: null,
    seq: 0,
    fileBytesMax: 1,
    windowBytes: 2,
    entries: 0,
    contentBytes: 0
  }
  checkFrame(
    t,
    'no files',
    { write: m.granted.codec, read: m.granted.codec },
    none,
    '01000001020000'
  )
  const all = { request: 1, index: null, seq: 0, folder: null, live: false, limit: 1 }
  checkFrame(t, 'from nowhere', { write: m.watch.codec, read: m.watch.codec }, all, '010000000001')
  const reset = { request: 1, index: null, seq: 0 }
  checkFrame(t, 'nothing yet', { write: m.reset.codec, read: m.reset.codec }, reset, '010000')
})

test('positions are never moved', (t) => {
  const positions = Object.entries(m).map(([name, { position }]) => `${position} ${name}`)
  t.alike(positions, [
    '0 granted',
    '1 denied',
    '2 begin',
    '3 ready',
    '4 chunk',
    '5 taken',
    '6 commit',
    '7 put',
    '8 committed',
    '9 refused',
    '10 stop',
    '11 stat',
    '12 list',
    '13 versions',
    '14 entries',
    '15 get',
    '16 chunks',
    '17 watch',
    '18 changes',
    '19 reset',
    '20 more',
    '21 replicate'
  ])
})

test('over-long counts, lengths and sums, and values that make no sense, are refused', (t) => {
  const k = '21'.repeat(64)
  const big = '00'.repeat(70_000)
  const table: [string, Codec<never, unknown>, string][] = [
    ['an access of 0', m.granted.codec, '0000000102'],
    ['a chunk too long', m.chunk.codec, `0100fe01000400${'00'.repeat(262_145)}`],
    ['a version of 0', m.commit.codec, `01${'54'.repeat(32)}0000000000`],
    ['a tombstone with content', m.commit.codec, `01${'54'.repeat(32)}0001010500`],
    ['101 versions', m.commit.codec, `01${'54'.repeat(32)}6501000000`],
    ['an entry too long', m.commit.codec, `01${'54'.repeat(32)}00010000fd0120${big}`],
    ['17 chunks', m.put.codec, `01${k}00000100000011${'00'.repeat(17)}`],
    ['chunks too long together', m.put.codec, `01${k}00000100000001fe01000100${big}`],
    ['no keys', m.stat.codec, '0100'],
    ['1,025 keys', m.stat.codec, `01fd0104${k.repeat(1025)}`],
    ['a list of none', m.list.codec, `01${'21'.repeat(32)}0000`],
    ['no files', m.get.codec, '010001'],
    ['a range of nothing', m.get.codec, `0101${k}00050501`],
    ['room for nothing', m.get.codec, `0101${k}00000000`],
    ['257 files', m.get.codec, `01fd0101${`${k}000000`.repeat(257)}01`],
    ['a part of no kind', m.chunks.codec, '01010004000000'],
    ['live is 2', m.watch.codec, '010000000201'],
    ['more of nothing', m.more.codec, '0100']
  ]
  for (const [what, codec, frame] of table) {
    t.is(
      codeOf(() => decodeFrame(codec, fromHex(frame))),
      'BAD_FRAME',
      what
    )
  }
})

test('an answer holds so many bytes together and no more', (t) => {
  const { fileAnswerBytesMax, fileChunkBytesMax } = wireLimits
  const part = { file: 0, kind: 0, chunk: 0, bytes: filled(fileChunkBytesMax, 1) }
  const count = fileAnswerBytesMax / fileChunkBytesMax
  const parts = Array.from({ length: count }, () => part)
  const frame = encode(m.chunks.codec, { request: 1, parts, end: false })
  t.is(decodeFrame(m.chunks.codec, frame).parts.length, count)
  const more = encode(m.chunks.codec, { request: 1, parts: [...parts, part], end: false })
  t.is(
    codeOf(() => decodeFrame(m.chunks.codec, more)),
    'BAD_FRAME'
  )
})
