import test from 'brittle'
import type { AuthorKey } from '../../src/protocol/bytes.ts'
import { CONSTANTS, sign } from '../../src/protocol/derive.ts'
import type { RoomKeys } from '../../src/protocol/keys.ts'
import {
  Access,
  accessName,
  certify,
  createRoomKey,
  isCertified,
  memberKeyOf,
  memberKeys,
  NO_OWNER,
  readKeyOf,
  roomIdOf,
  spaceKeys
} from '../../src/protocol/keys.ts'
import {
  filled,
  guest,
  hex,
  identity,
  member,
  otherIdentity,
  otherRoom,
  owner,
  readable,
  roomKey
} from './fixtures.ts'
import * as golden from './golden.ts'

const author = identity.publicKey as AuthorKey

function described(keys: RoomKeys) {
  return {
    id: keys.id,
    topic: keys.topic,
    owner: keys.publicKeys.owner,
    writer: keys.publicKeys.writer,
    reader: keys.publicKeys.reader,
    contentKey: keys.contentKey,
    pathKey: keys.pathKey,
    ...keys.contexts
  }
}

test('a room key gives for ever what it gave first', (t) => {
  const memberKey = memberKeyOf(roomKey)
  t.alike(readable({ ...described(owner), memberKey, readKey: readKeyOf(memberKey) }), golden.room)
  t.alike(readable(described(memberKeys(filled(32, 7), NO_OWNER))), golden.sharedKeyRoom)
  t.alike(readable(described(spaceKeys(author, null))), golden.space)
})

test('owner, member and guest know one room by one name, and hold less and less', (t) => {
  t.alike(readable(described(member)), readable(described(owner)))
  t.alike(readable(described(guest)), readable(described(owner)))
  t.alike([owner.access, member.access, guest.access], [3, 2, 1])
  t.ok(owner.owner && owner.writer)
  t.ok(member.writer && !member.owner)
  t.ok(!guest.writer && !guest.owner)
  t.alike([Access.owner, Access.member, Access.guest].map(accessName), ['owner', 'member', 'guest'])
})

test('every secret of a room is its own, and no two rooms share one', (t) => {
  const secrets = [owner, otherRoom].flatMap((keys) => Object.values(described(keys)).map(hex))
  t.is(new Set(secrets).size, secrets.length)
  t.not(hex(createRoomKey()), hex(createRoomKey()))
})

test("a room's id depends on each of its keys and on their order", (t) => {
  const { owner: o, writer: w, reader: r } = owner.publicKeys
  const ids = [
    { owner: o, writer: w, reader: r },
    { owner: w, writer: o, reader: r },
    { owner: o, writer: r, reader: w },
    { owner: NO_OWNER, writer: w, reader: r },
    { owner: o, writer: NO_OWNER, reader: r },
    { owner: o, writer: w, reader: NO_OWNER }
  ].map((keys) => hex(roomIdOf(keys)))
  t.is(new Set(ids).size, ids.length)
  t.is(ids[0], hex(owner.id))
})

test('the same member key under another owner is another room', (t) => {
  const shared = memberKeys(memberKeyOf(roomKey), NO_OWNER)
  t.not(hex(shared.id), hex(member.id))
  t.not(hex(shared.contexts.payload), hex(member.contexts.payload))
  const certificate = certify(shared, author)
  t.ok(certificate && isCertified(shared, author, certificate))
  t.absent(certificate && isCertified(member, author, certificate))
})

test('a certificate is of one author, one room and its writer key', (t) => {
  const certificate = certify(member, author)
  if (certificate === null) return t.fail('a member can certify')
  t.is(hex(certificate), golden.certificate)
  t.is(hex(certify(owner, author) ?? filled(1, 0)), hex(certificate), 'an owner can as well')
  t.ok(isCertified(guest, author, certificate), 'a guest can check it')
  t.absent(isCertified(member, otherIdentity.publicKey as AuthorKey, certificate))
  t.absent(isCertified(otherRoom, author, certificate))
})

test('a guest and a root together forge no certificate', (t) => {
  t.is(certify(guest, author), null)
  // What they hold: the reader key pair, the public keys, and an identity of their own.
  for (const keyPair of [guest.reader, identity, otherIdentity]) {
    const forged = sign(keyPair, CONSTANTS.certificate, guest.id, author)
    t.absent(isCertified(member, author, forged))
    t.absent(isCertified(guest, author, forged))
  }
  t.absent(isCertified(member, author, filled(64, 0)))
})

test('a space is written by its owner alone, and read by anyone', (t) => {
  const own = spaceKeys(author, identity)
  const theirs = spaceKeys(author, null)
  t.alike(readable(described(theirs)), readable(described(own)))
  t.alike([own.access, theirs.access], [Access.owner, Access.guest])
  const certificate = certify(own, author)
  t.ok(certificate && isCertified(theirs, author, certificate))
  t.is(certify(theirs, author), null)
})
