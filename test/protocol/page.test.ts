import test from 'brittle'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import type { PageFrame } from '../../src/protocol/page.ts'
import { decodePage, encodePage, pageSpan } from '../../src/protocol/page.ts'
import { codeOf, filled, fromHex, hex, mutations, readable, TIME } from './fixtures.ts'
import { pages } from './golden.ts'

const a = filled<PeerKey>(32, 0xa)
const b = filled<PeerKey>(32, 0xb)
const frames: PageFrame[] = [
  { sender: a, payloads: [fromHex('01'), fromHex('')] },
  { sender: b, payloads: [fromHex('0203')] },
  { sender: filled<PeerKey>(32, 0xa), payloads: [filled(300, 4)] },
  { sender: b, payloads: [fromHex('05')] }
]
const page = encodePage(70_000, TIME, frames)

test('a page is what it was, and every sender stands in it once', (t) => {
  t.is(hex(page), pages.mixed)
  const entries = frames
    .flatMap(({ sender, payloads }) => payloads.map((payload) => ({ sender, payload })))
    .map((entry, i) => ({ index: 70_000 + i, ...entry }))
  t.alike(readable(decodePage(page)), readable({ first: 70_000, storedAt: TIME, entries }))
  t.alike(pageSpan(page), { first: 70_000, count: 5, storedAt: TIME })
  t.is(page.buffer.byteLength, page.byteLength, 'in memory of its own')
})

test('one message makes a small page', (t) => {
  const small = encodePage(0, TIME, [{ sender: a, payloads: [fromHex('ff')] }])
  t.is(hex(small), pages.small)
  t.is(small.byteLength, 1 + 1 + 9 + 1 + 32 + 1 + 1 + 1 + 1)
})

test('cut anywhere or longer, a page is refused; damaged, it never crashes a reader', (t) => {
  const odd: string[] = []
  for (let end = 0; end < page.byteLength; end++) {
    const code = codeOf(() => decodePage(page.subarray(0, end)))
    if (code !== 'BAD_PAGE') odd.push(`${end} left: ${code}`)
  }
  for (const { at, bytes } of mutations(page)) {
    for (const read of [decodePage, pageSpan]) {
      const code = codeOf(() => read(bytes))
      if (code !== 'BAD_PAGE' && code !== 'nothing thrown') odd.push(`${at} changed: ${code}`)
    }
  }
  t.alike(odd, [])
  t.is(
    codeOf(() => decodePage(Uint8Array.of(...page, 0))),
    'BAD_PAGE'
  )
})

test('counts, places and numbers that lie are refused', (t) => {
  const table: [string, string][] = [
    ['nothing', ''],
    ['another version', '02000000010000'],
    ['no message', '0100000000'],
    ['1,025 senders', '010000fd0104' + '00'.repeat(40_000)],
    ['1,025 messages', '01000000fd0104' + '00'.repeat(40_000)],
    ['2^53 - 1 senders', '010000ffffffffffffff1f00'],
    ['2^53 - 1 messages', '01000000ffffffffffffff1f00'],
    ['a sender where there is none', '01000000010000'],
    ['a payload of 2^53 - 1 bytes', `01000001${'0a'.repeat(32)}0100ffffffffffffff1f00`],
    ['a first number of 2^53', `01ff000000000000200000010000`],
    ['a last number of 2^53', `01ffffffffffffff1f000001${'0a'.repeat(32)}010000`]
  ]
  for (const [what, bytes] of table) {
    t.is(
      codeOf(() => decodePage(fromHex(bytes))),
      'BAD_PAGE',
      what
    )
  }
})

test('the greatest frames fit a page, and as many senders as messages', (t) => {
  const { frameBytesMax, frameMessagesMax, pageBytesMax, pageMessagesMax, payloadBytesMax } =
    wireLimits
  const even = Math.floor(frameBytesMax / frameMessagesMax)
  const many = encodePage(2 ** 40, TIME, [
    { sender: a, payloads: Array(frameMessagesMax).fill(filled(even, 1)) }
  ])
  const large = encodePage(2 ** 40, TIME, [
    { sender: a, payloads: Array(frameBytesMax / payloadBytesMax).fill(filled(payloadBytesMax, 1)) }
  ])
  for (const full of [many, large])
    t.ok(full.byteLength <= pageBytesMax, `${full.byteLength} bytes`)
  t.is(decodePage(many).entries.length, frameMessagesMax)

  const senders = Array.from({ length: pageMessagesMax }, (_, i) => {
    const sender = filled<PeerKey>(32, i & 255)
    sender[0] = i >> 8
    return { sender, payloads: [Uint8Array.of(i & 255)] }
  })
  const crowd = decodePage(encodePage(0, TIME, senders))
  t.alike(
    crowd.entries.map(({ sender }) => hex(sender)),
    senders.map(({ sender }) => hex(sender))
  )
})
