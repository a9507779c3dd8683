// What a peer may send, as one holder and from one address, under a clock that the test moves.

import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import type { RootPeerError } from '../../src/protocol/errors.ts'
import type { Scopes } from '../../src/protocol/ticket.ts'
import { parseTicket } from '../../src/protocol/ticket.ts'
import { limits } from '../../src/limits.ts'
import type { Access } from '../../src/access/access.ts'
import { ADDRESS_TIMES } from '../../src/access/allowances.ts'
import { DAY_MS } from '../../src/access/usage-book.ts'
import type { Visitor } from '../../src/access/visitor.ts'
import type { RootPeerConfig } from '../../src/config.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore } from '../storage/helpers.ts'
import { openAccess } from './helpers.ts'

const SCOPES: Scopes = {
  create: true,
  rooms: null,
  bytes: null,
  messagesPerDay: null,
  expiresAt: null
}
const HOME = '2001:db8::1'

interface Stage {
  access: Access
  at: { now: number }
  /** Enters with the key of this number. */
  enter: (key: number, address?: string) => Visitor & { ended: string[] }
}

async function stage(t: Test, config: Partial<RootPeerConfig>): Promise<Stage> {
  const at = { now: 20_000 * DAY_MS }
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const access = await openAccess(store, { config, now: () => at.now })
  t.teardown(() => access.close(), { order: -1, force: true })
  const enter: Stage['enter'] = (key, address = HOME) => {
    const ended: string[] = []
    const tell = ({ code }: RootPeerError): void => void ended.push(code)
    const peer = b4a.alloc(32, key) as PeerKey
    const visitor = access.enter(peer, address, { roomsEnded: tell, banned: tell })
    return Object.assign(visitor, { ended })
  }
  return { access, at, enter }
}

test('beyond its pace answers come later, then frames are refused, and nothing is charged for those', async (t) => {
  const perSecond = 10
  const { at, enter } = await stage(t, { messagesPerSecond: perSecond })
  const visitor = enter(1)
  const burst = perSecond * limits.paceBurstS
  t.is(visitor.charge(burst, 1), 0)
  t.is(visitor.charge(1, 1), 100)
  t.is(visitor.charge(perSecond, 1), 1100)
  const most = (limits.paceDelayMsMax / 1000) * perSecond - 11
  t.is(visitor.charge(most + 1, 1), null, 'it would have to wait for too long')
  t.is(visitor.charge(most, 1), limits.paceDelayMsMax, 'and took nothing')
  t.is(visitor.charge(1, 1), null)
  at.now += 100
  t.is(visitor.charge(1, 1), limits.paceDelayMsMax)
  at.now += limits.paceDelayMsMax
  t.is(visitor.charge(1, 1), 100)
})

test('bytes have a pace as well', async (t) => {
  const { enter } = await stage(t, { bytesPerSecond: 1000 })
  const visitor = enter(1)
  t.is(visitor.charge(1, 1000 * limits.paceBurstS), 0)
  t.is(visitor.charge(1, 500), 500)
})

test('many keys of one address share its pace; a ticket is not held to that', async (t) => {
  const { access, enter } = await stage(t, { messagesPerSecond: 10 })
  const burst = 10 * limits.paceBurstS
  for (let key = 1; key <= ADDRESS_TIMES; key++) t.is(enter(key).charge(burst, 1), 0)
  t.is(enter(20).charge(8, 1), 100, 'of the same house')
  t.is(enter(21, '2001:db8::2').charge(8, 1), 200, 'and with another address of it')
  t.is(enter(22, '2001:db8:0:1::1').charge(8, 1), 0, 'not of another one')
  const known = enter(23)
  known.present(parseTicket(await access.tickets.create('known', SCOPES)))
  t.is(known.charge(burst, 1), 0)
})

test('coming back under the same name gains nothing', async (t) => {
  const { access, at, enter } = await stage(t, { messagesPerSecond: 10 })
  const first = enter(1)
  first.charge(10 * limits.paceBurstS, 1)
  first.leave()
  access.tick()
  const second = enter(1)
  t.is(second.charge(1, 1), 100)
  second.leave()
  at.now += 2 * limits.paceBurstS * 1000
  access.tick()
  t.is(enter(1).charge(10 * limits.paceBurstS, 1), 0)
})

test('a day has so many messages; only a later day has others, whatever the clock does', async (t) => {
  const { access, at, enter } = await stage(t, { messagesPerDay: 5 })
  const visitor = enter(1)
  const full = (): string | null => {
    const answer = visitor.charge(1, 1)
    return answer === null || typeof answer === 'number' ? null : answer.kind
  }
  t.is(visitor.charge(5, 1), 0)
  t.is(full(), 'day-messages')
  at.now -= 3 * DAY_MS
  access.tick()
  t.is(full(), 'day-messages', 'a clock that is set back gives no new day')
  at.now += 3 * DAY_MS + DAY_MS / 2
  access.tick()
  t.is(full(), 'day-messages')
  at.now += DAY_MS / 2
  access.tick()
  t.is(visitor.charge(5, 1), 0)
  t.is(full(), 'day-messages')
  at.now += 30 * DAY_MS
  access.tick()
  t.is(visitor.charge(5, 1), 0, 'one that jumped ahead gives one')
  at.now -= 29 * DAY_MS
  access.tick()
  t.is(full(), 'day-messages', 'and none again until it is past that')
})

test('a day of an address has eight times as many as that of a key', async (t) => {
  const { enter } = await stage(t, { messagesPerDay: 5 })
  for (let key = 1; key <= ADDRESS_TIMES; key++) t.is(enter(key).charge(5, 1), 0)
  const answer = enter(20).charge(1, 1)
  t.is(typeof answer === 'object' && answer?.kind, 'address-day-messages')
})

test('what a key has sent today is known after a restart', async (t) => {
  const at = { now: 20_000 * DAY_MS }
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const events = { roomsEnded: () => {}, banned: () => {} }
  const open = (): Promise<Access> =>
    openAccess(store, { config: { messagesPerDay: 5 }, now: () => at.now })
  const first = await open()
  const before = first.enter(b4a.alloc(32, 1) as PeerKey, HOME, events)
  before.charge(4, 100)
  before.stored(4, 100)
  await first.close()
  const second = await open()
  t.teardown(() => second.close(), { order: -1, force: true })
  const after = second.enter(b4a.alloc(32, 1) as PeerKey, HOME, events)
  t.is(typeof after.charge(2, 1), 'object')
  t.is(after.charge(1, 1), 0)
})

test('of those whose ticket ends, as many stay as their key may have; the rest go, and nobody else', async (t) => {
  const { access, enter } = await stage(t, { connectionsPerKey: 2 })
  const ticket = parseTicket(await access.tickets.create('ann', SCOPES))
  const holding = [enter(1), enter(1)]
  for (const each of holding) each.present(ticket)
  const plain = enter(1)
  const other = enter(2)
  await t.exception(() => enter(3).present(ticket), { code: 'TOO_MANY' })
  await access.tickets.revoke('ann')
  access.enforce()
  t.alike(
    holding.map(({ ended }) => ended),
    [['TICKET_REVOKED'], ['TOO_MANY']],
    'one is who its key says, for the other there are too many of it'
  )
  t.alike([plain.ended, other.ended], [[], []])
  t.is(holding[0]?.holder.name, formatKey(b4a.alloc(32, 1)))
  holding[1]?.leave() // as a connection does that is ended
  access.enforce()
  t.alike(
    holding.map(({ ended }) => ended.length),
    [1, 1],
    'said once'
  )
  await t.exception(() => enter(1), { code: 'TOO_MANY' }, 'two are there')
  plain.leave()
  enter(1)
  t.pass('and each that left has made room')
})

test('an expired ticket that a jump of the clock has ended is presented again once it is back', async (t) => {
  const { access, at, enter } = await stage(t, {})
  const expiresAt = at.now + DAY_MS
  const ticket = parseTicket(await access.tickets.create('ann', { ...SCOPES, expiresAt }))
  const visitor = enter(1)
  visitor.present(ticket)
  at.now += 10 * DAY_MS
  access.tick()
  t.alike(visitor.ended, ['TICKET_EXPIRED'])
  await t.exception(() => visitor.present(ticket), { code: 'TICKET_EXPIRED' })
  at.now -= 10 * DAY_MS
  t.is(visitor.present(ticket).expiresAt, expiresAt)
})
