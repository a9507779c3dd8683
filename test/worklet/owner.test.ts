// What an owner's app does about how much is kept, over a real pipe, at a root peer that asks for tickets.

import test from 'brittle'
import { createDht } from '../helpers/dht.ts'
import { runCommand, startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { seedOf, startWorkletProcess, TestApp } from './helpers.ts'

test('an app shows a ticket, is told of quotas, has less kept, and deletes the room', async (t) => {
  const dht = await createDht(t)
  const storage = await tmpFolder(t)
  const more = ['--access', 'tickets', '--messages-per-room', '5']
  const { publicKey } = await startDaemon(t, ['--storage', storage, ...more, ...dht.args])
  const created = await runCommand(t, ['ticket', 'create', 'app', '--storage', storage, '--json'])
  const { ticket } = JSON.parse(created.stdout.toString()) as { ticket: string }
  const start = async (device: number): Promise<TestApp> => {
    const settings = { bootstrap: dht.bootstrap, host: '127.0.0.1', roots: [publicKey] }
    const json = JSON.stringify({ ...settings, direct: false, tickets: [ticket] })
    return TestApp.connect(t, await startWorkletProcess(t, [seedOf(device), '', json]))
  }
  const app = await start(1)
  t.alike(await app.event('rootTicket'), {
    root: publicKey,
    scopes: { create: true, rooms: null, bytes: null, messagesPerDay: null, expiresAt: null }
  })
  const { roomTopic, memberInvite } = await app.createRoom()
  const { quotas } = await app.event('quota')
  const ofRoom = quotas.find(({ kind }) => kind === 'room-messages')
  t.alike(ofRoom, { kind: 'room-messages', limit: 5, use: ofRoom?.use, full: false })
  t.alike(
    (await app.quotas(roomTopic)).roots.map(({ root }) => root),
    [publicKey]
  )
  const kept = await app.retention(roomTopic)
  t.alike(kept.retention, { ageMs: 90 * 86_400_000, bytes: 0, messages: 0 })

  for (let i = 0; i < 5; i++) await app.send(roomTopic, `message ${i}`)
  const late = app.send(roomTopic, 'one too many')
  const { code, quota, ids } = await app.event('refused')
  t.is(code, 'ROOM_FULL')
  t.alike(quota, { kind: 'room-messages', limit: 5, use: 5 })

  const member = await start(2)
  await member.join({ roomTopic, invite: memberInvite })
  await member.event('quota')
  await t.exception(member.retention(roomTopic, { messages: 1 }), { code: 'LESSER_INVITE' })
  await t.exception(member.deleteRoom(roomTopic), { code: 'LESSER_INVITE' })
  await t.exception(app.retention(roomTopic, { messages: -1 }), { code: 'BAD_REQUEST' })
  await t.exception(app.retention('elsewhere', { messages: 1 }), { code: 'NOT_JOINED' })

  const less = await app.retention(roomTopic, { messages: 2 })
  t.alike(less.retention, { ageMs: 90 * 86_400_000, bytes: 0, messages: 2 })
  t.alike((await member.event('retention')).retention, less.retention)
  await app.event('spaceAgain')
  await app.event('stored', (stored) => stored.ids.includes(ids[0] ?? ''))
  t.is((await late).id, ids[0])

  await app.deleteRoom(roomTopic)
  t.is((await app.event('deleted')).root, publicKey)
  t.is((await member.event('deleted')).roomTopic, roomTopic)
})
