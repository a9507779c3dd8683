import test from 'brittle'
import b4a from 'b4a'
import { wireLimits } from '../../src/protocol/limits.ts'
import type { PageFrame } from '../../src/protocol/page.ts'
import { decodePage } from '../../src/protocol/page.ts'
import { paginate } from '../../src/rooms/pager.ts'
import { alice, bob } from './helpers.ts'

const { frameBytesMax, frameMessagesMax, pageBytesFull, pageBytesMax, pageMessagesFull } =
  wireLimits

function frame(count: number, bytes: number, sender = alice): PageFrame {
  return { sender, payloads: Array.from({ length: count }, (_, i) => b4a.alloc(bytes, i)) }
}

const counts = (frames: readonly PageFrame[]) => paginate(frames, 0, 1).map(({ count }) => count)

test('a page closes once it is full, by messages or by bytes, and never waits', (t) => {
  t.alike(counts([frame(1, 1)]), [1])
  t.alike(counts(Array.from({ length: 300 }, () => frame(1, 1))), [128, 128, 44])
  const half = pageBytesFull / 2
  t.alike(counts(Array.from({ length: 5 }, () => frame(1, half))), [2, 2, 1])
  t.alike(paginate([], 0, 1), [])
})

test('a frame is never split, however full its page gets by it', (t) => {
  t.alike(counts([frame(pageMessagesFull - 1, 1), frame(500, 1), frame(1, 1)]), [627, 1])
  t.alike(counts([frame(100, 1), frame(frameMessagesMax, 1)]), [100, 1000], 'over 1,024')
  t.alike(counts([frame(1, 60_000), frame(7, 131_072), frame(1, 1)]), [8, 1])
  t.alike(counts([frame(1, 65_000), frame(7, 145_000)]), [1, 7], 'over 1 MiB')
})

test('the largest frames fit into a page', (t) => {
  const shapes = [
    [frameMessagesMax, Math.floor(frameBytesMax / frameMessagesMax)],
    [6, wireLimits.payloadBytesMax],
    [frameMessagesMax, 0]
  ] as const
  for (const [count, bytes] of shapes) {
    const pages = paginate([frame(count, bytes)], Number.MAX_SAFE_INTEGER - 2000, 2 ** 50)
    t.is(pages.length, 1)
    t.ok((pages[0]?.bytes.byteLength ?? Infinity) <= pageBytesMax, `${count} of ${bytes} bytes`)
  }
})

test('whatever the frames, pages keep their bounds, their order and their numbers', (t) => {
  let seed = 1
  const random = (below: number): number => {
    seed = (seed * 48271) % 2147483647
    return seed % below
  }
  for (let round = 0; round < 50; round++) {
    const frames = Array.from({ length: 1 + random(40) }, () => {
      const count = 1 + random([1, 10, frameMessagesMax][random(3)] as number)
      const bytes = random(
        Math.min(frameBytesMax / count, [40, 2000, 130_000][random(3)] as number)
      )
      return frame(count, bytes, random(2) === 0 ? alice : bob)
    })
    const first = random(1_000_000)
    const pages = paginate(frames, first, 99)
    const expected = frames.flatMap(({ sender, payloads }) =>
      payloads.map((payload) => ({ sender, payload }))
    )
    const starts = new Set<number>()
    for (let at = first, i = 0; i < frames.length; at += frames[i++]?.payloads.length ?? 0) {
      starts.add(at)
    }
    let next = first
    const problems: string[] = []
    for (const page of pages) {
      const decoded = decodePage(page.bytes)
      if (decoded.first !== next || page.first !== next) problems.push('a number')
      if (decoded.storedAt !== 99) problems.push('the time')
      if (page.bytes.byteLength > pageBytesMax) problems.push('bytes')
      if (page.count > wireLimits.pageMessagesMax) problems.push('messages')
      if (decoded.entries.length !== page.count) problems.push('the count')
      if (!starts.has(page.first)) problems.push('a frame was split')
      for (const entry of decoded.entries) {
        const wanted = expected[entry.index - first]
        if (!b4a.equals(entry.payload, wanted?.payload ?? alice)) problems.push('a payload')
        if (!b4a.equals(entry.sender, wanted?.sender ?? roomless)) problems.push('a sender')
      }
      next += page.count
    }
    if (next !== first + expected.length) problems.push('the end')
    t.alike(problems, [])
  }
})

const roomless = b4a.alloc(32)
