import test from 'brittle'
import b4a from 'b4a'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import { randomBytes } from '../../src/protocol/derive.ts'
import type { Scopes } from '../../src/protocol/ticket.ts'
import { parseTicket, ticketHash } from '../../src/protocol/ticket.ts'
import { limits } from '../../src/limits.ts'
import { TableNote } from '../../src/access/table-note.ts'
import { keptTicketCodec, TicketBook } from '../../src/access/ticket-book.ts'
import type { Store } from '../../src/storage/store.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore, refusal } from '../storage/helpers.ts'

const HOUR = 3_600_000
const SCOPES: Scopes = {
  create: true,
  rooms: 2,
  bytes: null,
  messagesPerDay: 100,
  expiresAt: null
}

/** As a store names holders, here plainly. */
const holderOf = (hash: Uint8Array): Uint8Array =>
  b4a.concat([hash.subarray(1), hash.subarray(0, 1)])

function open(store: Store, at: { now: number }): Promise<TicketBook> {
  return TicketBook.open(store, { now: () => at.now, holderOf })
}

function codeOf(check: () => unknown): string {
  try {
    check()
    return 'good'
  } catch (err) {
    return (err as { code: string }).code
  }
}

test('a ticket is good until it is taken back, and known by its secret alone', async (t) => {
  const at = { now: 400_000 * HOUR + 5 }
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  const book = await open(store, at)
  const ticket = parseTicket(await book.create('ann', SCOPES))
  t.alike(book.check(ticket).scopes, SCOPES)
  t.is(
    codeOf(() => book.check({ ...ticket, secret: randomBytes(32) })),
    'BAD_TICKET'
  )
  t.is(
    codeOf(() => book.check({ ...ticket, root: randomBytes(32) as typeof ticket.root })),
    'TICKET_FOREIGN'
  )
  t.is((await refusal(book.create('ann', SCOPES))).code, 'BAD_TICKET', 'one of a name is good')
  t.is(book.heldBy(holderOf(ticketHash(ticket.secret)))?.name, 'ann')
  t.is(book.heldBy(ticketHash(ticket.secret)), null)

  await book.revoke('ann')
  t.is(
    codeOf(() => book.check(ticket)),
    'TICKET_REVOKED'
  )
  t.is((await refusal(book.revoke('ann'))).code, 'BAD_TICKET', 'once')
  const second = parseTicket(await book.create('ann', { ...SCOPES, rooms: 9 }))
  t.is(book.check(second).scopes.rooms, 9)
  await book.flush()
  await store.close()

  const again = await open(await openStore(t, { directory }), at)
  t.is(
    codeOf(() => again.check(ticket)),
    'TICKET_REVOKED'
  )
  t.alike(again.check(second), {
    hash: ticketHash(second.secret),
    name: 'ann',
    scopes: { ...SCOPES, rooms: 9 },
    createdAt: at.now,
    usedAt: 400_000 * HOUR,
    revokedAt: null
  })
  t.is(again.heldBy(holderOf(ticketHash(second.secret)))?.scopes.rooms, 9)
  t.absent(again.all.some(({ hash }) => mapKey(hash) === mapKey(second.secret)))
})

test('it expires by the clock, which may jump and come back', async (t) => {
  const at = { now: 400_000 * HOUR }
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const book = await open(store, at)
  const ticket = parseTicket(await book.create('short', { ...SCOPES, expiresAt: at.now + HOUR }))
  at.now += HOUR - 1
  t.is(
    codeOf(() => book.check(ticket)),
    'good'
  )
  at.now += 1
  t.is(
    codeOf(() => book.check(ticket)),
    'TICKET_EXPIRED'
  )
  at.now -= 10 * HOUR
  t.is(
    codeOf(() => book.check(ticket)),
    'good'
  )
  t.is(book.all[0]?.usedAt, 400_000 * HOUR, 'the latest use that is known stays')
})

test('a full book forgets those that have ended, and gives no more than it holds', async (t) => {
  const at = { now: 400_000 * HOUR }
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const first = { root: store.keyPair.publicKey as PeerKey, secret: randomBytes(32) }
  const full = Array.from({ length: limits.ticketsMax }, (_, i) => ({
    hash: ticketHash(i === 0 ? first.secret : randomBytes(32)),
    name: `${i}`,
    scopes: { ...SCOPES, expiresAt: i === 0 ? at.now + HOUR : null },
    createdAt: at.now,
    usedAt: null,
    revokedAt: null
  }))
  await new TableNote(store, 'tickets', keptTicketCodec, limits.ticketsMax).write(full)
  const book = await open(store, at)
  t.is((await refusal(book.create('more', SCOPES))).code, 'TOO_MANY')
  t.is(book.all.length, limits.ticketsMax)
  at.now += HOUR
  await book.create('more', SCOPES)
  t.is(book.all.length, limits.ticketsMax)
  t.is(
    codeOf(() => book.check(first)),
    'BAD_TICKET',
    'forgotten'
  )
  t.is(book.heldBy(holderOf(ticketHash(first.secret))), null)
})

test('what could not be written was not given, nor taken back', async (t) => {
  const at = { now: 400_000 * HOUR }
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const book = await open(store, at)
  const ticket = parseTicket(await book.create('ann', SCOPES))
  store.notes.set = () => Promise.reject(new Error('no'))
  await t.exception(book.create('bob', SCOPES), /no/)
  await t.exception(book.revoke('ann'), /no/)
  t.alike(
    book.all.map(({ name }) => name),
    ['ann']
  )
  t.is(
    codeOf(() => book.check(ticket)),
    'good'
  )
})
