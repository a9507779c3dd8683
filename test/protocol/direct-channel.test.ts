import test from 'brittle'
import type { Codec } from '../../src/protocol/codec.ts'
import {
  directChannelId,
  directHandshake,
  directMessages
} from '../../src/protocol/direct-channel.ts'
import { Access } from '../../src/protocol/keys.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { proveAccess } from '../../src/protocol/proof.ts'
import {
  checkFrame,
  codeOf,
  decodeFrame,
  filled,
  fromHex,
  guest,
  hex,
  member,
  otherRoom,
  owner
} from './fixtures.ts'
import { direct, frames } from './golden.ts'

const m = directMessages
const proof = proveAccess(member, Access.member, {
  handshakeHash: filled(64, 5),
  prover: filled(32, 6)
})

test('the handshake is a proof, the same both ways', (t) => {
  checkFrame(t, 'hello', { write: directHandshake, read: directHandshake }, { proof }, direct.hello)
  t.is(frames.roomHello, `${direct.hello}00`, 'as a root peer is given it, but for the pull')
})

const values: { [Name in keyof typeof m]: unknown } = {
  denied: { code: 3, detail: 'no' },
  pass: { frame: 253, payloads: [filled(3, 1), filled(0, 0), filled(300, 2)] },
  received: { frame: 253 },
  offer: { ids: [filled(32, 3), filled(32, 4)] },
  wanted: { places: [0, 1, 253] },
  broadcast: filled(5, 9)
}

test('every message of the direct channel', (t) => {
  for (const name of Object.keys(m) as (keyof typeof m)[]) {
    const codec = m[name].codec as unknown as Codec<unknown>
    checkFrame(t, name, { write: codec, read: codec }, values[name], direct[name])
  }
})

test('positions are never moved', (t) => {
  const positions = Object.entries(m).map(([name, { position }]) => `${position} ${name}`)
  t.alike(positions, ['0 denied', '1 pass', '2 received', '3 offer', '4 wanted', '5 broadcast'])
})

test('over-long counts and lengths, and values that make no sense, are refused', (t) => {
  const table: [string, Codec<never, unknown>, string][] = [
    ['no messages', m.pass.codec, '0100'],
    ['1,001 messages', m.pass.codec, `01fde903${'00'.repeat(1001)}`],
    ['a payload too long', m.pass.codec, `0101fe01800200${'00'.repeat(163_841)}`],
    ['an offer of nothing', m.offer.codec, '00'],
    ['1,025 offered', m.offer.codec, `fd0104${'00'.repeat(32 * 1025)}`],
    ['1,025 wanted', m.wanted.codec, `fd0104${'00'.repeat(1025)}`],
    ['a place twice', m.wanted.codec, '020505'],
    ['places that shrink', m.wanted.codec, '020504'],
    ['a broadcast too long', m.broadcast.codec, `fd0140${'00'.repeat(16_385)}`],
    ['a detail too long', m.denied.codec, `01fd0102${'61'.repeat(513)}`]
  ]
  for (const [what, codec, frame] of table) {
    t.is(
      codeOf(() => decodeFrame(codec, fromHex(frame))),
      'BAD_FRAME',
      what
    )
  }
  t.is(wireLimits.offerMax, 1024)
})

test('the id of a channel says nothing to whoever does not hold the room', (t) => {
  const id = directChannelId(member, filled(64, 5))
  t.is(hex(id), direct.channelId)
  t.is(hex(directChannelId(owner, filled(64, 5))), hex(id), 'the same for all who are in the room')
  t.is(hex(directChannelId(guest, filled(64, 5))), hex(id))
  t.not(hex(directChannelId(member, filled(64, 6))), hex(id), 'another on another connection')
  t.not(hex(directChannelId(otherRoom, filled(64, 5))), hex(id))
})
