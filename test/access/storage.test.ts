// What a root knows, byte by byte: its storage after real use, scanned for what it must not hold.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import b4a from 'b4a'
import { formatKey, fromZ32, parsePeerKey } from '../../src/protocol/bytes.ts'
import { keysOf, parseInvite, toGuest, toMember, printInvite } from '../../src/protocol/invite.ts'
import { parseTicket } from '../../src/protocol/ticket.ts'
import { RootPeerClient } from '../../src/client/client.ts'
import { createWorld } from '../peers/helpers.ts'

test('the storage of a root that was used holds no plaintext, author, invite, room key or ticket', async (t) => {
  const { root, dht } = await createWorld(t)
  const scopes = { create: true, rooms: null, bytes: null, messagesPerDay: null, expiresAt: null }
  const ticket = await root.access.tickets.create('a name that the operator gave', scopes)
  const client = new RootPeerClient({
    bootstrap: dht.bootstrap,
    host: '127.0.0.1',
    tickets: [ticket],
    direct: false
  })
  t.teardown(() => client.close(), { order: -2 })
  const room = await client.createRoom({ roots: [formatKey(root.publicKey)] })
  const words = ['rendezvous at the lighthouse', 'the password is swordfish']
  for (const text of words) for (let i = 0; i < 50; i++) await room.send(`${text} ${i}`)
  room.broadcast(1, 'nobody keeps a broadcast')
  const invite = parseInvite(room.invite)
  const keys = keysOf(invite)
  const { author } = client
  const { storage } = root.config
  await client.close()
  await root.close()

  const kept = readAll(storage)
  const has = (bytes: Uint8Array): boolean =>
    kept.includes(Buffer.from(bytes)) || kept.includes(b4a.toString(bytes, 'hex'))
  t.ok(has(keys.id), 'the room, by its id: so the scan finds what is there')
  t.ok(has(b4a.from('a name that the operator gave')), 'and the names of tickets')

  const roomKey = (invite as { roomKey: Uint8Array }).roomKey
  const member = toMember(invite)
  const secrets: [string, Uint8Array | string][] = [
    ...words.map((text) => ['a message', text] as [string, string]),
    ['a broadcast', 'nobody keeps'],
    ['the author', parsePeerKey(author)],
    ['the author, as text', author],
    ['the room key', roomKey],
    ['the member key', member.memberKey],
    ['the read key', toGuest(invite).readKey],
    ['the owner public key', keys.publicKeys.owner],
    ['the writer public key', keys.publicKeys.writer],
    ['the reader public key', keys.publicKeys.reader],
    ['the secret of the ticket', parseTicket(ticket).secret],
    ['the ticket', ticket],
    ...[invite, member, toGuest(invite)].map(
      (each) => ['an invite', printInvite(each).split('-')[2] ?? ''] as [string, string]
    ),
    ['an address', '127.0.0.1']
  ]
  for (const [what, secret] of secrets) {
    const bytes = typeof secret === 'string' ? b4a.from(secret) : secret
    t.ok(bytes.byteLength >= 9)
    t.absent(has(bytes), `no ${what}`)
  }
  t.ok(fromZ32(author) !== null)
})

/** Everything below a folder, as one. */
function readAll(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Buffer.concat(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name)))
  )
}
