// What a member can do to those who read what it writes: it may say anything of itself, and nothing of
// others; and what it makes them keep is bounded.

import test from 'brittle'
import { clientLimits } from '../../../src/client/limits.ts'
import { Timeline } from '../../../src/client/reading/timeline.ts'
import { Prover } from '../../../src/client/reading/prover.ts'
import { parseCursor, printCursor } from '../../../src/protocol/cursor.ts'
import type { Cursor } from '../../../src/protocol/cursor.ts'
import { arrivalsOf, candidateOf, createKeys, Writer } from '../helpers/writer.ts'
import type { Written } from '../helpers/writer.ts'

const { keys } = createKeys()

/** What a reader shows of what it is given; a fork and what is late are marked. */
function reading(start: Cursor | null = null) {
  const told: string[] = []
  const timeline = new Timeline(
    keys,
    {
      show: (shown) => {
        if ('error' in shown) return told.push(shown.error.code)
        const { candidate, fork, late } = shown
        const marks = `${candidate.proven ? '' : ' unproven'}${fork ? ' fork' : ''}${late ? ' late' : ''}`
        return told.push(Buffer.from(candidate.message.body).toString().slice(0, 20) + marks)
      },
      proven: () => {},
      hole: (_chain, _author, from, to) => told.push(`hole ${from}-${to}`)
    },
    start,
    start === null
  )
  let next = 0
  const give = (...messages: Written[]): void => {
    timeline.accept(arrivalsOf(messages, next))
    next += messages.length
  }
  return { told, timeline, give }
}

test("who writes under another member's chain changes nothing of it", (t) => {
  const ann = new Writer(keys)
  const { told, give, timeline } = reading()
  give(ann.seal('a0'))
  const thief = new Writer(keys, undefined, ann.chain)
  const next = [ann.seal('a1'), ann.seal('a2'), ann.seal('a3')]
  thief.number = 1
  // It gives up what she is about to write, takes her numbers, and runs far ahead.
  give(thief.seal('t1', { givenUp: next.map(({ number, id }) => ({ number, id })) }))
  give(thief.seal('t9', { number: 9 }))
  timeline.release()
  give(...next)
  t.alike(
    told.filter((each) => each.startsWith('a')),
    ['a0', 'a1', 'a2', 'a3'],
    'neither lost, nor a fork, nor late'
  )
  const again = reading({ roots: [], chains: timeline.mark()() })
  again.give(ann.seal('a4'), next[2] as Written)
  t.alike(again.told, ['a4'], 'a cursor knows her chain from the other')
})

test('the greatest number there is leaves a cursor that can be read', (t) => {
  const { give, timeline, told } = reading()
  const writer = new Writer(keys)
  const greatest = Number.MAX_SAFE_INTEGER
  give(writer.seal('m', { number: greatest, givenUp: [] }))
  timeline.release()
  const other = new Writer(keys)
  give(other.seal('n', { number: greatest - 1 }))
  timeline.release()
  give(other.seal('o', { number: 7, givenUp: [{ number: greatest, id: other.previous }] }))
  t.is(told.filter((each) => !each.startsWith('hole')).length, 3)
  const chains = timeline.mark()()
  t.alike(parseCursor(printCursor({ roots: [], chains })).chains.length, chains.length)
})

test("who names another's message as its own does not unname it", (t) => {
  const prover = new Prover(keys)
  const ann = new Writer(keys)
  const [first, named, last] = ann.frame('a0', 'a1', 'a2') as [Written, Written, Written]
  const thief = new Writer(keys)
  prover.prove([candidateOf(keys, first), candidateOf(keys, last)])
  thief.number = 5
  prover.prove([candidateOf(keys, thief.seal('t', { previous: first.id }))])
  prover.prove([candidateOf(keys, thief.seal('t', { givenUp: [{ number: 1, id: named.id }] }))])
  const late = candidateOf(keys, named)
  prover.prove([late])
  t.ok(late.proven)
})

test('large messages that are not proven, or held back, are bounded in bytes', (t) => {
  const large = 'x'.repeat(120 * 1024)
  const writer = new Writer(keys)
  const prover = new Prover(keys)
  const count = Math.ceil(clientLimits.unprovenBytesMax / large.length) + 2
  const candidates = Array.from({ length: count }, () =>
    candidateOf(keys, writer.seal(large, { signed: false }))
  )
  for (const candidate of candidates) prover.prove([candidate])
  const late = prover.prove([candidateOf(keys, writer.seal('end'))])
  t.ok(late.length > count / 2 && late.length < count, `${late.length} of ${count} were kept`)

  const { give, timeline, told } = reading()
  const ahead = new Writer(keys)
  ahead.number = 1
  while (told.length === 0) give(ahead.seal(large))
  t.is(told[0], 'hole 0-1', 'said before its time')
  t.ok(told.length * large.length < clientLimits.heldBytesMax * 1.2)
  t.is(timeline.held, 0)
})
