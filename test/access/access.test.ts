// Who may use a root and how much, over a real DHT: tickets, bans, lists, and quotas that hold.

import test from 'brittle'
import crypto from 'hypercore-crypto'
import { formatKey } from '../../src/protocol/bytes.ts'
import { randomBytes } from '../../src/protocol/derive.ts'
import { wireCode } from '../../src/protocol/errors.ts'
import { quotaKind, quotaNumber } from '../../src/protocol/quota.ts'
import { limits } from '../../src/limits.ts'
import type { Scopes } from '../../src/protocol/ticket.ts'
import { parseTicket } from '../../src/protocol/ticket.ts'
import type { RootPeerConfig } from '../../src/root-peer.ts'
import type { RawRoom } from '../peers/helpers.ts'
import { createWorld, newRoom, pullFrom } from '../peers/helpers.ts'

const MiB = 2 ** 20
const SCOPES: Scopes = {
  create: true,
  rooms: null,
  bytes: null,
  messagesPerDay: null,
  expiresAt: null
}

test('with tickets, a room is opened by who holds one, until it is taken back', async (t) => {
  const { root, connect } = await createWorld(t, { access: 'tickets' })
  const peer = await connect()
  t.ok((await peer.greet()).ticketNeeded)
  const { keys } = newRoom()
  t.is(await peer.open(keys).denied, 'TICKET_NEEDED')

  const ticket = parseTicket(await root.access.tickets.create('ann', SCOPES))
  const answerTo = async (presented: typeof ticket): Promise<string> => {
    peer.presentTicket(presented)
    const { scopes, code } = await peer.ticketed.take()
    return scopes === null ? wireCode(code) : 'accepted'
  }
  t.is(await answerTo({ ...ticket, secret: randomBytes(32) }), 'BAD_TICKET', 'forged')
  t.is(await answerTo({ ...ticket, root: peer.key }), 'TICKET_FOREIGN')
  t.is(await peer.open(keys).denied, 'TICKET_NEEDED')
  t.is(await answerTo(ticket), 'accepted')
  const room = await peer.enter(keys)
  room.append(['hello'])
  t.is((await room.take('stored')).first, 0)

  const at = performance.now()
  await root.access.tickets.revoke('ann')
  t.is(await room.denied, 'TICKET_REVOKED')
  t.ok(performance.now() - at < 1000, 'within a second')
  t.is(wireCode((await peer.ticketed.take()).code), 'TICKET_REVOKED')
  t.is(await peer.open(keys).denied, 'TICKET_NEEDED')
  t.is(await answerTo(ticket), 'TICKET_REVOKED')
})

test('a ticket that has expired is good for nothing, also on a connection that is open', async (t) => {
  let now = Date.now()
  const { root, connect } = await createWorld(t, { access: 'tickets', now: () => now })
  const expiresAt = now + 60_000
  const ticket = parseTicket(await root.access.tickets.create('short', { ...SCOPES, expiresAt }))
  const peer = await connect()
  await peer.greet()
  peer.presentTicket(ticket)
  t.is((await peer.ticketed.take()).scopes?.expiresAt, expiresAt)
  const room = await peer.enter(newRoom().keys)
  now -= 3_600_000
  root.access.tick()
  room.append(['a clock that is set back ends nothing'])
  await room.take('stored')
  now = expiresAt
  root.access.tick()
  t.is(await room.denied, 'TICKET_EXPIRED')
})

test('what a ticket allows binds who holds it', async (t) => {
  const { root, connect } = await createWorld(t)
  const enter = async (scopes: Partial<Scopes>): Promise<Awaited<ReturnType<typeof connect>>> => {
    const name = formatKey(randomBytes(32))
    const text = await root.access.tickets.create(name, { ...SCOPES, ...scopes })
    const peer = await connect()
    await peer.greet()
    peer.presentTicket(parseTicket(text))
    await peer.ticketed.take()
    return peer
  }
  const reader = await enter({ create: false })
  t.is(await reader.open(newRoom().keys).denied, 'NOT_ALLOWED')
  const one = await enter({ rooms: 1 })
  await one.enter(newRoom().keys)
  t.is(await one.open(newRoom().keys).denied, 'ROOMS_FULL')
  const two = await enter({ messagesPerDay: 2 })
  const room = await two.enter(newRoom().keys)
  room.append(['one', 'two'])
  await room.take('stored')
  room.append(['three'])
  const { code, quota } = await room.take('refused')
  t.is(wireCode(code), 'RATE_LIMITED')
  t.alike(quota, { kind: quotaNumber('day-messages'), limit: 2, use: 2 })
})

test('who is ahead of its pace is answered later, in order, and refused when it would take too long', async (t) => {
  const perSecond = 20
  const began = Date.now() // and there it stays: nothing is earned meanwhile
  const { root, connect } = await createWorld(t, { messagesPerSecond: perSecond, now: () => began })
  const room = await (await connect()).enter(newRoom().keys)
  const burst = perSecond * limits.paceBurstS
  const send = (count: number): number =>
    room.append(
      Array.from({ length: count }, () => 'x'),
      { resume: true }
    )
  for (let left = burst; left > 0; left -= 1000) send(Math.min(left, 1000))
  for (let left = burst; left > 0; left -= 1000) await room.take('stored')
  const at = performance.now()
  const frames = [send(10), send(1)]
  t.alike([(await room.take('stored')).frame, (await room.take('stored')).frame], frames)
  t.ok(performance.now() - at > 500, 'as much later as they came too early')
  send(perSecond * 6)
  t.is(await room.refused(), 'RATE_LIMITED')
  t.is(root.totals.messages, burst + 11, 'nothing of it was stored')
})

test('with a list, only its keys are served', async (t) => {
  const keyPair = crypto.keyPair()
  const { root, connect } = await createWorld(t, {
    access: 'allowlist',
    allow: [formatKey(keyPair.publicKey)]
  })
  const listed = await connect(keyPair)
  await listed.enter(newRoom().keys)
  const peer = await connect()
  await peer.greet()
  t.is(await peer.open(newRoom().keys).denied, 'NOT_ALLOWED')
  await root.access.allowed.add(formatKey(peer.key), null)
  await peer.enter(newRoom().keys)
  t.pass('added while it runs')
})

test('who is banned is sent away, and comes in again when the ban is over', async (t) => {
  let now = Date.now()
  const { root, connect } = await createWorld(t, { now: () => now })
  const keyPair = crypto.keyPair()
  const peer = await connect(keyPair)
  await peer.enter(newRoom().keys)
  await root.access.bans.add(formatKey(keyPair.publicKey), now + 60_000)
  t.is(await peer.cutOff(), 'BANNED')
  t.is(root.peersConnected, 0)
  await (
    await connect(keyPair)
  ).closed
  t.is(root.peersConnected, 0, 'and is nobody')
  const other = await connect()
  await other.enter(newRoom().keys)
  await root.access.bans.add('127.0.0.1', null)
  t.is(await other.cutOff(), 'BANNED', 'by address')
  t.ok(await root.access.bans.remove('127.0.0.1'))
  now += 60_000
  await (await connect(keyPair)).enter(newRoom().keys)
  t.is(root.access.bans.all.length, 0)
})

const body = 'x'.repeat(100_000)

test('a room filled to its quota refuses the next frame with the figures, and keeps the rest', async (t) => {
  for (const config of [
    { bytesPerRoom: MiB },
    { messagesPerRoom: 10 }
  ] as Partial<RootPeerConfig>[]) {
    const { connect, root } = await createWorld(t, config)
    const { keys } = newRoom()
    const room = await (await connect()).enter(keys, pullFrom(0))
    const answer = answersOf(room)
    const first = await room.take('usage')
    const kind = config.bytesPerRoom === undefined ? 'room-messages' : 'room-bytes'
    const quota = first.find((each) => quotaKind(each.kind) === kind)
    t.alike(quota && { limit: quota.limit, use: quota.use }, {
      limit: config.bytesPerRoom ?? config.messagesPerRoom,
      use: 0
    })
    let stored = 0
    for (;;) {
      room.append([body])
      const refusal = await answer()
      if (refusal !== null) {
        t.is(refusal, 'ROOM_FULL')
        break
      }
      stored++
    }
    t.is(stored, 10)
    const states = []
    while (room.waiting('usage') > 0) states.push(await room.take('usage'))
    const last = states.at(-1)?.find((each) => quotaKind(each.kind) === kind)
    t.ok(last?.full === true && last.use > 0.9 * last.limit, `${last?.use} of ${last?.limit}`)
    t.is(root.totals.messages, stored)
    t.is((await room.texts(stored)).length, stored)
  }
})

test('many keys of one address get no more than the share of the address', async (t) => {
  const share = 2 * MiB
  const { root, connect } = await createWorld(t, { bytesPerAddress: share })
  const used = await fillFrom(connect, 24, 4)
  t.ok(used.refused > 0 && used.stored > 0)
  const { bytesKept } = root.totals
  t.ok(bytesKept <= share && bytesKept > 0.8 * share, `${bytesKept} of ${share}`)
  // A ticket is another's word: it is not held to what strangers took.
  const peer = await connect()
  await peer.greet()
  peer.presentTicket(parseTicket(await root.access.tickets.create('known', SCOPES)))
  await peer.ticketed.take()
  const room = await peer.enter(newRoom().keys)
  room.append([body])
  t.is((await room.take('stored')).first, 0)
})

test('what was kept is charged again after a restart', async (t) => {
  const { root, connect, startRoot } = await createWorld(t, { bytesPerAddress: MiB })
  await fillFrom(connect, 4, 4)
  const { storage } = root.config
  await root.close()
  const again = await startRoot({ storage, bytesPerAddress: MiB })
  t.is(again.publicKey.length, 32)
  const late = await fillFrom(connect, 1, 1)
  t.is(late.stored, 0)
})

async function fillFrom(
  connect: Awaited<ReturnType<typeof createWorld>>['connect'],
  keys: number,
  messages: number
): Promise<{ stored: number; refused: number }> {
  const counts = { stored: 0, refused: 0 }
  for (let i = 0; i < keys; i++) {
    const peer = await connect()
    const room = await peer.enter(newRoom().keys)
    const answer = answersOf(room)
    for (let j = 0; j < messages; j++) {
      room.append([body], { resume: j > 0 })
      const refused = (await answer()) !== null
      counts[refused ? 'refused' : 'stored']++
      if (refused) break
    }
    await peer.vanish()
  }
  return counts
}

/** The answers to frames that are handed in one after the other: null, or the code of a refusal. */
function answersOf(room: RawRoom): () => Promise<string | null> {
  let stored: Promise<null> | null = null
  let refused: Promise<string> | null = null
  return async () => {
    stored ??= room.take('stored').then(() => null)
    refused ??= room.refused()
    const answer = await Promise.race([stored, refused])
    if (answer === null) stored = null
    else refused = null
    return answer
  }
}
