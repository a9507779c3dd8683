import test from 'brittle'
import crypto from 'hypercore-crypto'
import { clientLimits } from '../../../src/client/limits.ts'
import { Timeline } from '../../../src/client/reading/timeline.ts'
import type { Arrival, Shown } from '../../../src/client/reading/timeline.ts'
import type { Cursor } from '../../../src/protocol/cursor.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import { decodePage } from '../../../src/protocol/page.ts'
import { arrivalsOf, createKeys, pageOf, Writer } from '../helpers/writer.ts'
import type { Written } from '../helpers/writer.ts'

const { keys, guest } = createKeys()

interface Story {
  timeline: Timeline
  /** What was shown, in order: bodies, with a mark for what is not plain and proven. */
  told: string[]
  holes: string[]
  proven: string[]
}

function story(options: { start?: Cursor; fromStart?: boolean; roomKeys?: RoomKeys } = {}): Story {
  const told: string[] = []
  const holes: string[] = []
  const proven: string[] = []
  const { start = null, fromStart = start === null, roomKeys = keys } = options
  const timeline = new Timeline(
    roomKeys,
    {
      show: (shown) => told.push(print(shown)),
      proven: (id) => proven.push(id),
      hole: (_chain, _author, from, to) => holes.push(`${from}-${to}`)
    },
    start,
    fromStart
  )
  return { timeline, told, holes, proven }
}

function print(shown: Shown): string {
  if ('error' in shown) return `!${shown.error.code}`
  const { candidate, fork, late } = shown
  const marks = [candidate.proven ? '' : 'unproven', fork ? 'fork' : '', late ? 'late' : '']
  return [Buffer.from(candidate.message.body).toString(), ...marks.filter(Boolean)].join(' ')
}

const names = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `m${from + i}`)

test('two roots with one history show each message once', (t) => {
  const writer = new Writer(keys)
  const frame = [...writer.frame(...names(3)), ...writer.frame(...names(3, 3))]
  const { timeline, told } = story()
  timeline.accept(arrivalsOf(frame.slice(0, 3), 0, 'a'))
  timeline.accept(arrivalsOf(frame, 10, 'b'))
  timeline.accept(arrivalsOf(frame.slice(3), 3, 'a'))
  t.alike(told, names(6))
})

test('per chain by number, between chains as they come', (t) => {
  const one = new Writer(keys)
  const two = new Writer(keys)
  const first = one.seal('one 0')
  const second = one.seal('one 1')
  const other = two.seal('two 0')
  const { timeline, told } = story()
  timeline.accept(arrivalsOf([second, other], 0, 'a'))
  t.alike(told, ['two 0'], 'what is ahead is held back')
  t.is(timeline.held, 1)
  t.is(timeline.lowestHeld('a'), 0)
  t.is(timeline.lowestHeld('b'), null)
  timeline.accept(arrivalsOf([first], 0, 'b'))
  t.alike(told, ['two 0', 'one 0', 'one 1'])
  t.is(timeline.held, 0)
})

test('a hole is said between proven messages only, once', (t) => {
  const writer = new Writer(keys)
  const [m0, m1, m2, m3, m4] = names(5).map((name) => writer.seal(name)) as [
    Written,
    Written,
    Written,
    Written,
    Written
  ]
  const { timeline, told, holes } = story()
  timeline.accept(arrivalsOf([m0, m3, m4]))
  t.alike(told, ['m0'])
  timeline.release()
  t.alike(told, ['m0', 'm3', 'm4'])
  t.alike(holes, ['1-3'])
  timeline.accept(arrivalsOf([m2], 9))
  timeline.accept(arrivalsOf([m1], 10))
  timeline.accept(arrivalsOf([m2], 11, 'b'))
  t.alike(told.slice(3), ['m2 late', 'm1 late'])
  timeline.release()
  t.alike(holes, ['1-3'])
})

test('a reader from the start misses the beginning of a chain too', (t) => {
  const writer = new Writer(keys)
  writer.seal('m0')
  const { timeline, told, holes } = story()
  timeline.accept(arrivalsOf([writer.seal('m1')]))
  timeline.release()
  t.alike(told, ['m1'])
  t.alike(holes, ['0-1'])
})

test('a reader that begins in the middle misses nothing before it', (t) => {
  const writer = new Writer(keys)
  writer.frame(...names(5))
  const { timeline, told, holes } = story({ fromStart: false })
  timeline.accept(arrivalsOf(writer.frame('m5', 'm6')))
  timeline.release()
  t.alike(told, ['m5', 'm6'])
  t.alike(holes, [])
})

test('what was given up is not waited for, though it is said only later', (t) => {
  const writer = new Writer(keys)
  const m0 = writer.seal('m0')
  const lost = writer.seal('lost')
  const m2 = writer.seal('m2')
  const m3 = writer.seal('m3', { givenUp: [{ number: lost.number, id: lost.id }] })
  const { timeline, told, holes } = story()
  timeline.accept(arrivalsOf([m0, m2]))
  t.alike(told, ['m0'])
  timeline.accept(arrivalsOf([m3], 2))
  t.alike(told, ['m0', 'm2', 'm3'], 'at once')
  timeline.release()
  t.alike(holes, [])
})

test('two proven messages under one number are both shown, the second as a fork', (t) => {
  const writer = new Writer(keys)
  const m0 = writer.seal('m0')
  const twin = new Writer(keys, writer.identity, writer.chain)
  twin.number = 1
  twin.previous = m0.id
  const { timeline, told } = story()
  timeline.accept(arrivalsOf([m0, writer.seal('m1'), twin.seal('m1 again')]))
  timeline.accept(arrivalsOf([writer.seal('m2')], 3))
  t.alike(told, ['m0', 'm1', 'm1 again fork', 'm2'])
})

test('a fork that was held back is shown too', (t) => {
  const writer = new Writer(keys)
  const m0 = writer.seal('m0')
  const twin = new Writer(keys, writer.identity, writer.chain)
  twin.number = 1
  twin.previous = m0.id
  const { timeline, told } = story()
  timeline.accept(arrivalsOf([writer.seal('m1'), twin.seal('m1 again')]))
  timeline.accept(arrivalsOf([m0], 0, 'b'))
  t.alike(told, ['m0', 'm1', 'm1 again fork'])
})

test('what does not open is shown as that, in its place', (t) => {
  const writer = new Writer(keys)
  const other = new Writer(createKeys().keys)
  const broken = Uint8Array.from(writer.seal('broken').payload)
  broken[30] = (broken[30] as number) ^ 1
  const { timeline, told } = story()
  timeline.accept(
    arrivalsOf([
      new Writer(keys).seal('before'),
      { payload: broken },
      other.seal('of another room'),
      { payload: new Uint8Array(5) },
      new Writer(keys).seal('after')
    ])
  )
  t.alike(told, ['before', '!NOT_OPENED', '!NOT_OPENED', '!NOT_OPENED', 'after'])
})

test('an unproven message is shown once, and said to be proven when it is', (t) => {
  const writer = new Writer(keys)
  const frame = writer.frame('a', 'b', 'c')
  const { timeline, told, proven } = story()
  timeline.accept(arrivalsOf(frame.slice(0, 2)))
  timeline.accept(arrivalsOf(frame.slice(1, 2), 5, 'b'))
  t.alike(told, ['a', 'b unproven'])
  timeline.accept(arrivalsOf(frame.slice(2), 2))
  t.alike(told, ['a', 'b unproven', 'c'])
  t.alike(proven, [frame[1]?.name])
  timeline.accept(arrivalsOf(frame, 6, 'b'))
  t.is(told.length, 3, 'and is a repeat from then on')
})

test('a batch in any order shows every message once, in order, and none of them as late', (t) => {
  const frame = new Writer(keys).frame(...names(5))
  for (const order of [
    [0, 4, 3, 2, 1],
    [0, 4, 1, 2, 3],
    [3, 4, 1, 2, 0],
    [4, 0, 3, 1, 2]
  ]) {
    const { timeline, told, proven } = story()
    timeline.accept(arrivalsOf(order.map((i) => frame[i] as Written)))
    t.alike(told, names(5), order.join())
    t.alike(proven, [])
  }
})

test('a copy without its signature doubles nothing that was shown', (t) => {
  const writer = new Writer(keys)
  const frame = writer.frame('a', 'b', 'c')
  const { timeline, told } = story()
  timeline.accept(arrivalsOf(frame))
  // A root that is a guest too can take a message apart and seal it again.
  const again = new Writer(guest, writer.identity, writer.chain)
  const stripped = ['a', 'b', 'c'].map((body) => again.seal(body, { signed: false }))
  t.is(stripped[2]?.name, frame[2]?.name)
  timeline.accept(arrivalsOf(stripped, 3))
  t.alike(told, ['a', 'b', 'c'])
})

test('a fork is shown once, by however many roots it comes', (t) => {
  const writer = new Writer(keys)
  const twin = new Writer(keys, writer.identity, writer.chain)
  const both = [writer.seal('m0'), twin.seal('m0 again')]
  const { timeline, told } = story()
  timeline.accept(arrivalsOf(both, 0, 'a'))
  timeline.accept(arrivalsOf(both, 0, 'b'))
  timeline.accept(arrivalsOf(both.toReversed(), 2, 'b'))
  t.alike(told, ['m0', 'm0 again fork'])
})

test('messages stripped of their proof hide no hole', (t) => {
  const writer = new Writer(keys)
  const written = names(5).map((name) => writer.seal(name))
  const again = new Writer(guest, writer.identity, writer.chain)
  const stripped = names(5).map((name) => again.seal(name, { signed: false }))
  const { timeline, told, holes, proven } = story()
  timeline.accept(arrivalsOf([written[0], stripped[3]] as Written[]))
  timeline.accept(arrivalsOf([written[4] as Written], 2))
  timeline.release()
  t.alike(told, ['m0', 'm3 unproven', 'm4'])
  t.alike(proven, [stripped[3]?.name])
  t.alike(holes, ['1-3'])
})

test('a history that is given again, cut anywhere, is not shown again, however long it is', (t) => {
  const writer = new Writer(keys)
  const count = clientLimits.chainMemory + 500
  const frames = Array.from({ length: count / 4 }, (_, i) =>
    writer.frame(...names(4, 4 * i))
  ).flat()
  const { timeline, told } = story()
  timeline.accept(arrivalsOf(frames, 0, 'a'))
  t.is(told.length, frames.length)
  // Frames are cut in the middle: until the next comes nothing proves what ends the first.
  for (let i = 0; i < frames.length; i += 7) {
    timeline.accept(arrivalsOf(frames.slice(i, i + 7), i, 'b'))
  }
  t.is(told.length, frames.length)
})

test('a forged message is shown unproven, moves no chain, and hides no real one', (t) => {
  const writer = new Writer(keys)
  const m0 = writer.seal('m0')
  const forger = new Writer(guest, writer.identity, writer.chain)
  forger.number = 1
  forger.previous = m0.id
  const forged = forger.seal('forged', { signer: crypto.keyPair() })
  const { timeline, told, holes } = story()
  timeline.accept(arrivalsOf([m0, forged]))
  timeline.accept(arrivalsOf([writer.seal('m1'), writer.seal('m2')], 2))
  t.alike(told, ['m0', 'forged unproven', 'm1', 'm2'])
  t.alike(holes, [])
})

test('whatever byte of a page is changed, no wrong word is shown as proven', (t) => {
  const frame = new Writer(keys).frame('m0', 'm1', 'm2')
  const bytes = pageOf(frame, 0)
  let refused = 0
  let unreadable = 0
  const wrong: string[] = []
  for (let at = 0; at < bytes.byteLength; at++) {
    const changed = Uint8Array.from(bytes)
    changed[at] = (changed[at] as number) ^ 0x11
    const { timeline, told } = story()
    try {
      const { storedAt, entries } = decodePage(changed)
      const arrivals = entries.map(({ index, payload }) => ({
        index,
        payload,
        storedAt,
        root: 'a'
      }))
      timeline.accept(arrivals)
      timeline.release()
    } catch {
      refused++
    }
    const genuine = ['m0', 'm1', 'm2', 'm1 unproven', '!NOT_OPENED']
    if (told.some((each) => !genuine.includes(each))) wrong.push(`${at}: ${told.join()}`)
    if (told.includes('!NOT_OPENED')) unreadable++
  }
  t.alike(wrong, [])
  t.ok(refused > 0 && unreadable > 300, `${refused} refused, ${unreadable} unreadable`)
})

test('a gap at one root loses nothing that another still has', (t) => {
  const writer = new Writer(keys)
  const frame = [...writer.frame(...names(4)), ...writer.frame('m4', 'm5')]
  const { timeline, told, holes } = story()
  timeline.forgive() // root a told of a gap
  timeline.accept(arrivalsOf(frame.slice(4), 4, 'a'))
  timeline.accept(arrivalsOf(frame, 0, 'b'))
  t.alike(told.map((each) => each.replace(' late', '')).sort(), names(6))
  timeline.release()
  t.alike(holes, [], 'a gap is not held against the author')
})

test('a gap while messages are held back shows them', (t) => {
  const writer = new Writer(keys)
  const written = names(4).map((name) => writer.seal(name))
  const { timeline, told, holes } = story()
  timeline.accept(arrivalsOf([written[0], written[2]] as Written[]))
  timeline.forgive()
  timeline.accept(arrivalsOf([written[3] as Written], 3))
  timeline.release()
  t.alike(told.map((each) => each.replace(' late', '')).sort(), ['m0', 'm2', 'm3'])
  t.alike(holes, [])
})

test('a cursor goes on with what was shown of each chain', (t) => {
  const writer = new Writer(keys)
  const written = names(8).map((name) => writer.seal(name))
  const before = story()
  before.timeline.accept(arrivalsOf([written[0], written[1], written[4]] as Written[]))
  before.timeline.release()
  t.alike(before.told, ['m0', 'm1', 'm4'])

  const start = { roots: [], chains: before.timeline.mark()() }
  const { timeline, told, holes } = story({ start })
  timeline.accept(arrivalsOf(written.slice(0, 4), 0, 'b'))
  t.alike(told, ['m2 late', 'm3 late'], 'repeats are known, holes are filled')
  timeline.accept(arrivalsOf([written[6] as Written], 6, 'a'))
  t.is(timeline.held, 1, 'and what is missing after the cursor is waited for')
  timeline.accept(arrivalsOf([written[5] as Written], 5, 'b'))
  t.alike(told.slice(2), ['m5', 'm6'])
  t.alike(holes, [])
})

test('what is held back is bounded, and ready at any size', (t) => {
  const writer = new Writer(keys)
  const written = Array.from({ length: clientLimits.heldMessagesMax + 1202 }, (_, i) =>
    writer.seal(`m${i}`)
  )
  const { timeline, told, holes } = story()
  // Root a has lost the first thousand, root b brings them one by one.
  timeline.accept(arrivalsOf(written.slice(1000, 5000), 1000, 'a'))
  t.is(timeline.held, 4000)
  const began = Date.now()
  for (let i = 0; i < 1000; i++) timeline.accept(arrivalsOf([written[i] as Written], i, 'b'))
  t.ok(Date.now() - began < 3000, `took ${Date.now() - began} ms`)
  t.is(told.length, 5000)
  t.alike(holes, [])

  const bounded = story()
  bounded.timeline.accept(arrivalsOf(written.slice(1), 1, 'a'))
  t.is(bounded.timeline.held, 0, 'too much held is shown, with its hole')
  t.alike(bounded.holes, ['0-1'])
  t.is(bounded.told.length, written.length - 1)
})

/** As a member hands them over. */
const directly = (payloads: readonly { payload: Uint8Array }[]): Arrival[] =>
  payloads.map(({ payload }) => ({ payload, index: null, storedAt: null, root: null }))

test('what comes directly is shown at once, and the copy of a root is known', (t) => {
  const writer = new Writer(keys)
  const frame = writer.frame(...names(3))
  const { timeline, told } = story()
  timeline.accept(directly(frame))
  timeline.accept(arrivalsOf(frame))
  t.alike(told, names(3))
  t.is(timeline.held, 0)
})

test('what comes directly waits for what a root still has to give', (t) => {
  const writer = new Writer(keys)
  const [old, late] = [writer.frame(...names(3)), writer.frame(...names(2, 3))]
  const stories = { 'from the start': story(), 'from anywhere': story({ fromStart: false }) }
  for (const [what, { timeline, told, holes }] of Object.entries(stories)) {
    timeline.accept(directly(late))
    t.alike([told.length, timeline.holdsDirect], [0, true], what)
    timeline.accept(arrivalsOf(old))
    t.alike(told, names(5), what)
    t.alike([holes, timeline.holdsDirect], [[], false], what)
  }
})

test('where the reader began in the middle, what a root gives first is first', (t) => {
  const writer = new Writer(keys)
  const [, second, third] = [writer.frame('m0'), writer.frame('m1'), writer.frame('m2')]
  const { timeline, told, holes } = story({ fromStart: false })
  timeline.accept(directly(third))
  timeline.accept(arrivalsOf(second, 1))
  t.alike(told, ['m1', 'm2'])
  t.alike(holes, [], 'what was before is not missed')
})

test('once the wait is over what came directly is shown, and what comes later is late', (t) => {
  const writer = new Writer(keys)
  const [old, late] = [writer.frame(...names(2)), writer.frame('m2')]
  const { timeline, told, holes } = story({ fromStart: false })
  timeline.accept(directly(late))
  timeline.release()
  t.alike(told, ['m2'])
  timeline.accept(arrivalsOf([...old, ...late]))
  t.alike(told, ['m2', 'm0 late', 'm1 late'], 'nothing is lost')
  t.alike(holes, [])
})

test('a gap at a root does not let what comes directly overtake the rest of it', (t) => {
  const writer = new Writer(keys)
  const [first, gone, kept, newest] = names(4).map((name) => writer.frame(name))
  const { timeline, told } = story()
  timeline.accept(arrivalsOf(first as Written[]))
  timeline.forgive()
  timeline.accept(directly(newest as Written[]))
  timeline.accept(arrivalsOf(kept as Written[], 2))
  t.alike(told, ['m0', 'm2', 'm3'])
  t.ok(gone)
})
