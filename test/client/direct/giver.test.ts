// What one member is given, and when: offers first, the window kept, what the roots have passed over.

import test from 'brittle'
import b4a from 'b4a'
import { Giver } from '../../../src/client/direct/giver.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import { OutboxEntry } from '../../../src/client/outbox/outbox-entry.ts'
import type { ChainId, MessageHash } from '../../../src/protocol/bytes.ts'
import type { DirectSenders, Offer, Pass } from '../../../src/protocol/direct-channel.ts'

function entry(seq: number, bytes = 10): OutboxEntry {
  const ids = [b4a.alloc(32, seq) as MessageHash]
  const payloads = [b4a.alloc(bytes, seq)]
  const made = new OutboxEntry(
    seq,
    { ids, payloads, number: seq, chain: b4a.alloc(16) as ChainId },
    []
  )
  made.owed = 1
  return made
}

/** Every root has it. */
function store(stored: OutboxEntry): void {
  stored.owed = 0
  stored.stored = 1
}

/** What was sent: offers as `?` and their names, passes as theirs. */
function open(entries: OutboxEntry[]): { giver: Giver; said: string[] } {
  const said: string[] = []
  const send = {
    offer: ({ ids }: Offer) => said.push(`? ${ids.map((id) => id[0]).join(' ')}`) > 0,
    pass: ({ frame, payloads }: Pass) => said.push(`${frame}: ${payloads[0]?.[0]}`) > 0
  } as unknown as DirectSenders
  return { giver: new Giver(send, entries), said }
}

test('what is new goes at once', (t) => {
  const { giver, said } = open([])
  giver.give(entry(1))
  giver.give(entry(2))
  t.alike(said, ['0: 1', '1: 2'])
})

test('what waited is offered, and given before what is new', (t) => {
  const { giver, said } = open([entry(1), entry(2), entry(3)])
  giver.give(entry(4))
  t.alike(said, ['? 1 2 3'])
  giver.wanted([0, 2])
  t.alike(said.slice(1), ['0: 1', '1: 3', '2: 4'])
})

test('what all roots have by then is passed over', (t) => {
  const entries = [entry(1), entry(2), entry(3)]
  store(entries[0] as OutboxEntry)
  const { giver, said } = open(entries)
  store(entries[2] as OutboxEntry)
  giver.wanted([0, 1])
  t.alike(said, ['? 2 3', '0: 2'])
})

test('a member that does not answer is sent no more than its window, and holds nothing', (t) => {
  const { giver, said } = open([])
  const size = clientLimits.directWindowBytes / 4
  const entries = Array.from({ length: 2000 }, (_, i) => entry(i % 250, size))
  for (const each of entries) giver.give(each)
  t.is(said.length, 3)
  for (const each of entries.slice(0, -1)) store(each)
  giver.received(0)
  t.is(said.length, 4, 'what comes next is what is still there')
  t.is(said.at(-1), `3: ${1999 % 250}`)
})

test('more than fits into one offer is offered in turn', (t) => {
  const { giver, said } = open(Array.from({ length: 1500 }, (_, i) => entry(i % 250)))
  t.is(said.length, 1)
  giver.wanted([])
  t.is(said.length, 2)
  giver.wanted([475])
  t.is(said.at(-1), `0: ${1499 % 250}`)
})

test('answers to nothing are objected to', async (t) => {
  const { giver } = open([entry(1)])
  await t.exception(() => giver.received(0), /not sent/)
  await t.exception(() => giver.wanted([1]), /not offered/)
  await t.exception(() => giver.wanted([0]), /no offer/)
})
