import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { Author } from '../../src/client/author.ts'
import { clientLimits } from '../../src/client/limits.ts'
import { Outbox } from '../../src/client/outbox.ts'
import type { Budget, OutboxEntry } from '../../src/client/outbox.ts'
import type { StoredAt } from '../../src/client/receipt.ts'
import type { CoreKey } from '../../src/protocol/bytes.ts'
import { RootPeerError } from '../../src/protocol/errors.ts'
import { openMessage } from '../../src/protocol/payload.ts'
import { createKeys, TIME } from './helpers/writer.ts'

const { keys } = createKeys()
const coreKey = b4a.alloc(32, 5) as CoreKey

function create(budget: Budget = { bytes: 0 }): { outbox: Outbox; entries: OutboxEntry[] } {
  const outbox = new Outbox(new Author(keys, crypto.keyPair(), () => TIME), budget)
  const entries: OutboxEntry[] = []
  outbox.carry({ take: (entry) => entries.push(entry) })
  return { outbox, entries }
}

const at = (first: number, root = 'root'): StoredAt => ({
  root,
  first,
  storedAt: TIME,
  coreKey,
  block: 0,
  head: null
})
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const text = (entry: OutboxEntry | undefined, i: number): string =>
  b4a.toString(openMessage(keys, entry?.frame.payloads[i] ?? coreKey).body)

test('bodies of one turn travel in one frame, each gets its own receipt', async (t) => {
  const { outbox, entries } = create()
  const receipts = Promise.all([outbox.add(b4a.from('a')), outbox.add(b4a.from('b'))])
  await turn()
  t.is(entries.length, 1)
  t.is(text(entries[0], 1), 'b')
  t.ok(outbox.bytes > 0)
  outbox.stored(entries[0] as OutboxEntry, at(41))
  t.alike(
    (await receipts).map(({ index, root }) => ({ index, root })),
    [
      { index: 41, root: 'root' },
      { index: 42, root: 'root' }
    ]
  )
  t.is(outbox.bytes, 0)
})

test('a frame is bounded in messages and in bytes', async (t) => {
  const { outbox, entries } = create()
  const count = 2 * clientLimits.frameMessages + 5
  for (let i = 0; i < count; i++) void outbox.add(b4a.from(`${i}`))
  await turn()
  t.alike(
    entries.map(({ frame }) => frame.payloads.length),
    [clientLimits.frameMessages, clientLimits.frameMessages, 5]
  )
  t.is(text(entries[2], 4), `${count - 1}`)

  const large = create()
  for (let i = 0; i < 6; i++) void large.outbox.add(b4a.alloc(128 * 1024))
  await turn()
  t.alike(
    large.entries.map(({ frame }) => frame.payloads.length),
    [2, 2, 2]
  )
})

test('the first root to store a message resolves it; it stays until every root has', async (t) => {
  const { outbox, entries } = create()
  const second: OutboxEntry[] = []
  outbox.carry({ take: (entry) => second.push(entry) })
  const receipt = outbox.add(b4a.from('a'))
  await turn()
  const [entry] = entries as [OutboxEntry]
  t.is(second[0], entry, 'both roots are given the same frame')
  outbox.stored(entry, at(3, 'one'))
  t.is((await receipt).root, 'one')
  t.ok(outbox.bytes > 0)

  const late: OutboxEntry[] = []
  outbox.carry({ take: (each) => late.push(each) })
  t.is(late[0], entry, 'a root that joins is owed what is still there')
  outbox.stored(entry, at(0, 'two'))
  t.ok(outbox.bytes > 0)
  outbox.stored(entry, at(0, 'three'))
  t.is(outbox.bytes, 0)
})

test('what every root refuses is rejected, and listed as given up', async (t) => {
  const { outbox, entries } = create()
  outbox.carry({ take: () => {} })
  const refused = new RootPeerError('TOO_LARGE', 'too large')
  const lost = outbox.add(b4a.from('lost'))
  await turn()
  outbox.refused(entries[0] as OutboxEntry, refused)
  outbox.refused(entries[0] as OutboxEntry, refused)
  await t.exception(lost, /too large/)
  t.is(outbox.bytes, 0)

  void outbox.add(b4a.from('next'))
  await turn()
  const next = openMessage(keys, entries[1]?.frame.payloads[0] ?? coreKey)
  t.alike(
    next.givenUp.map(({ number }) => number),
    [0]
  )
})

test('what one root refuses and another stores is stored', async (t) => {
  const { outbox, entries } = create()
  outbox.carry({ take: () => {} })
  const receipt = outbox.add(b4a.from('a'))
  await turn()
  outbox.refused(entries[0] as OutboxEntry, new RootPeerError('READ_ONLY', 'no'))
  outbox.stored(entries[0] as OutboxEntry, at(7))
  t.is((await receipt).index, 7)
  void outbox.add(b4a.from('b'))
  await turn()
  t.alike(openMessage(keys, entries[1]?.frame.payloads[0] ?? coreKey).givenUp, [])
})

test('the outboxes of one client share one budget', async (t) => {
  const budget = { bytes: 0 }
  const one = create(budget)
  const two = create(budget)
  const body = b4a.alloc(128 * 1024)
  const pending: Promise<unknown>[] = []
  while (budget.bytes + body.byteLength + 512 <= clientLimits.outboxBytesMax) {
    pending.push(one.outbox.add(body).catch((err: RootPeerError) => err.code))
  }
  const full = await two.outbox.add(body).catch((err: RootPeerError) => err.code)
  t.is(full, 'OUTBOX_FULL')
  one.outbox.close()
  t.is(budget.bytes, 0)
  t.alike([...new Set(await Promise.all(pending))], ['CLOSED'])
  void two.outbox.add(body)
  await turn()
  t.is(two.entries.length, 1, 'there is room again')
})

test('closing rejects what waits, sealed or not, as unknown', async (t) => {
  const { outbox } = create()
  const sealed = outbox.add(b4a.from('a'))
  await turn()
  const waiting = outbox.add(b4a.from('b'))
  outbox.close()
  for (const each of [sealed, waiting]) {
    t.is(await each.catch((err: RootPeerError) => err.code), 'CLOSED')
  }
})
