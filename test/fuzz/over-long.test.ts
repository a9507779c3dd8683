// What is too long for real, byte by byte and not only by its word: one more of everything that has a
// bound is refused by whoever reads, and not sent by whoever writes.

import test from 'brittle'
import b4a from 'b4a'
import { toZ32 } from '../../src/protocol/bytes.ts'
import type { Codec } from '../../src/protocol/codec.ts'
import { encode } from '../../src/protocol/codec.ts'
import {
  clientControlHandshake,
  controlMessages,
  rootControlHandshake
} from '../../src/protocol/control.ts'
import { parseCursor } from '../../src/protocol/cursor.ts'
import { CONSTANTS, hash } from '../../src/protocol/derive.ts'
import { parseInvite, printInvite } from '../../src/protocol/invite.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { decodePage } from '../../src/protocol/page.ts'
import { openMessage, seal } from '../../src/protocol/payload.ts'
import { roomMessages } from '../../src/protocol/room-channel.ts'
import { codeOf, filled, member } from '../protocol/fixtures.ts'

const limits = wireLimits
const byte = (value: number): Uint8Array => b4a.from([value])
const zeros = (length: number): Uint8Array => b4a.alloc(length)

/** A number in its longest form, so that 2^53 can be written too. */
function number(value: number): Uint8Array {
  const bytes = b4a.alloc(9)
  bytes[0] = 0xff
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(1, BigInt(value), true)
  return bytes
}

const block = (length: number): Uint8Array => b4a.concat([number(length), zeros(length)])
const times = (count: number, item: Uint8Array): Uint8Array =>
  b4a.concat([number(count), ...Array.from({ length: count }, () => item)])

const head = b4a.concat([number(0), number(1), zeros(96)])
const none = byte(0)
const closed = (i: number): Uint8Array => b4a.concat([zeros(64), number(i), byte(1), number(i)])

const frames: [string, Codec<never, unknown>, Uint8Array[]][] = [
  ['a frame without messages', roomMessages.append.codec, [number(0), none, number(0)]],
  [
    'a frame of too many messages',
    roomMessages.append.codec,
    [number(0), none, times(limits.frameMessagesMax + 1, block(1))]
  ],
  [
    'a payload',
    roomMessages.append.codec,
    [number(0), none, times(1, block(limits.payloadBytesMax + 1))]
  ],
  [
    'payloads that are too much together',
    roomMessages.append.codec,
    [number(0), none, times(8, block(Math.floor(limits.frameBytesMax / 8) + 1))]
  ],
  ['pages', roomMessages.pages.codec, pages(times(limits.pagesCountMax + 1, block(1)))],
  ['a page', roomMessages.pages.codec, pages(times(1, block(limits.pageBytesMax + 1)))],
  [
    'peers that joined',
    roomMessages.presence.codec,
    [none, number(0), number(0), times(limits.presencePeersMax + 1, joined()), number(0)]
  ],
  [
    'peers that left',
    roomMessages.presence.codec,
    [none, number(0), number(0), number(0), times(limits.presencePeersMax + 1, zeros(32))]
  ],
  ['segments', roomMessages.segments.codec, [times(limits.segmentsMax + 1, closed(0))]],
  [
    'segments in a grant',
    roomMessages.granted.codec,
    [byte(1), times(limits.segmentsMax + 1, closed(0)), number(0), number(0), number(0)]
  ],
  ['a broadcast', roomMessages.broadcast.codec, [block(2 * limits.broadcastBytesMax + 1)]],
  ['why it was denied', roomMessages.denied.codec, [number(1), block(limits.detailBytesMax + 1)]],
  [
    'why it was refused',
    roomMessages.refused.codec,
    [number(1), number(1), block(limits.detailBytesMax + 1)]
  ],
  ['a notice', controlMessages.notice, [number(1), block(limits.detailBytesMax + 1)]],
  ['an agent', rootControlHandshake, [number(1), number(1), block(limits.agentBytesMax + 1)]],
  ['features', clientControlHandshake, announced(times(33, block(1)))],
  ['a feature', clientControlHandshake, announced(times(1, block(33)))],
  ['a number', roomMessages.stop.codec, [number(2 ** 53)]],
  ['a second number', roomMessages.more.codec, [number(0), number(2 ** 53)]],
  ['a number in a head', roomMessages.pull.codec, pulled([byte(1), number(2 ** 53), zeros(105)])]
]

for (const [what, codec, parts] of frames) {
  test(`too long: ${what}`, (t) => {
    const buffer = b4a.concat(parts)
    const read = (): unknown => codec.decode({ start: 0, end: buffer.byteLength, buffer })
    t.is(codeOf(read), 'BAD_FRAME')
  })
}

test('what is not too long yet is read', (t) => {
  const { append, presence, pages: pagesMessage } = roomMessages
  const most: [Codec<never, unknown>, Uint8Array[]][] = [
    [append.codec, [number(0), none, times(limits.frameMessagesMax, block(1))]],
    [append.codec, [number(0), none, times(1, block(limits.payloadBytesMax))]],
    [pagesMessage.codec, pages(times(limits.pagesCountMax, block(1)))],
    [pagesMessage.codec, pages(times(1, block(limits.pageBytesMax)))],
    [
      presence.codec,
      [none, number(0), number(0), times(limits.presencePeersMax, joined()), number(0)]
    ],
    [roomMessages.stop.codec, [number(Number.MAX_SAFE_INTEGER)]]
  ]
  for (const [codec, parts] of most) {
    const buffer = b4a.concat(parts)
    const state = { start: 0, end: buffer.byteLength, buffer }
    t.is(
      codeOf(() => codec.decode(state)),
      'nothing thrown'
    )
    t.is(state.start, state.end)
  }
})

test('too long: what a page holds', (t) => {
  const start = [byte(1), number(0), number(0)]
  const entry = b4a.concat([number(0), block(0)])
  const most = limits.pageMessagesMax
  const bad: Record<string, Uint8Array[]> = {
    senders: [...start, times(most + 1, zeros(32)), times(1, entry)],
    messages: [...start, times(1, zeros(32)), times(most + 1, entry)],
    'no message': [...start, times(1, zeros(32)), number(0)],
    'a number beyond 2^53': [
      byte(1),
      number(Number.MAX_SAFE_INTEGER),
      number(0),
      times(1, zeros(32)),
      times(1, entry)
    ]
  }
  for (const [what, parts] of Object.entries(bad)) {
    t.is(
      codeOf(() => decodePage(b4a.concat(parts))),
      'BAD_PAGE',
      what
    )
  }
  const full = b4a.concat([...start, times(most, zeros(32)), times(most, entry)])
  t.is(decodePage(full).entries.length, most)
})

test('too long: what an invite, a cursor and a message hold', (t) => {
  const roots = Array.from({ length: limits.inviteRootsMax + 1 }, () => filled<never>(32, 1))
  t.is(
    codeOf(() => printInvite({ kind: 'space', identity: zeros(32), roots })),
    'TOO_LARGE'
  )
  const body = b4a.concat([byte(1), byte(4), zeros(32), times(roots.length, zeros(32))])
  const check = hash(CONSTANTS.inviteCheck, body).subarray(0, 4)
  const invite = `rp-space-${toZ32(b4a.concat([body, check]))}`
  t.is(
    codeOf(() => parseInvite(invite)),
    'BAD_INVITE'
  )

  const root = b4a.concat([zeros(32), none, number(0), none])
  const chain = b4a.concat([zeros(16), number(0), number(0)])
  const holes = times(65, b4a.concat([number(1), number(2)]))
  const cursors = [
    [byte(1), times(65, root), number(0)],
    [byte(1), number(0), times(4097, chain)],
    [byte(1), number(0), number(1), zeros(16), number(9), holes]
  ]
  for (const parts of cursors) {
    t.is(
      codeOf(() => parseCursor(`c${toZ32(b4a.concat(parts))}`)),
      'BAD_CURSOR'
    )
  }

  const given = b4a.concat([number(0), zeros(32)])
  const start = [byte(1), number(0), number(0), zeros(48), number(0), zeros(32)]
  const plains = [
    [...start, times(limits.givenUpMax + 1, given), block(0), none],
    [...start, number(0), block(limits.payloadBytesMax + 1), none]
  ]
  for (const parts of plains) {
    const payload = seal(member, member.contexts.payload, b4a.concat(parts))
    t.is(
      codeOf(() => openMessage(member, payload)),
      'BAD_PAYLOAD'
    )
  }
})

test('what the other side would have to refuse is not written', (t) => {
  const { broadcast, pages: message, presence } = roomMessages
  const none = { snapshot: false, members: 0, guests: 0, joined: [], left: [] }
  const all = { stream: 0, segment: 0, block: 0, next: 0, end: false, head: null }
  const many = Array.from({ length: 1025 }, () => filled<never>(32, 1))
  const writes = [
    () => encode(broadcast.codec, zeros(2 * limits.broadcastBytesMax + 1)),
    () => encode(message.codec, { ...all, pages: [zeros(limits.pageBytesMax + 1)] }),
    () => encode(message.codec, { ...all, pages: many }),
    () => encode(presence.codec, { ...none, left: many })
  ]
  for (const write of writes) t.is(codeOf(write), 'TOO_LARGE')
})

function pages(list: Uint8Array): Uint8Array[] {
  return [number(0), number(0), number(0), list, number(0), none, byte(1), head]
}

function joined(): Uint8Array {
  return b4a.concat([zeros(32), byte(1), number(0)])
}

function announced(features: Uint8Array): Uint8Array[] {
  const four = [number(1), number(1), number(1), number(1)]
  return [number(1), number(1), block(1), number(0), ...four, features]
}

function pulled(last: Uint8Array[]): Uint8Array[] {
  return [number(0), none, number(0), number(0), none, ...last]
}
