// The commands that steer a running root peer, as processes beside it: what is asked over the admin socket.

import { once } from 'node:events'
import { statSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { AdminServer, adminSocketOf } from '../../src/operator/admin.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import type { RootPeerError } from '../../src/protocol/errors.ts'
import { parseTicket } from '../../src/protocol/ticket.ts'
import { askAdmin } from '../../bin/admin.ts'
import { RootPeerClient } from '../../src/client/client.ts'
import { createWorld } from '../peers/helpers.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { settingsOf } from './settings-of.ts'

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing thrown',
    (err: Partial<RootPeerError>) => err.code ?? 'no code'
  )

test('a ticket that the command made lets a client in, and is taken back', async (t) => {
  const { root, dht } = await createWorld(t, { access: 'tickets' })
  const admin = await AdminServer.listen(root)
  t.teardown(() => admin.close(), { order: -1 })
  const settings = settingsOf(['ticket ls', '--storage', root.config.storage])
  t.is(statSync(adminSocketOf(root.config.storage)).mode & 0o777, 0o600)

  const scopes = { create: true, rooms: 2, bytes: null, messagesPerDay: null, expiresAt: null }
  const made = await askAdmin<{ ticket: string }>(settings, 'ticket create', {
    name: 'ann',
    ...scopes
  })
  t.is(parseTicket(made.ticket).secret.byteLength, 32)
  t.is(await codeOf(askAdmin(settings, 'ticket create', { name: 'ann', ...scopes })), 'BAD_TICKET')

  const client = new RootPeerClient({
    bootstrap: dht.bootstrap,
    host: '127.0.0.1',
    tickets: [made.ticket],
    direct: false
  })
  t.teardown(() => client.close(), { order: -2 })
  const taken = new Promise((resolve) => client.once('root-ticket', resolve))
  const room = await client.createRoom({ roots: [Buffer.from(root.publicKey).toString('hex')] })
  const receipt = await room.send('hello')
  t.is(receipt.index, 0)
  await taken

  const [listed] = await askAdmin<{ name: string; good: boolean }[]>(settings, 'ticket ls')
  t.alike([listed?.name, listed?.good], ['ann', true])
  t.absent(JSON.stringify(listed).includes(made.ticket.slice(-20)))
  const denied = new Promise<string>((resolve) =>
    room.once('denied', ({ error }) => resolve(error.code))
  )
  await askAdmin(settings, 'ticket revoke', { name: 'ann' })
  t.is(await denied, 'TICKET_REVOKED')

  const [line] = await askAdmin<{ holder: string; messages: number }[]>(settings, 'usage', {
    since: 0
  })
  t.alike([line?.holder, line?.messages], ['ticket:ann', 1])
})

test('what is asked wrongly, or of nobody, is said so', async (t) => {
  const { root } = await createWorld(t)
  const settings = settingsOf(['ban ls', '--storage', root.config.storage])
  t.is(await codeOf(askAdmin(settings, 'ban ls')), 'NOT_RUNNING')
  const admin = await AdminServer.listen(root)
  t.teardown(() => admin.close(), { order: -1 })
  for (const [command, args] of [
    ['nonsense', {}],
    ['constructor', {}],
    ['ban ls', { more: 1 }],
    ['ban add', { name: 'x' }],
    ['ticket create', { name: '', create: true }],
    ['ticket create', { name: 'x', create: true, rooms: 0, bytes: -1 }],
    ['usage', { since: -1 }],
    ['ban ls', { name: 'x'.repeat(2_000_000) }]
  ] as const) {
    t.is(await codeOf(askAdmin(settings, command, args)), 'USAGE', command)
  }
  t.is(await codeOf(askAdmin(settings, 'ban add', { name: 'nobody', until: null })), 'BAD_KEY')
  t.is(await codeOf(askAdmin(settings, 'ticket revoke', { name: 'nobody' })), 'BAD_TICKET')
  await askAdmin(settings, 'ban add', { name: '2001:db8:1:2:3::4', until: null })
  t.alike(await askAdmin(settings, 'ban ls'), [{ name: '2001:db8:1:2::/64', until: null }])

  const deep = path.join(await tmpFolder(t), 'x'.repeat(120))
  const far = settingsOf(['ban ls', '--storage', deep])
  t.is(await codeOf(askAdmin(far, 'ban ls')), 'CONFIG', 'a path that is too long')
})

test('an operator drops a room, keeps it out, and lets it come again', async (t) => {
  const { root, dht } = await createWorld(t)
  const admin = await AdminServer.listen(root)
  t.teardown(() => admin.close(), { order: -1 })
  const settings = settingsOf(['room ls', '--storage', root.config.storage])
  const client = new RootPeerClient({
    bootstrap: dht.bootstrap,
    host: '127.0.0.1',
    roots: [formatKey(root.publicKey)],
    direct: false
  })
  t.teardown(() => client.close(), { order: -1 })
  const room = await client.createRoom()
  await room.send('m0')
  await room.files.put('a.txt', new Uint8Array([1, 2, 3]))
  const deleted = once(room, 'deleted')
  const drop = { name: room.id, keepOut: true }
  t.alike(await askAdmin(settings, 'room drop', drop), {
    name: room.id,
    removed: true,
    keepOut: true
  })
  await deleted
  t.is(root.totals.rooms, 0)
  t.is(await codeOf(room.send('m1')), 'ROOM_DELETED')
  const [out] = await askAdmin<{ name: string; until: null }[]>(settings, 'room ls', {})
  t.alike([out?.name, out?.until], [room.id, null])
  t.alike(await askAdmin(settings, 'room allow', { name: room.id }), { name: room.id })
  t.alike(await askAdmin(settings, 'room ls', {}), [])
  room.close()
  await (await client.join(room.invite)).send('m2')
  t.is(root.totals.rooms, 1)
  t.is(await codeOf(askAdmin(settings, 'room drop', { name: 'x', keepOut: true })), 'BAD_KEY')
})
