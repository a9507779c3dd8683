// The small parts of the direct way: the shelf, the allowance, whom to believe.

import test from 'brittle'
import b4a from 'b4a'
import { Allowance } from '../../../src/client/direct/allowance.ts'
import { Credentials } from '../../../src/client/direct/credentials.ts'
import { Shelf } from '../../../src/client/direct/shelf.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import type { Arrival } from '../../../src/client/reading/timeline.ts'
import { createKeys, Writer } from '../helpers/writer.ts'

const arrival = (bytes: number, value = 0): Arrival => ({
  payload: b4a.alloc(bytes, value),
  index: null,
  storedAt: null,
  root: null
})

test('a shelf keeps what is newest, and every reader its place', (t) => {
  const space = { bytes: 0 }
  const shelf = new Shelf(space)
  const size = clientLimits.shelfBytesMax / 4
  for (let i = 0; i < 10; i++) shelf.add([arrival(size, i)])
  t.is(shelf.end, 10)
  const first = shelf.take(0)
  t.is(first?.arrivals[0]?.payload[0], 7, 'the oldest that is still there')
  t.is(first?.next, 8)
  t.is(shelf.take(10), null)
  t.ok(space.bytes <= clientLimits.shelfBytesMax)
  shelf.clear()
  t.is(space.bytes, 0)
  t.is(shelf.end, 10, 'places are never used twice')
})

test('shelves of many rooms share one bound', (t) => {
  const space = { bytes: 0 }
  const shelves = Array.from({ length: 40 }, () => new Shelf(space))
  for (const shelf of shelves) {
    for (let i = 0; i < 10; i++) shelf.add([arrival(clientLimits.shelfBytesMax / 10)])
  }
  t.ok(space.bytes <= clientLimits.shelvesBytesMax + clientLimits.shelfBytesMax * 4)
  for (const shelf of shelves) t.ok(shelf.take(0) !== null)
})

test('an allowance is used up, and comes back with time', (t) => {
  let now = 0
  const allowance = new Allowance(100, 2, () => now)
  t.is(allowance.take(150), 0)
  t.is(allowance.take(100), 500, 'milliseconds to wait')
  now += 500
  t.is(allowance.take(100), 0)
  now -= 10_000
  t.is(allowance.take(1), 10, 'a clock that was set back gives nothing')
  now += 1_000_000
  t.is(allowance.take(1000), 0, 'what is more than it holds passes when it is full')
  t.is(allowance.take(1), 8010)
})

test('a member speaks for one author, in whole frames, each signed', async (t) => {
  const { keys } = createKeys()
  const writer = new Writer(keys)
  const payloads = (...bodies: string[]): Uint8Array[] =>
    writer.frame(...bodies).map(({ payload }) => payload)
  const credentials = new Credentials(keys)
  credentials.check(payloads('a', 'b', 'c'))
  credentials.check(payloads('d'))
  const [first] = payloads('e', 'f')
  await t.exception(() => credentials.check([first as Uint8Array]), /no member signed/)
  const other = new Writer(keys, writer.identity)
  credentials.check(other.frame('x').map(({ payload }) => payload))
  t.pass('another chain of the same author will do')
  const stranger = new Writer(keys).frame('x').map(({ payload }) => payload)
  await t.exception(() => credentials.check(stranger), /no member signed/)
})
