// The steps of a room, as fast-check commands: each does the same to the model and to the real thing, and
// says where they differ. What a step is about is chosen when it runs, so that every row of steps is legal.

import { strict as assert } from 'node:assert'
import * as fc from 'fast-check'
import type { AsyncCommand } from 'fast-check'
import b4a from 'b4a'
import { mapKey } from '../../src/protocol/bytes.ts'
import type { CoreKey } from '../../src/protocol/bytes.ts'
import type { RoomRig } from './helpers/room-rig.ts'
import type { RoomModel } from './room-model.ts'

type Step = AsyncCommand<RoomModel, RoomRig>
type Run = (model: RoomModel, rig: RoomRig) => Promise<void>

const unknownKey = b4a.alloc(32, 9) as CoreKey

/** A step of this kind, that shows what it was made of. */
function step<T>(name: string, of: fc.Arbitrary<T>, run: (of: T) => Run): fc.Arbitrary<Step> {
  return of.map((value) => ({
    check: () => true,
    async run(model, rig) {
      await run(value)(model, rig)
      await agree(model, rig)
    },
    toString: () => `${name}(${JSON.stringify(value)})`
  }))
}

const frames = fc.array(
  fc.record({
    lengths: fc.array(fc.oneof({ weight: 5, arbitrary: fc.nat(40) }, fc.nat(30_000)), {
      minLength: 1,
      maxLength: 6
    }),
    resume: fc.boolean(),
    /** Now and then a frame of many messages. */
    times: fc.constantFrom(1, 1, 1, 40)
  }),
  { minLength: 1, maxLength: 5 }
)
type Frames = typeof frames extends fc.Arbitrary<infer T> ? T : never

export const steps: fc.Arbitrary<Step>[] = [
  step('append', frames, (given) => (model, rig) => appendAll(model, rig, given)),
  step('append', frames, (given) => (model, rig) => appendAll(model, rig, given)),
  step('break off', fc.tuple(frames, fc.nat(4)), ([given, turns]) => async (model, rig) => {
    const sent = send(model, rig, given)
    for (let i = 0; i < turns; i++) await new Promise(setImmediate)
    await rig.member.vanish()
    await rig.connect()
    await findOut(model, rig, sent)
  }),
  step('stop', frames, (given) => async (model, rig) => {
    const sent = send(model, rig, given)
    await rig.stop()
    await rig.start()
    await findOut(model, rig, sent)
  }),
  step('come again', fc.constant(null), () => async (model, rig) => {
    const before = rig.member
    await rig.connect()
    assert.equal(await before.denied(), 'SUPERSEDED')
    model.begin()
  }),
  step('disk', fc.boolean(), (full) => async (model, rig) => {
    if (model.full !== full) await rig.setFull(full)
    model.full = full
  }),
  step('retain', fc.nat(1000), (share) => async (model, rig) => {
    const messages = Math.floor(((model.next - model.kept.oldest) * share) / 1000)
    if (messages === 0) return
    model.keep(messages)
    await rig.retain({ ageMs: 0, bytes: 0, messages })
  }),
  step('expire', fc.boolean(), (restart) => async (model, rig) => {
    rig.now += 2000
    model.keep(0)
    await rig.retain({ ageMs: 1000, bytes: 0, messages: 0 })
    if (!restart) return
    await rig.stop()
    await rig.start()
    model.begin()
  }),
  step('copy', fc.constant(null), () => async (model, rig) => {
    await rig.stop()
    model.copies.push({ name: rig.copy(), kept: model.copy() })
    await rig.start()
    model.begin()
  }),
  step('restore', fc.nat(3), (which) => async (model, rig) => {
    const copy = model.copies.at(-1 - which)
    if (copy === undefined) return
    await rig.stop()
    rig.setBack(copy.name, 'all')
    model.kept = { ...structuredClone(copy.kept), generation: copy.kept.generation + 1 }
    await rig.start({ restored: true })
    model.begin()
  }),
  step('set back unnoticed', fc.nat(3), (which) => setBackUnnoticed(which)),
  step('follow', fc.nat(400), (from) => async (model, rig) => {
    const [oldest] = model.followed.keys()
    if (oldest !== undefined && model.followed.size > 3) {
      rig.member.send.stop({ stream: oldest })
      model.followed.delete(oldest)
    }
    const at = model.resolve(null, from).from
    const stream = model.stream++
    const seen = rig.member.pull({ stream, coreKey: null, from, limit: 0, live: true, head: null })
    model.followed.set(stream, { first: at, seen })
  }),
  step(
    'pull',
    fc.record({
      from: fc.nat(1200),
      known: fc.constantFrom('none', 'current', 'first', 'unknown'),
      limit: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(400)),
      more: fc.integer({ min: 1, max: 300 })
    }),
    (given) => (model, rig) => pull(model, rig, given)
  )
]

interface Sent {
  frame: number
  texts: string[]
  resume: boolean
}

function send(model: RoomModel, rig: RoomRig, given: Frames): Sent[] {
  return given.map(({ lengths, resume, times }) => {
    const texts = model.fresh(times === 1 ? lengths : Array.from({ length: times }, () => 8))
    const frame = model.frame++
    rig.member.send.append({ frame, resume, payloads: texts.map((text) => b4a.from(text)) })
    return { frame, texts, resume }
  })
}

async function appendAll(model: RoomModel, rig: RoomRig, given: Frames): Promise<void> {
  for (const { frame, texts, resume } of send(model, rig, given)) {
    const answer = await rig.member.answer(frame)
    const refusal = model.refusal(resume)
    model.refusing = refusal !== null
    if (refusal !== null) {
      assert.deepEqual(answer, { refused: refusal })
      continue
    }
    assert.ok('stored' in answer, `frame ${frame} was refused: ${JSON.stringify(answer)}`)
    const { first, segment } = answer.stored
    const expected = model.append(texts)
    assert.deepEqual([first, segment], [expected, model.kept.segments.length - 1])
  }
}

/** After a break: what the log holds of the frames is the first few of them, whole. */
async function findOut(model: RoomModel, rig: RoomRig, sent: readonly Sent[]): Promise<void> {
  const { next } = rig.member.granted
  const texts = await readFrom(rig, model.next)
  let refusing = model.refusing
  for (const { texts: each, resume } of sent) {
    if (model.full || (refusing && !resume)) continue
    refusing = false
    if (model.next === next) continue
    assert.deepEqual(texts.splice(0, each.length), each, 'a frame that is torn or out of order')
    model.append(each)
  }
  model.begin()
  assert.deepEqual([model.next, texts], [next, []], 'more is stored than was sent')
}

/** The database alone goes back. A reader that holds a newer head proves it, before anybody appends. */
function setBackUnnoticed(which: number): Run {
  return async (model, rig) => {
    const copy = model.copies.at(-1 - which)
    const last = copy?.kept.segments.at(-1)
    const head = last === undefined ? undefined : model.heads.get(last.key)
    if (copy === undefined || last === undefined || head === undefined || model.full) return
    await rig.stop()
    rig.setBack(copy.name, 'database')
    model.kept = { ...structuredClone(copy.kept), generation: model.kept.generation }
    await rig.start()
    model.begin()
    const stream = model.stream++
    const seen = rig.member.pull({
      stream,
      coreKey: b4a.from(last.key, 'hex') as CoreKey,
      from: model.next,
      limit: 0,
      live: false,
      head
    })
    await rig.member.until(() => seen.end, 'the end')
    const now = model.kept.segments.at(-1)
    if (now !== undefined && head.length > copy.kept.blocks) now.generation = 0
  }
}

interface Pulled {
  from: number
  known: string
  limit: number
  more: number
}

async function pull(model: RoomModel, rig: RoomRig, given: Pulled): Promise<void> {
  const { segments } = model.kept
  const key = { none: null, current: segments.at(-1)?.key, first: segments[0]?.key }[given.known]
  const known = given.known === 'unknown' ? mapKey(unknownKey) : (key ?? null)
  const expected = model.resolve(known, given.from)
  const stream = model.stream++
  const coreKey = known === null ? null : (b4a.from(known, 'hex') as CoreKey)
  const { from, limit, more } = given
  const { member } = rig
  const seen = member.pull({ stream, coreKey, from, limit, live: false, head: null })
  // Credit counts from where the reader stands; a page is never cut, and what is gone takes no room.
  let allowed = limit === 0 ? Infinity : expected.from + limit
  while (allowed < model.next) {
    await member.until(() => seen.next >= allowed, `messages up to ${allowed}`)
    const stop = model.pageAfter(allowed - 1)
    assert.equal(seen.next, stop, 'it stops behind the page that used up the credit')
    allowed += more
    member.send.more({ stream, limit: more })
  }
  await member.until(() => seen.end, `the end of a pull from ${from}`)
  assert.deepEqual(seen.asides, expected.asides)
  const first = expected.from < model.next ? model.pageOf(expected.from) : model.next
  assert.deepEqual(seen.numbers, range(first, model.next), 'every number once, in order')
  assert.deepEqual(seen.texts, model.kept.texts.slice(first))
  member.send.stop({ stream })
}

/** The arrays and the real thing hold the same. */
async function agree(model: RoomModel, rig: RoomRig): Promise<void> {
  learn(model, rig)
  const { kept } = model
  for (const { first, seen } of model.followed.values()) {
    await rig.member.until(() => seen.next >= model.next && seen.end, 'what is new, live')
    const from = seen.numbers[0] ?? model.next
    assert.ok(from <= first, 'a follower begins no later than it wanted')
    assert.deepEqual(seen.numbers, range(from, model.next), 'every number once, in order, live')
    assert.deepEqual(seen.texts, kept.texts.slice(from))
  }
  const stream = model.stream++
  const { member } = rig
  const pulled = { coreKey: null, limit: 0, live: false, head: null }
  const seen = member.pull({ stream, from: kept.oldest, ...pulled })
  await member.until(() => seen.end, 'the end of all')
  const [first = model.next] = seen.pages
  assert.ok(first <= kept.oldest || kept.oldest === model.next, 'it begins with the oldest kept')
  assert.deepEqual(seen.texts, kept.texts.slice(first), 'all that is kept, in order')
  assert.deepEqual(seen.numbers, range(first, model.next))
  assert.equal(seen.next, model.next)
  assert.deepEqual(seen.asides, [])
  kept.pages.splice(0, kept.pages.length, ...seen.pages)
  const key = kept.segments.at(-1)?.key ?? ''
  const { head } = seen
  kept.blocks = head?.length ?? kept.blocks
  if (head !== null && head.length > (model.heads.get(key)?.length ?? 0)) model.heads.set(key, head)
  member.send.stop({ stream })
  const told = member.segments.map(({ start, end }) => ({ start, end }))
  const held = kept.segments.map(({ start, end }) => ({ start, end }))
  assert.deepEqual(told, held, 'the same segments')
}

/** Takes note of the keys of segments, which only the real thing knows. */
function learn(model: RoomModel, rig: RoomRig): void {
  for (const [i, { coreKey }] of rig.member.segments.entries()) {
    const segment = model.kept.segments[i]
    if (segment !== undefined) segment.key = mapKey(coreKey)
  }
}

async function readFrom(rig: RoomRig, from: number): Promise<string[]> {
  const stream = 1_000_000 + from
  const seen = rig.member.pull({ stream, coreKey: null, from, limit: 0, live: false, head: null })
  await rig.member.until(() => seen.end, 'the end of what is new')
  rig.member.send.stop({ stream })
  return seen.texts.filter((_, i) => (seen.numbers[i] as number) >= from)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
}
