import test from 'brittle'
import b4a from 'b4a'
import { isHeadOf } from '../../src/protocol/head.ts'
import { SegmentCore } from '../../src/rooms/segment.ts'
import { paginate } from '../../src/rooms/pager.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore } from '../storage/helpers.ts'
import { alice } from './helpers.ts'

/** A segment of pages with 1, 2, 3, … messages each, numbered from `first` on. */
async function segmentOf(t: Parameters<typeof tmpFolder>[0], count: number, first: number) {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const segment = new SegmentCore(await store.openCore('segment'))
  const starts: number[] = []
  for (let i = 0; i < count; i++) {
    starts.push(first)
    const payloads = Array.from({ length: i + 1 }, () => b4a.from('x'))
    await segment.append(
      paginate([{ sender: alice, payloads }], first, 1).map(({ bytes }) => bytes)
    )
    first += i + 1
  }
  return { segment, starts, next: first }
}

test('every number is found in the page that holds it', async (t) => {
  const { segment, starts, next } = await segmentOf(t, 20, 100)
  for (let number = 100; number < next; number++) {
    const expected = starts.findLastIndex((start) => start <= number)
    if ((await segment.find(number)) !== expected) t.fail(`${number}`)
  }
  t.is(await segment.find(99), -1)
  t.is(await segment.find(next + 5), 19, 'the last, for what is not there yet')
  t.alike(await segment.end(), { length: segment.length, next })
})

test('what was cleared is not found, and all that is kept is', async (t) => {
  const { segment, starts, next } = await segmentOf(t, 20, 0)
  await segment.core.clear(0, 13)
  for (let number = starts[13] ?? 0; number < next; number++) {
    const expected = starts.findLastIndex((start) => start <= number)
    if ((await segment.find(number)) !== expected) t.fail(`${number}`)
  }
  t.is(await segment.find((starts[13] ?? 0) - 1), -1)
  t.alike(await segment.read(12, 3), [], 'a read stops before what is gone')
  t.is((await segment.read(13, 100)).length, 7)
  t.is((await segment.end()).next, next)
})

test('a core that is longer than what it holds ends where its last page is', async (t) => {
  const { segment, starts } = await segmentOf(t, 20, 0)
  await segment.core.clear(15, 20)
  t.alike(await segment.end(), { length: 15, next: starts[15] })
  await segment.core.clear(0, 15)
  await t.exception(segment.end(), /no page of this log is left/)
})

test('a head is there once there is something to sign, and follows the length', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const segment = new SegmentCore(await store.openCore('segment'))
  t.is(segment.head(), null)
  t.alike(await segment.end(), { length: 0, next: null })
  t.is(await segment.find(0), -1)
  for (let length = 1; length <= 5; length++) {
    await segment.append(
      paginate([{ sender: alice, payloads: [b4a.from('x')] }], 7, 1).map(({ bytes }) => bytes)
    )
    const head = segment.head()
    t.is(head?.length, length)
    t.is(head?.fork, 0)
    t.ok(head !== null && isHeadOf(head, segment.key, segment.signer))
    t.is(segment.head(), head, 'made once a commit')
  }
})
