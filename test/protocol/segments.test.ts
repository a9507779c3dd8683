import test from 'brittle'
import type { CoreKey } from '../../src/protocol/bytes.ts'
import { decode, encode } from '../../src/protocol/codec.ts'
import type { Segment } from '../../src/protocol/segments.ts'
import { SegmentList, segmentsCodec } from '../../src/protocol/segments.ts'
import { codeOf, filled, hex, readable } from './fixtures.ts'

const key = (value: number) => filled<CoreKey>(32, value)
const signer = filled<Uint8Array>(32, 0xee)
const segment = (value: number, start: number, end: number | null): Segment => ({
  coreKey: key(value),
  signer,
  start,
  end
})
// The second ended empty: begun after one rollback, ended by the next.
const list = new SegmentList([segment(1, 0, 100), segment(2, 100, 100), segment(3, 100, null)])
const OLDEST = 40
const NEXT = 150

test('where a cursor leads', (t) => {
  const table: [string, CoreKey | null, number, number, number | null][] = [
    ['a bare number', null, 60, 60, null],
    ['a bare number before the oldest: the gap is told by who reads', null, 0, 0, null],
    ['a bare number at the end', null, NEXT, NEXT, null],
    ['a bare number beyond the end', null, NEXT + 1, NEXT, NEXT],
    ['inside the first segment', key(1), 60, 60, null],
    ['at the end of the first', key(1), 100, 100, null],
    ['beyond the end of the first: another history began there', key(1), 101, 100, 100],
    ['far beyond, though the log has such a number', key(1), 140, 100, 100],
    ['at the end of the empty one', key(2), 100, 100, null],
    ['beyond the empty one', key(2), 101, 100, 100],
    ['inside the last', key(3), 120, 120, null],
    ['at the end of the last', key(3), NEXT, NEXT, null],
    ['beyond the last: it was rolled back', key(3), NEXT + 5, NEXT, NEXT],
    ['a segment nobody knows', key(9), 120, OLDEST, OLDEST],
    ['a segment nobody knows, far beyond', key(9), 10_000, OLDEST, OLDEST]
  ]
  for (const [what, coreKey, wanted, from, reset] of table) {
    t.alike(list.resolve(coreKey, wanted, OLDEST, NEXT), { from, reset }, what)
  }
})

test('a room without a segment yet', (t) => {
  const none = new SegmentList([])
  t.is(none.last, undefined)
  t.is(none.indexOf(0), -1)
  t.alike(none.resolve(null, 0, 0, 0), { from: 0, reset: null })
  t.alike(none.resolve(key(1), 7, 0, 0), { from: 0, reset: 0 })
  t.alike(none.resolve(null, 7, 0, 0), { from: 0, reset: 0 })
})

test('which segment holds a number', (t) => {
  const numbers = [0, 99, 100, 10_000]
  t.alike(
    numbers.map((number) => list.indexOf(number)),
    [0, 0, 2, 2]
  )
  const kept = new SegmentList([segment(1, 50, 100), segment(2, 100, 120)])
  t.alike(
    [49, 50, 119, 120].map((number) => kept.indexOf(number)),
    [-1, 0, 1, -1]
  )
  t.is(list.find(key(2)), list.all[1])
  t.is(list.find(key(9)), undefined)
})

test('the next segment begins where the last one ends, and the old list stays as it was', (t) => {
  const longer = list.next(NEXT, { coreKey: key(4), signer })
  t.alike(
    longer.all.map(({ start, end }) => [start, end]),
    [
      [0, 100],
      [100, 100],
      [100, 150],
      [150, null]
    ]
  )
  t.is(list.last?.end, null)
  t.is(hex(longer.last?.coreKey ?? signer), hex(key(4)))
  t.is(new SegmentList([]).next(0, { coreKey: key(1), signer }).last?.start, 0)
})

test('segments travel, and only such as are one log', (t) => {
  for (const all of [[], list.all, [segment(1, 7, null)], [segment(1, 7, 9)]]) {
    t.alike(readable(decode(segmentsCodec, encode(segmentsCodec, all))), readable(all))
  }
  const wrong: [string, Segment[]][] = [
    ['a hole between', [segment(1, 0, 10), segment(2, 11, null)]],
    ['an overlap', [segment(1, 0, 10), segment(2, 9, null)]],
    ['two that are open', [segment(1, 0, null), segment(2, 0, null)]],
    ['an end before the start', [segment(1, 5, 4)]]
  ]
  for (const [what, all] of wrong) {
    t.is(
      codeOf(() => decode(segmentsCodec, encode(segmentsCodec, all))),
      'BAD_FRAME',
      what
    )
  }
})
