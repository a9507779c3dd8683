import test from 'brittle'
import type { AuthorKey, ChainId, MessageHash } from '../../src/protocol/bytes.ts'
import { certify, isCertified } from '../../src/protocol/keys.ts'
import type { RoomKeys } from '../../src/protocol/keys.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { padme } from '../../src/protocol/padding.ts'
import type { Message } from '../../src/protocol/payload.ts'
import {
  isSigned,
  MessageKind,
  NO_MESSAGE,
  open,
  openMessage,
  seal,
  sealMessage
} from '../../src/protocol/payload.ts'
import {
  codeOf,
  filled,
  fromHex,
  guest,
  hex,
  identity,
  member,
  mutations,
  otherIdentity,
  otherRoom,
  readable,
  TIME
} from './fixtures.ts'
import { payloads } from './golden.ts'

const author = identity.publicKey as AuthorKey
const certificate = certify(member, author)
const message: Message = {
  kind: MessageKind.text,
  sentAt: TIME,
  author,
  chain: filled<ChainId>(16, 1),
  number: 3,
  previous: filled<MessageHash>(32, 2),
  givenUp: [
    { number: 1, id: filled<MessageHash>(32, 3) },
    { number: 2, id: filled<MessageHash>(32, 4) }
  ],
  body: fromHex('68c3a9ff00')
}
const signed = sealMessage(member, message, identity, certificate)
const plainOf = (payload: Uint8Array) => open(member, member.contexts.payload, payload)
const reseal = (plain: Uint8Array, keys: RoomKeys = member) =>
  seal(keys, keys.contexts.payload, plain)

test('the plaintext and the hash of a message are what they were', (t) => {
  t.is(hex(plainOf(signed.payload)), payloads.plain)
  t.is(hex(signed.id), payloads.id)
  const opened = openMessage(guest, fromHex(payloads.sealed))
  t.is(hex(opened.id), payloads.id, 'sealed long ago')
  t.is(hex(opened.body), hex(message.body))
})

test('whoever can read the room opens a message, and gets what was sealed', (t) => {
  for (const signer of [identity, null]) {
    for (const given of [certificate, null]) {
      const { id, payload } = sealMessage(member, message, signer, given)
      const opened = openMessage(guest, payload)
      const { signature, certificate: carried, id: openedId, ...content } = opened
      t.alike(readable(content), readable(message))
      t.is(hex(openedId), hex(id))
      t.is(signature !== null, signer !== null)
      t.alike(readable(carried), readable(given))
      t.is(isSigned(opened), signer !== null)
    }
  }
})

test('the hash depends on the content alone, and on all of it', (t) => {
  const again = sealMessage(member, message, null, null)
  t.is(hex(again.id), hex(signed.id), 'not on nonce, signature or certificate')
  t.not(hex(again.payload), hex(sealMessage(member, message, null, null).payload))
  const others: Message[] = [
    { ...message, kind: 1 },
    { ...message, sentAt: TIME + 1 },
    { ...message, author: otherIdentity.publicKey as AuthorKey },
    { ...message, chain: filled(16, 9) },
    { ...message, number: 4 },
    { ...message, previous: NO_MESSAGE },
    { ...message, givenUp: [] },
    { ...message, givenUp: message.givenUp.slice(1) },
    { ...message, body: filled(0, 0) }
  ]
  const ids = others.map((other) => hex(sealMessage(member, other, null, null).id))
  ids.push(hex(signed.id), hex(sealMessage(otherRoom, message, null, null).id))
  t.is(new Set(ids).size, others.length + 2)
})

test('a signature is of its author, its message and its room', (t) => {
  const opened = openMessage(member, signed.payload)
  t.ok(isSigned(opened))
  t.ok(opened.certificate && isCertified(member, author, opened.certificate))
  const elsewhere = sealMessage(otherRoom, message, null, null).id
  t.absent(isSigned({ ...opened, id: elsewhere }), 'carried to another room')
  t.absent(isSigned({ ...opened, id: filled(32, 1) }))
  t.absent(isSigned({ ...opened, author: otherIdentity.publicKey as AuthorKey }))
  t.absent(isSigned({ ...opened, signature: null }))
  const forged = sealMessage(member, message, otherIdentity, certificate)
  t.absent(isSigned(openMessage(member, forged.payload)), 'signed by somebody else')
  t.is(hex(forged.id), hex(signed.id), 'which says nothing against the message')
})

test('bodies of any bytes and of every size up to the bound', (t) => {
  const { bodyBytesMax, payloadBytesMax } = wireLimits
  const bodies = [
    filled(0, 0),
    Uint8Array.from({ length: 256 }, (_, i) => i),
    fromHex('c328a0ffed'),
    filled(bodyBytesMax, 0xff)
  ]
  for (const body of bodies) {
    const { payload } = sealMessage(member, { ...message, body }, identity, certificate)
    t.is(hex(openMessage(member, payload).body), hex(body), `${body.byteLength} bytes`)
  }
  const over = { ...message, body: filled(bodyBytesMax + 1, 1) }
  t.is(
    codeOf(() => sealMessage(member, over, identity, certificate)),
    'TOO_LARGE'
  )
  const givenUp = Array.from({ length: wireLimits.givenUpMax }, (_, i) => ({
    number: Number.MAX_SAFE_INTEGER - i,
    id: filled<MessageHash>(32, i)
  }))
  const largest = {
    ...message,
    sentAt: TIME,
    number: Number.MAX_SAFE_INTEGER,
    givenUp,
    body: filled(bodyBytesMax, 1)
  }
  const { payload } = sealMessage(member, largest, identity, certificate)
  t.ok(payload.byteLength <= payloadBytesMax, `the largest payload has ${payload.byteLength} bytes`)
  t.is(openMessage(member, payload).givenUp.length, wireLimits.givenUpMax)
  const tooMany = { ...message, givenUp: [...givenUp, { number: 0, id: NO_MESSAGE }] }
  t.is(
    codeOf(() => sealMessage(member, tooMany, null, null)),
    'TOO_LARGE',
    'nobody could open it'
  )
})

test('another room opens nothing, and another use of the same room neither', (t) => {
  t.is(
    codeOf(() => openMessage(otherRoom, signed.payload)),
    'NOT_OPENED'
  )
  const sameKey = { ...member, contexts: otherRoom.contexts }
  t.is(
    codeOf(() => openMessage(sameKey, signed.payload)),
    'NOT_OPENED',
    'the content key alone is not enough'
  )
  const broadcast = seal(member, member.contexts.broadcast, plainOf(signed.payload))
  t.is(
    codeOf(() => openMessage(member, broadcast)),
    'NOT_OPENED'
  )
})

test('cut or changed anywhere, a payload does not open', (t) => {
  const opened: string[] = []
  for (const { at, bytes } of mutations(signed.payload)) {
    const code = codeOf(() => openMessage(member, bytes))
    if (code !== 'NOT_OPENED') opened.push(`${at} changed: ${code}`)
  }
  for (let end = 0; end < signed.payload.byteLength; end++) {
    const code = codeOf(() => openMessage(member, signed.payload.subarray(0, end)))
    if (code !== 'NOT_OPENED') opened.push(`${end} left: ${code}`)
  }
  t.alike(opened, [])
})

test('what a member sealed badly is BAD_PAYLOAD, never a crash', (t) => {
  const plain = plainOf(signed.payload)
  const odd: string[] = []
  for (let end = 0; end < plain.byteLength; end++) {
    const code = codeOf(() => openMessage(member, reseal(plain.subarray(0, end))))
    if (code !== 'BAD_PAYLOAD') odd.push(`${end} left: ${code}`)
  }
  for (const { at, bytes } of mutations(plain)) {
    const code = codeOf(() => openMessage(member, reseal(bytes)))
    if (code !== 'BAD_PAYLOAD' && code !== 'nothing thrown') odd.push(`${at} changed: ${code}`)
  }
  t.alike(odd, [])
})

test('padding is zeros, of one size', (t) => {
  const plain = plainOf(
    sealMessage(member, { ...message, body: filled(254, 5) }, null, null).payload
  )
  const used = 1 + 1 + 9 + 32 + 16 + 1 + 32 + 1 + 2 * 33 + 3 + 254 + 1
  t.is(plain.byteLength, padme(used))
  t.ok(plain.byteLength - used >= 2, 'there is some')
  const wrong: [string, (copy: Uint8Array) => Uint8Array][] = [
    ['first byte set', (copy) => set(copy, used, 1)],
    ['last byte set', (copy) => set(copy, copy.byteLength - 1, 0x80)],
    ['none', (copy) => copy.subarray(0, used)],
    ['a byte less', (copy) => copy.subarray(0, -1)],
    ['a byte more', (copy) => Uint8Array.of(...copy, 0)],
    ['an unknown flag', (copy) => set(copy, used - 1, 4)],
    ['a version to come', (copy) => set(copy, 0, 2)]
  ]
  t.is(
    codeOf(() => openMessage(member, reseal(plain))),
    'nothing thrown'
  )
  for (const [what, change] of wrong) {
    t.is(
      codeOf(() => openMessage(member, reseal(change(Uint8Array.from(plain))))),
      'BAD_PAYLOAD',
      what
    )
  }
})

function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  bytes[at] = value
  return bytes
}
