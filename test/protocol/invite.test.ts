import test from 'brittle'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { formatKey, fromZ32, toZ32 } from '../../src/protocol/bytes.ts'
import { CONSTANTS, hash } from '../../src/protocol/derive.ts'
import type { Invite, InviteKind } from '../../src/protocol/invite.ts'
import {
  keysOf,
  parseInvite,
  printInvite,
  sharedKeyInvite,
  toGuest,
  toMember
} from '../../src/protocol/invite.ts'
import { Access } from '../../src/protocol/keys.ts'
import {
  codeOf,
  filled,
  fromHex,
  hex,
  identity,
  otherIdentity,
  owner,
  readable,
  roomKey
} from './fixtures.ts'
import { invites } from './golden.ts'

const roots = [filled<PeerKey>(32, 0xaa), filled<PeerKey>(32, 0xbb)]
const ownerInvite: Invite = { kind: 'owner', roomKey, roots: [] }
const space: Invite = { kind: 'space', identity: identity.publicKey, roots: [] }
const all: Record<InviteKind, Invite> = {
  owner: ownerInvite,
  member: toMember(ownerInvite),
  guest: toGuest(ownerInvite),
  space
}
const kinds = Object.keys(all) as InviteKind[]
const badly = (text: string) => codeOf(() => parseInvite(text))

/** An invite with any body and a check that holds. */
function made(kind: string, body: string): string {
  const check = hex(hash(CONSTANTS.inviteCheck, fromHex(body)).subarray(0, 4))
  return `rp-${kind}-${toZ32(fromHex(body + check))}`
}

test('each kind is printed as it always was, and read back', (t) => {
  for (const kind of kinds) {
    for (const [name, named] of [
      ['alone', []],
      ['named', roots]
    ] as const) {
      const invite = { ...all[kind], roots: [...named] }
      const text = printInvite(invite)
      t.is(text, invites[`${kind} ${name}`], `${kind} ${name}`)
      t.alike(readable(parseInvite(text)), readable(invite))
      t.alike(readable(parseInvite(` \n${text}\t`)), readable(invite), 'white space around it')
    }
  }
})

test('a lesser invite names the same room and the same roots', (t) => {
  const greater = { ...ownerInvite, roots }
  const member = toMember(greater)
  const accesses = [greater, member, toGuest(greater), toGuest(member)].map((invite) => {
    const keys = keysOf(invite)
    t.is(hex(keys.id), hex(owner.id))
    t.alike(invite.roots, roots)
    return keys.access
  })
  t.alike(accesses, [Access.owner, Access.member, Access.guest, Access.guest])
  t.is(printInvite(toGuest(member)), printInvite(toGuest(greater)))
  t.is(toMember(member), member)
  t.absent(printInvite(member).includes(toZ32(roomKey).slice(0, 50)))
})

test('a greater invite from a lesser one is refused', (t) => {
  for (const kind of ['guest', 'space'] as const) {
    t.is(
      codeOf(() => toMember(all[kind])),
      'LESSER_INVITE',
      kind
    )
  }
  t.is(
    codeOf(() => toGuest(space)),
    'LESSER_INVITE'
  )
})

test('a space gives its writer everything and others a reading', (t) => {
  t.is(keysOf(space).access, Access.guest)
  t.is(keysOf(space, otherIdentity).access, Access.guest)
  t.is(keysOf(space, identity).access, Access.owner)
})

test('a shared key is a room that nobody owns', (t) => {
  const invite = sharedKeyInvite(filled(32, 7))
  t.is(hex(invite.owner), '00'.repeat(32))
  t.is(keysOf(invite).access, Access.member)
  for (const length of [0, 31, 33]) {
    t.is(
      codeOf(() => sharedKeyInvite(filled(length, 7))),
      'BAD_KEY'
    )
  }
})

test('cut anywhere, or with any letter another, an invite is refused', (t) => {
  for (const kind of kinds) {
    const text = printInvite({ ...all[kind], roots: [roots[0] as PeerKey] })
    const taken: string[] = []
    for (let length = 0; length < text.length; length++) {
      const cut = text.slice(0, length)
      if (badly(cut) !== 'BAD_INVITE') taken.push(cut)
    }
    for (let at = 0; at < text.length; at++) {
      for (const letter of 'yb9lA-\u00e9') {
        if (letter === text[at]) continue
        const changed = text.slice(0, at) + letter + text.slice(at + 1)
        if (badly(changed) !== 'BAD_INVITE') taken.push(changed)
      }
    }
    t.alike(taken, [], kind)
  }
})

test('what is no invite is told from one that is damaged', async (t) => {
  const text = printInvite(ownerInvite)
  const code = text.slice('rp-owner-'.length)
  const table: [string, string, RegExp][] = [
    ['nothing', '', /empty/],
    ['white space', ' \n', /empty/],
    ['a key in hex', hex(roomKey), /should look like/],
    ['a key in z32', formatKey(roomKey), /should look like/],
    ['upper case', text.toUpperCase(), /small letters/],
    ['upper case after the kind', `rp-owner-${code.toUpperCase()}`, /letter wrong/],
    ['another prefix', text.replace('rp-', 'rq-'), /should look like/],
    ['a part too many', `${text}-y`, /should look like/],
    ['an unknown kind', text.replace('owner', 'admin'), /not "admin"/],
    ['a kind that every object has', text.replace('owner', 'toString'), /not "toString"/],
    ['no code', 'rp-owner-', /damaged/],
    ['a kind that it is not', text.replace('owner', 'member'), /says member/],
    ['a letter more', `${text}y`, /letter/],
    ['white space inside', `${text.slice(0, 20)} ${text.slice(20)}`, /letter wrong/],
    ['another version', made('owner', `0201${'00'.repeat(40)}`), /version 2/],
    ['a kind of a later version', made('owner', `0109${'00'.repeat(33)}`), /something else/],
    [
      'nine roots',
      made('owner', `0101${'00'.repeat(32)}09${'00'.repeat(9 * 32)}`),
      /do not decode/
    ],
    ['a byte more', made('owner', `0101${'00'.repeat(32)}0000`), /do not decode/],
    ['a byte less', made('owner', `0101${'00'.repeat(32)}`), /do not decode/]
  ]
  for (const [what, invite, message] of table) {
    t.is(badly(invite), 'BAD_INVITE', what)
    await t.exception(() => parseInvite(invite), message)
  }
})

test('an invite has one spelling', (t) => {
  const text = printInvite(all.space)
  const code = text.slice('rp-space-'.length)
  const spared = 'ybndrfg8ejkmcpqxot1uwisza345h769'
    .split('')
    .filter((letter) => badly(`rp-space-${code.slice(0, -1)}${letter}`) !== 'BAD_INVITE')
  t.alike(spared, [code.slice(-1)])
  t.ok(fromZ32(code))
})

test('more roots than an invite holds are refused when it is printed', (t) => {
  t.is(
    codeOf(() => printInvite({ ...ownerInvite, roots: Array(9).fill(roots[0]) })),
    'TOO_LARGE'
  )
})
