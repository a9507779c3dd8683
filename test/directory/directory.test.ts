import test from 'brittle'
import { parseHandle } from '../../src/protocol/handle.ts'
import { FindBy } from '../../src/protocol/directory-messages.ts'
import { Counters } from '../../src/counters.ts'
import { Directory } from '../../src/directory/directory.ts'
import { limits } from '../../src/limits.ts'
import { from, hex, openDirectory } from './helpers.ts'
import { DAY, Somebody } from './somebody.ts'

const handle = parseHandle('ann@example.org')
const MONTH = 30 * DAY + 2 * 3_600_000

test('of two profiles the newer one holds, and an older one never comes back', async (t) => {
  const opened = await openDirectory(t)
  const { directory, publish } = opened
  const ann = new Somebody()
  const [first, second, third] = [ann.profile(), ann.profile(), ann.profile()]
  t.is(await publish(second), 'accepted')
  t.is(await publish(second, from(2)), 'accepted', 'the same bytes again, whoever brings them')
  t.is(await publish(first), 'PROFILE_STALE')
  t.is(
    await publish(new Somebody(ann.keyPair).profile({ sequence: 2, listed: false })),
    'PROFILE_STALE'
  )
  t.is(await publish(third), 'accepted')
  t.alike(directory.find(FindBy.identity, ann.identity)[0]?.profile, third)
  t.is(directory.counts.kept, 1)

  const later = await opened.again()
  t.alike(later.directory.find(FindBy.identity, ann.identity)[0]?.profile, third)
  t.is(await later.publish(second), 'PROFILE_STALE', 'after a restart too')
})

test('two at once: one after the other', async (t) => {
  const { directory, publish } = await openDirectory(t)
  const ann = new Somebody()
  const profiles = Array.from({ length: 8 }, () => ann.profile())
  const outcomes = await Promise.all(profiles.map((each) => publish(each)))
  t.alike(new Set(outcomes), new Set(['accepted']))
  t.alike(directory.find(FindBy.identity, ann.identity)[0]?.profile, profiles.at(-1))
  const ben = new Somebody()
  const [older, newer] = [ben.profile(), ben.profile()]
  t.alike(await Promise.all([publish(newer), publish(older)]), ['accepted', 'PROFILE_STALE'])
})

test('withdrawn: nobody is shown, and nothing older is taken', async (t) => {
  const opened = await openDirectory(t)
  const { directory, publish } = opened
  const ann = new Somebody()
  const first = ann.profile({ handle: handle.hash })
  await publish(first)
  t.is(directory.find(FindBy.handle, handle.hash).length, 1)
  const withdrawn = ann.profile({ handle: handle.hash, withdrawn: true })
  t.is(await publish(withdrawn), 'accepted')
  t.is(await publish(withdrawn), 'accepted', 'said again')
  t.is(await publish(first), 'PROFILE_STALE')
  t.alike(directory.find(FindBy.handle, handle.hash), [])
  t.is(directory.find(FindBy.identity, ann.identity)[0]?.profile, null)
  t.alike(directory.list(null, 64), { people: [], end: true })

  const later = await opened.again()
  t.is(await later.publish(first), 'PROFILE_STALE')
  t.is(later.directory.find(FindBy.identity, ann.identity)[0]?.profile, null)
  later.clock.now += MONTH
  t.alike(later.directory.find(FindBy.identity, ann.identity), [], 'and then it is forgotten')
  t.is(later.directory.counts.kept, 0)
  const last = await later.again()
  t.is(last.directory.counts.kept, 0, 'for good')
})

test('a profile goes when its time is over, and its sequence is remembered', async (t) => {
  const opened = await openDirectory(t)
  const { directory, publish, clock } = opened
  const ann = new Somebody()
  const older = ann.profile({ validUntil: clock.now + 30 * DAY })
  const short = ann.profile({ handle: handle.hash, validUntil: clock.now + DAY })
  await publish(short)
  clock.now += DAY
  t.is(directory.find(FindBy.identity, ann.identity)[0]?.profile, null)
  t.alike(directory.find(FindBy.handle, handle.hash), [])
  t.is(directory.counts.listed, 0)
  t.is(await publish(short), 'PROFILE_EXPIRED')
  t.is(await publish(older), 'PROFILE_STALE', 'one that would still hold')
  const later = await opened.again()
  t.is(await later.publish(older), 'PROFILE_STALE')
  clock.now += 29 * DAY + 2 * 3_600_000
  t.alike(later.directory.find(FindBy.identity, ann.identity), [])
  t.is(await later.publish(older), 'PROFILE_EXPIRED', 'none that could hold is left')
})

test('times that make no sense, and a clock that jumps', async (t) => {
  const { directory, publish, clock } = await openDirectory(t)
  const ann = new Somebody()
  t.is(await publish(ann.profile({ validUntil: clock.now })), 'PROFILE_EXPIRED')
  t.is(await publish(ann.profile({ validUntil: 0 })), 'PROFILE_EXPIRED')
  t.is(await publish(ann.profile({ validUntil: clock.now + 31 * DAY })), 'BAD_PROFILE')
  t.is(await publish(ann.profile({ validUntil: Number.MAX_SAFE_INTEGER })), 'BAD_PROFILE')
  t.is(await publish(ann.profile()), 'accepted')
  clock.believed = clock.now
  clock.now += 365 * DAY
  t.is(directory.counts.listed, 1)
  t.is(directory.list(null, 64).people.length, 1, 'nothing is let go of by a clock that is wrong')
})

test('a handle has a bounded number of claimants, and no address has all the places', async (t) => {
  const { directory, publish } = await openDirectory(t)
  const claim = (address: number): Promise<string> =>
    publish(new Somebody().profile({ handle: handle.hash }), from(address))
  const one = await Promise.all(Array.from({ length: 20 }, () => claim(1)))
  t.is(one.filter((each) => each === 'accepted').length, limits.claimantsPerAddress)
  t.is(one.filter((each) => each === 'DIRECTORY_FULL').length, 20 - limits.claimantsPerAddress)
  const ann = new Somebody()
  t.is(await publish(ann.profile({ handle: handle.hash }), from(2)), 'accepted', 'from elsewhere')
  const rest = await Promise.all(Array.from({ length: 100 }, (_, i) => claim(3 + i)))
  t.is(
    rest.filter((each) => each === 'accepted').length,
    limits.claimantsMax - limits.claimantsPerAddress - 1
  )
  const found = directory.find(FindBy.handle, handle.hash)
  t.is(found.length, limits.claimantsMax)
  t.ok(found.some(({ identity }) => hex(identity) === hex(ann.identity)))
  t.is(
    await publish(ann.profile({ handle: handle.hash }), from(2)),
    'accepted',
    'who is there may go on'
  )
  t.is(await publish(ann.profile({ handle: null }), from(2)), 'accepted')
  t.is(await claim(200), 'accepted', 'the place is free')
  t.is(directory.counts.kept, limits.claimantsMax + 1)
})

test('ten thousand claimants of one handle come to nothing but sixty-four', async (t) => {
  const { directory, publish } = await openDirectory(t)
  const ann = new Somebody()
  await publish(ann.profile({ handle: handle.hash }), from(1))
  let refused = 0
  for (let round = 0; round < 100; round++) {
    const claims = Array.from({ length: 100 }, (_, i) =>
      publish(new Somebody().profile({ handle: handle.hash }), from(2 + ((round * 100 + i) % 50)))
    )
    for (const each of await Promise.all(claims)) if (each === 'DIRECTORY_FULL') refused++
  }
  t.is(refused, 10_000 - limits.claimantsMax + 1)
  const found = directory.find(FindBy.handle, handle.hash)
  t.is(found.length, limits.claimantsMax)
  t.alike(found[0]?.identity, ann.identity, 'who was there first is first')
})

test('the directory, an address and a holder have their bounds, and others have room', async (t) => {
  const { directory, publish } = await openDirectory(t, { most: 400 })
  const fill = async (count: number, founder: ReturnType<typeof from>): Promise<number> => {
    const each = Array.from({ length: count }, () => publish(new Somebody().profile(), founder))
    return (await Promise.all(each)).filter((told) => told === 'accepted').length
  }
  t.is(await fill(80, from(1)), 64, 'one holder')
  t.is(await fill(80, from(2, 1)), 36, 'one address: a quarter')
  for (const holder of [3, 4, 5, 6]) await fill(80, from(holder))
  t.is(directory.counts.kept, 356)
  t.is(await fill(80, from(7)), 44, 'all of them')
  t.is(await fill(1, from(8)), 0)
  t.is(directory.counts.kept, 400)
})

test('those who are listed come in pages, in the order of their identities', async (t) => {
  const opened = await openDirectory(t)
  const people = Array.from({ length: 150 }, () => new Somebody())
  await Promise.all(
    people.map((each, i) => opened.publish(each.profile({ listed: i % 3 !== 0 }), from(i)))
  )
  const expected = people
    .filter((_, i) => i % 3 !== 0)
    .map(({ identity }) => hex(identity))
    .sort()
  for (const { directory } of [opened, await opened.again()]) {
    const seen: string[] = []
    let after = null
    for (let end = false; !end;) {
      const page = directory.list(after, 30)
      seen.push(...page.people.map(({ identity }) => hex(identity)))
      after = page.people.at(-1)?.identity ?? null
      end = page.end
    }
    t.alike(seen, expected)
    t.alike(directory.counts, { kept: 150, listed: 100, here: 0 })
  }
})

test('who is here, and when they were seen last, through a restart', async (t) => {
  const opened = await openDirectory(t)
  const { directory, publish, clock } = opened
  const ann = new Somebody()
  const stateOf = (of = directory) => {
    const [person] = of.find(FindBy.identity, ann.identity)
    return [person?.online, person?.lastSeen]
  }
  directory.attend(ann.identity)
  t.is(directory.find(FindBy.identity, ann.identity)[0]?.online, true, 'without a profile too')
  await publish(ann.profile())
  directory.attend(ann.identity)
  directory.leave(ann.identity)
  t.is(stateOf()[0], true, 'another connection is there still')
  clock.now += DAY / 2
  const seen = clock.now - (clock.now % limits.seenMs)
  directory.leave(ann.identity)
  clock.now += 5 * limits.seenMs
  t.alike(stateOf(), [false, seen])
  directory.leave(ann.identity)
  t.is(directory.counts.here, 0)
  const later = await opened.again()
  t.alike(stateOf(later.directory), [false, seen])
})

test('who was here when the process was killed was seen at that time', async (t) => {
  const { directory, publish, clock, store } = await openDirectory(t)
  const ann = new Somebody()
  directory.attend(ann.identity)
  await publish(ann.profile({ validUntil: clock.now + 30 * DAY }))
  const stateAfter = async () => {
    const { now } = clock
    const most = 1
    const counters = new Counters()
    const killed = await Directory.open(store, {
      most,
      counters,
      now: () => now,
      believed: () => now
    })
    const [person] = killed.find(FindBy.identity, ann.identity)
    return [person?.online, person?.lastSeen]
  }
  const minute = (): number => clock.now - (clock.now % limits.seenMs)
  t.alike(await stateAfter(), [false, minute()])
  clock.now += DAY
  await directory.flush()
  t.alike(await stateAfter(), [false, minute()], 'to half a minute')
})
