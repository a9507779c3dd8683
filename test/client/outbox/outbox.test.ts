import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { Author } from '../../../src/client/outbox/author.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import { Budget } from '../../../src/client/outbox/budget.ts'
import type { Carrier } from '../../../src/client/outbox/debt.ts'
import { Outbox } from '../../../src/client/outbox/outbox.ts'
import type { OutboxEntry } from '../../../src/client/outbox/outbox-entry.ts'
import type { StoredAt } from '../../../src/client/outbox/receipt.ts'
import type { CoreKey } from '../../../src/protocol/bytes.ts'
import { RootPeerError } from '../../../src/protocol/errors.ts'
import { openMessage } from '../../../src/protocol/payload.ts'
import { createKeys, TIME } from '../helpers/writer.ts'

const { keys } = createKeys()
const coreKey = b4a.alloc(32, 5) as CoreKey

interface Made {
  outbox: Outbox
  /** What the first root was given. */
  entries: OutboxEntry[]
  /** Roots that were given up for want of room. */
  dropped: string[]
}

function create(budget: Budget = new Budget()): Made {
  const dropped: string[] = []
  const outbox = new Outbox({
    author: new Author(keys, crypto.keyPair(), () => TIME),
    budget,
    notes: null,
    events: {
      queued: () => {},
      stored: () => {},
      refused: () => {},
      dropped: (root) => dropped.push(root)
    }
  })
  return { outbox, entries: carry(outbox), dropped }
}

/** Carries to a root; what it is given. */
function carry(outbox: Outbox, root = 'root', reachable = true): OutboxEntry[] {
  const entries: OutboxEntry[] = []
  const carrier: Carrier = {
    root,
    reachable,
    mark: null,
    take: (entry) => entries.push(entry),
    forget: () => entries.splice(0)
  }
  outbox.carry(carrier)
  return entries
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
  const second = carry(outbox, 'two')
  const receipt = outbox.add(b4a.from('a'))
  await turn()
  const [entry] = entries as [OutboxEntry]
  t.is(second[0], entry, 'both roots are given the same frame')
  outbox.stored(entry, at(3))
  t.is((await receipt).root, 'root')
  t.ok(outbox.bytes > 0)

  const late = carry(outbox, 'three')
  t.is(late[0], entry, 'a root that joins is owed what is still there')
  outbox.stored(entry, at(0, 'two'))
  outbox.stored(entry, at(0, 'two'))
  t.ok(outbox.bytes > 0, 'one root counts once')
  outbox.stored(entry, at(0, 'three'))
  t.is(outbox.bytes, 0)
})

test('a message counts as sent once as many roots have stored it as were asked to', async (t) => {
  const { outbox, entries } = create()
  carry(outbox, 'two')
  let done = 0
  const [one, two, three] = [1, 2, 3].map((acks) =>
    outbox.add(b4a.from('a'), acks).then(
      ({ root }) => `${++done} ${root}`,
      (err: RootPeerError) => err.code
    )
  )
  await turn()
  outbox.stored(entries[0] as OutboxEntry, at(3))
  t.is(await one, '1 root')
  t.is(done, 1)
  outbox.stored(entries[0] as OutboxEntry, at(8, 'two'))
  t.is(await two, '2 two')
  t.is(await three, 'FEW_ACKS', 'no third one is there')
})

test('a root that is not waited for any more holds nothing up', async (t) => {
  const { outbox, entries } = create()
  const second = carry(outbox, 'two')
  const stored = outbox.add(b4a.from('stored by one'))
  await turn()
  outbox.stored(entries[0] as OutboxEntry, at(0))
  await stored
  const waiting = outbox.add(b4a.from('stored by none'))
  await turn()
  outbox.drop('two')
  t.is(second.length, 0, 'it is told to forget')
  t.alike([...outbox.entries], entries.slice(1), 'what one has is done with, the rest stays')
  outbox.drop('root')
  t.is([...outbox.entries].length, 1, 'what none has stays, though nobody is left')

  const back = carry(outbox, 'two')
  t.is(back.length, 1, 'taken back, it is owed what is there')
  outbox.stored(back[0] as OutboxEntry, at(0, 'two'))
  t.is((await waiting).root, 'two')
  t.is(outbox.bytes, 0)
})

test('whoever listens is given each frame before the roots are', async (t) => {
  const { outbox, entries } = create()
  const heard: number[] = []
  const off = outbox.onkept(() => heard.push(entries.length))
  void outbox.add(b4a.from('a'))
  await turn()
  off()
  void outbox.add(b4a.from('b'))
  await turn()
  t.alike(heard, [0])
  t.is(entries.length, 2)
})

test('what every root refuses is rejected, and listed as given up', async (t) => {
  const { outbox, entries } = create()
  carry(outbox, 'two')
  const refused = new RootPeerError('TOO_LARGE', 'too large')
  const lost = outbox.add(b4a.from('lost'))
  await turn()
  const [entry] = entries as [OutboxEntry]
  outbox.refused('root', entry, refused, false)
  outbox.refused('root', entry, refused, true)
  outbox.refused('two', entry, refused, true)
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
  carry(outbox, 'two')
  const receipt = outbox.add(b4a.from('a'))
  await turn()
  outbox.refused('root', entries[0] as OutboxEntry, new RootPeerError('READ_ONLY', 'no'), true)
  outbox.stored(entries[0] as OutboxEntry, at(7, 'two'))
  t.is((await receipt).index, 7)
  t.is(outbox.bytes, 0)
  void outbox.add(b4a.from('b'))
  await turn()
  t.alike(openMessage(keys, entries[1]?.frame.payloads[0] ?? coreKey).givenUp, [])
})

test('without room a root that is away does not hold up what another has', async (t) => {
  const { outbox, entries, dropped } = create()
  carry(outbox, 'away', false)
  const body = b4a.alloc(128 * 1024)
  for (let i = 0; i < 600; i++) {
    const receipt = outbox.add(body)
    await turn()
    outbox.stored(entries.at(-1) as OutboxEntry, at(i))
    await receipt
  }
  t.alike(dropped, ['away'])
  t.ok(outbox.bytes < 64 * 1024 * 1024)
})

test('without room a root that is there and stores nothing does not hold up what another has', async (t) => {
  const { outbox, entries, dropped } = create()
  const full = carry(outbox, 'full')
  const body = b4a.alloc(128 * 1024)
  const count = Math.floor((clientLimits.outboxBytesMax / body.byteLength) * 1.5)
  for (let i = 0; i < count; i++) {
    const stored = outbox.add(body)
    await turn()
    const entry = entries.at(-1) as OutboxEntry
    outbox.stored(entry, at(i))
    await stored
  }
  t.alike(dropped, ['full'], 'which is said')
  const unstored = outbox.add(body)
  await turn()
  t.is(full.at(-1), entries.at(-1), 'it is given what comes then')
  outbox.stored(full.at(-1) as OutboxEntry, at(7, 'full'))
  t.is((await unstored).root, 'full', 'and may store it')
})

test('the outboxes of one client share one budget', async (t) => {
  const budget = new Budget()
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
