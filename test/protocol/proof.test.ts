import test from 'brittle'
import { decode, encode } from '../../src/protocol/codec.ts'
import { Access, guestKeys, memberKeys, memberKeyOf, NO_OWNER } from '../../src/protocol/keys.ts'
import type { Proof } from '../../src/protocol/proof.ts'
import { checkProof, proofCodec, proveAccess } from '../../src/protocol/proof.ts'
import {
  codeOf,
  decodeFrame,
  filled,
  fromHex,
  guest,
  hex,
  member,
  otherRoom,
  owner,
  mutations,
  roomKey
} from './fixtures.ts'
import { proofs } from './golden.ts'

const context = { handshakeHash: filled<Uint8Array>(64, 5), prover: filled<never>(32, 6) }

test('a proof gives the access that was proven, bytes and all', (t) => {
  for (const keys of [owner, member, guest]) {
    for (const access of Object.values(Access)) {
      if (access > keys.access) {
        t.is(
          codeOf(() => proveAccess(keys, access, context)),
          'BAD_PROOF',
          `${keys.access} as ${access}`
        )
        continue
      }
      const frame = encode(proofCodec, proveAccess(keys, access, context))
      t.is(hex(frame), proofs[access - 1])
      t.is(checkProof(decode(proofCodec, frame), owner.id, context), access)
    }
  }
})

test('a proof is good for one connection, one prover, one room and one access', (t) => {
  const proof = proveAccess(member, Access.member, context)
  const asGuest = proveAccess(member, Access.guest, context)
  const elsewhere = proveAccess(otherRoom, Access.member, context)
  const sharedRoom = memberKeys(memberKeyOf(roomKey), NO_OWNER)
  const other = { ...context, handshakeHash: filled<Uint8Array>(64, 4) }
  const echoed = { ...context, prover: filled<never>(32, 7) }
  const check = (proof: Proof, id = owner.id, where = context) =>
    codeOf(() => checkProof(proof, id, where))
  const table: [string, string][] = [
    ['on another connection', check(proof, owner.id, other)],
    ['echoed by the other side', check(proof, owner.id, echoed)],
    ['for another room', check(proof, otherRoom.id)],
    ['of another room', check(elsewhere)],
    [
      "another room's keys, this room's id",
      check({ ...elsewhere, signature: proof.signature }, otherRoom.id)
    ],
    ['of a room with the same member key', check(proveAccess(sharedRoom, Access.member, context))],
    ['another access than signed', check({ ...proof, access: Access.owner })],
    ['a guest as member', check({ ...asGuest, access: Access.member })],
    ['with its writer key replaced', check({ ...proof, writer: guest.reader.publicKey })],
    ['without an access', check({ ...proof, access: 0 })],
    ['with an access beyond owner', check({ ...proof, access: 4 })],
    ['with a signature of zeros', check({ ...proof, signature: filled(64, 0) })]
  ]
  for (const [what, code] of table) t.is(code, 'BAD_PROOF', what)
  t.is(check({ ...proof, version: 2 }), 'VERSION_UNSUPPORTED')
})

test('a guest who signs with any key it holds proves no member', (t) => {
  const forged = { ...guest, writer: guest.reader, owner: guest.reader }
  for (const access of [Access.member, Access.owner]) {
    t.is(
      codeOf(() => checkProof(proveAccess(forged, access, context), guest.id, context)),
      'BAD_PROOF'
    )
  }
})

// Points of small order, under which a signature of zeros could hold for many texts: the first is
// the owner key of a room that nobody owns.
const WEAK = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `${'00'.repeat(31)}80`,
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'
].map(fromHex)

test('nobody owns a room without an owner, and weak keys prove nothing', (t) => {
  for (const key of WEAK) {
    const keys = guestKeys(filled(32, 3), key, key)
    const passed: string[] = []
    for (const point of WEAK) {
      for (const access of [Access.member, Access.owner]) {
        const signature = filled<Proof['signature']>(64, 0)
        signature.set(point)
        const { owner, writer, reader } = keys.publicKeys
        const proof = { version: 1, owner, writer, reader, access, signature }
        if (codeOf(() => checkProof(proof, keys.id, context)) !== 'BAD_PROOF')
          passed.push(hex(point))
      }
    }
    t.alike(passed, [], hex(key))
  }
})

test('every changed byte spoils a proof, with an error that has a code', (t) => {
  const frame = encode(proofCodec, proveAccess(guest, Access.guest, context))
  const wrong: string[] = []
  for (const { at, bytes } of mutations(frame)) {
    const code = codeOf(() => checkProof(decodeFrame(proofCodec, bytes), guest.id, context))
    if (code !== (at === 0 ? 'VERSION_UNSUPPORTED' : 'BAD_PROOF')) wrong.push(`${at}: ${code}`)
  }
  t.alike(wrong, [])
})
