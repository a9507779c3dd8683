import test from 'brittle'
import b4a from 'b4a'
import { limits } from '../../src/limits.ts'
import { DAY_MS, UsageBook } from '../../src/access/usage-book.ts'
import { openStore } from '../storage/helpers.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const DAY = 20_000
const hash = b4a.alloc(32, 1)
const nothing = (): null => null

function clockAt(day: number): { now: number } {
  return { now: day * DAY_MS + 1000 }
}

function send(book: UsageBook, holder: string, messages: number): void {
  const line = book.line(holder, hash)
  line.messages += messages
  line.bytesIn += 10 * messages
}

test('what was counted of a day is there after a restart, and goes on', async (t) => {
  const at = clockAt(DAY)
  const directory = await tmpFolder(t)
  const store = await openStore(t, { directory })
  const book = await UsageBook.open(store, () => at.now)
  send(book, 'ann', 3)
  send(book, 'bob', 5)
  book.line('bob', hash).bytesOut += 7
  await book.flush(() => 42)
  await store.close()
  const again = await UsageBook.open(await openStore(t, { directory }), () => at.now)
  t.is(again.sentToday('ann'), 3)
  t.is(again.sentToday('nobody'), 0)
  send(again, 'ann', 1)
  t.alike(
    (await again.of(DAY)).map(({ holder, messages, bytesIn, bytesOut, bytesKept }) => {
      return { holder, messages, bytesIn, bytesOut, bytesKept }
    }),
    [
      { holder: 'bob', messages: 5, bytesIn: 50, bytesOut: 7, bytesKept: 42 },
      { holder: 'ann', messages: 4, bytesIn: 40, bytesOut: 0, bytesKept: 42 }
    ],
    'the busiest first'
  )
})

test('a new day begins with nothing; the days before are told with their dates', async (t) => {
  const at = clockAt(DAY)
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const book = await UsageBook.open(store, () => at.now)
  send(book, 'ann', 3)
  at.now += DAY_MS
  send(book, 'ann', 2)
  t.is(book.sentToday('ann'), 5, 'until it is written')
  await book.flush(nothing)
  t.is(book.day, DAY + 1)
  t.is(book.sentToday('ann'), 0)
  send(book, 'ann', 1)
  const lines = await book.since(DAY - 5)
  t.alike(
    lines.map(({ day, holder, messages }) => ({ day, holder, messages })),
    [
      { day: '2024-10-04', holder: 'ann', messages: 5 },
      { day: '2024-10-05', holder: 'ann', messages: 1 }
    ]
  )
  t.is((await book.since(DAY + 1)).length, 1)
})

test('a clock that is set back goes on with the day; one that jumps ahead begins another, and loses none', async (t) => {
  const at = clockAt(DAY)
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const book = await UsageBook.open(store, () => at.now)
  send(book, 'ann', 3)
  at.now -= 3 * DAY_MS
  await book.flush(nothing)
  t.is(book.day, DAY)
  t.is(book.sentToday('ann'), 3)
  at.now = clockAt(DAY + 10 * 365).now
  await book.flush(nothing)
  t.is(book.day, DAY + 10 * 365)
  t.is(book.sentToday('ann'), 0)
  t.is((await book.of(DAY))[0]?.messages, 3, 'a jump of years deletes no day that is kept')
  t.is((await book.since(0)).length, 0, 'but it is too long ago to be told')
})

test('days are kept for so long', async (t) => {
  const at = clockAt(DAY)
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const book = await UsageBook.open(store, () => at.now)
  send(book, 'ann', 1)
  await book.flush(nothing)
  for (const [days, kept] of [
    [limits.usageDaysMax - 1, 1],
    [2, 0]
  ] as const) {
    at.now += days * DAY_MS
    send(book, 'ann', 1)
    await book.flush(nothing)
    t.is((await book.of(DAY)).length, kept, `after ${days} more`)
  }
})

test('with too many holders the least are forgotten', async (t) => {
  const at = clockAt(DAY)
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const book = await UsageBook.open(store, () => at.now)
  for (let i = 0; i < limits.usageHoldersMax; i++) send(book, `${i}`, i)
  send(book, 'one more', 1)
  const lines = await book.of(DAY)
  t.is(lines.length, limits.usageHoldersMax / 2 + 1)
  t.is(lines[0]?.messages, limits.usageHoldersMax - 1)
  t.is(book.sentToday('1'), 0)
  await book.flush(nothing)
  t.pass('and it is still small enough to be kept')
})
