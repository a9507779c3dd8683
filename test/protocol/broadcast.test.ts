import test from 'brittle'
import { openBroadcast, sealBroadcast } from '../../src/protocol/broadcast.ts'
import { deriveKeyPair, CONSTANTS } from '../../src/protocol/derive.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { open, openMessage, seal } from '../../src/protocol/payload.ts'
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
  TIME
} from './fixtures.ts'
import { broadcasts } from './golden.ts'

const message = { kind: 1, sentAt: TIME, body: fromHex('ff00') }
const sealed = sealBroadcast(member, identity, message)
const plain = open(member, member.contexts.broadcast, sealed)
const reseal = (bytes: Uint8Array) => seal(member, member.contexts.broadcast, bytes)

test('a broadcast is opened by whoever can read the room', (t) => {
  const { id, ...opened } = openBroadcast(guest, sealed)
  t.alike([opened.kind, opened.sentAt], [1, TIME])
  t.alike([hex(opened.author), hex(opened.body)], [hex(identity.publicKey), 'ff00'])
  t.is(id.byteLength, 16)
  t.not(hex(openBroadcast(member, sealBroadcast(member, identity, message)).id), hex(id))
  t.is(hex(openBroadcast(member, fromHex(broadcasts.sealed)).body), 'ff00', 'sealed long ago')
})

test('bodies up to the bound, and what is sealed passes the channel', (t) => {
  const { broadcastBytesMax } = wireLimits
  for (const length of [0, broadcastBytesMax]) {
    const largest = sealBroadcast(member, identity, { ...message, body: filled(length, 0xff) })
    t.is(openBroadcast(member, largest).body.byteLength, length)
    t.ok(largest.byteLength <= 2 * broadcastBytesMax)
  }
  t.is(
    codeOf(() =>
      sealBroadcast(member, identity, { ...message, body: filled(broadcastBytesMax + 1, 1) })
    ),
    'TOO_LARGE'
  )
})

test('a guest can neither broadcast nor forge one', (t) => {
  t.is(
    codeOf(() => sealBroadcast(guest, identity, message)),
    'BAD_PAYLOAD'
  )
  for (const writer of [
    guest.reader,
    otherIdentity,
    deriveKeyPair(CONSTANTS.writerKeyPair, filled(32, 1))
  ]) {
    const forged = sealBroadcast({ ...guest, writer }, identity, message)
    t.is(
      codeOf(() => openBroadcast(member, forged)),
      'BAD_PAYLOAD'
    )
  }
})

test('it stays in its room and in its use', (t) => {
  t.is(
    codeOf(() => openBroadcast(otherRoom, sealed)),
    'NOT_OPENED'
  )
  t.is(
    codeOf(() => openMessage(member, sealed)),
    'NOT_OPENED'
  )
  const carried = seal(otherRoom, otherRoom.contexts.broadcast, plain)
  t.is(
    codeOf(() => openBroadcast(otherRoom, carried)),
    'BAD_PAYLOAD',
    'carried there by a member of both rooms'
  )
})

test('damaged anywhere it does not open; sealed again damaged, it is refused', (t) => {
  const odd: string[] = []
  for (const { at, bytes } of mutations(sealed)) {
    const code = codeOf(() => openBroadcast(member, bytes))
    if (code !== 'NOT_OPENED') odd.push(`${at} changed: ${code}`)
  }
  for (const { at, bytes } of mutations(plain)) {
    const code = codeOf(() => openBroadcast(member, reseal(bytes)))
    if (code !== 'BAD_PAYLOAD') odd.push(`${at} changed inside: ${code}`)
  }
  for (let end = 0; end < plain.byteLength; end++) {
    const code = codeOf(() => openBroadcast(member, reseal(plain.subarray(0, end))))
    if (code !== 'BAD_PAYLOAD') odd.push(`${end} left inside: ${code}`)
  }
  t.alike(odd, [])
})
