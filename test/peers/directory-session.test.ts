import { once } from 'node:events'
import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { DIRECTORY_FEATURE } from '../../src/protocol/directory-channel.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { parseHandle } from '../../src/protocol/handle.ts'
import { parseTicket } from '../../src/protocol/ticket.ts'
import { limits } from '../../src/limits.ts'
import { DAY, Somebody } from '../directory/somebody.ts'
import { createPeers, createWorld } from './helpers.ts'
import type { PeersWorld } from './helpers.ts'
import { RawPeople } from './raw-people.ts'

const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')
const handle = parseHandle('Ann@Example.org')

const enter = async (world: PeersWorld): Promise<RawPeople> =>
  RawPeople.enter((await world.connect()).peer)

test('over a real connection: published, found by handle and by key, listed, and seen to come and go', async (t) => {
  const world = await createWorld(t)
  const ann = new Somebody()
  const friend = await RawPeople.enter(await world.connect())
  t.alike((await friend.find(handle)).people, [], 'nobody claims it yet')
  const watching = friend.watch([ann.identity])
  t.alike(await friend.changed(watching), [hex(ann.identity)], 'how she stands is told at once')

  const device = await world.connect()
  const hers = await RawPeople.enter(device)
  const profile = ann.profile({ handle: handle.hash })
  t.is(await hers.publish(profile), 'accepted')
  t.alike(await friend.changed(watching), [hex(ann.identity)])
  t.is(await hers.attend(ann), 'accepted')
  t.alike(await friend.changed(watching), [`${hex(ann.identity)}+`], 'she is here')

  const { people, end } = await friend.find(handle)
  t.ok(end)
  t.alike(people[0]?.profile, profile)
  t.alike([people[0]?.identity, people[0]?.online], [ann.identity, true])
  t.alike((await friend.find(ann.identity)).people[0]?.profile, profile)
  const listed = await friend.list()
  t.alike([listed.people.length, listed.end], [1, true])
  t.alike(world.root.people, { kept: 1, listed: 1, here: 1 })

  await device.vanish()
  t.alike(await friend.changed(watching), [hex(ann.identity)], 'she is gone')
  const [gone] = (await friend.find(ann.identity)).people
  t.absent(gone?.online)
  t.ok((gone?.lastSeen ?? 0) > Date.now() - 120_000, 'and was seen just now')
})

test('who brings a profile does not count as whom it names', async (t) => {
  const world = await createPeers(t)
  const ann = new Somebody()
  const { peer: device } = await world.connect()
  const hers = await RawPeople.enter(device)
  const his = await enter(world)
  t.is(await his.publish(ann.profile()), 'accepted', 'anybody may carry one')
  t.is(await his.attend(ann, device), 'BAD_PROOF', 'a proof of another connection')
  t.absent((await his.find(ann.identity)).people[0]?.online)
  t.is(await hers.attend(ann), 'accepted')
  t.is(await hers.attend(ann), 'accepted', 'said again')
  const watching = his.watch([ann.identity])
  t.alike(await his.changed(watching), [`${hex(ann.identity)}+`])
  hers.close()
  t.alike(await his.changed(watching), [hex(ann.identity)], 'the channel is what counts')
})

test('forged, expired, replayed and empty profiles are refused, and too many end the connection', async (t) => {
  const world = await createPeers(t)
  const { peer } = await world.connect()
  const people = await RawPeople.enter(peer)
  const ann = new Somebody()
  const good = ann.profile({ handle: handle.hash })
  const forged = b4a.from(good)
  forged[40] = (forged[40] ?? 0) ^ 1
  t.is(await people.publish(forged), 'BAD_PROFILE')
  t.is(await people.publish(b4a.alloc(0)), 'BAD_PROFILE')
  t.is(await people.publish(b4a.alloc(wireLimits.profileBytesMax)), 'BAD_PROFILE')
  t.is(await people.publish(ann.profile({ validUntil: Date.now() - 1 })), 'PROFILE_EXPIRED')
  t.is(await people.publish(ann.profile({ validUntil: Date.now() + 40 * DAY })), 'BAD_PROFILE')
  const newer = ann.profile({ handle: handle.hash })
  t.is(await people.publish(newer), 'accepted')
  t.is(await people.publish(good), 'PROFILE_STALE', 'replayed')
  t.alike(
    (await people.find(handle)).people.map(({ profile }) => profile),
    [newer]
  )
  t.is(world.directory.counts.kept, 1)

  for (let i = 4; i < limits.strayOpensMax; i++) t.is(await people.publish(forged), 'BAD_PROFILE')
  people.send.publish({ request: people.next(), profile: forged })
  t.is(await peer.cutOff(), 'TOO_MANY')
  t.alike(world.violations, ['TOO_MANY'])
})

test('what is over its bound, out of order or before the hello ends the connection', async (t) => {
  const world = await createPeers(t)
  const attacks: [what: string, code: string, attack: (people: RawPeople) => void][] = [
    [
      'a request that was',
      'UNEXPECTED',
      ({ send }) => {
        send.list({ request: 5, after: null, limit: 1 })
        send.list({ request: 5, after: null, limit: 1 })
      }
    ],
    ['what only a root says', 'UNEXPECTED', ({ send }) => send.accepted({ request: 0 })],
    [
      'a page for nobody',
      'BAD_FRAME',
      ({ send }) => send.list({ request: 0, after: null, limit: 0 })
    ],
    [
      'a search by nothing',
      'BAD_FRAME',
      ({ send }) => send.find({ request: 0, by: 2 as never, key: b4a.alloc(32) })
    ]
  ]
  for (const [what, code, attack] of attacks) {
    const { peer } = await world.connect()
    const people = await RawPeople.enter(peer)
    attack(people)
    t.is(await peer.cutOff(), code, what)
  }
  const { peer } = await world.connect()
  const early = new RawPeople(peer)
  early.send.list({ request: 0, after: null, limit: 1 })
  await peer.closed
  t.pass('before the hello')
})

test('changes are told once, whatever happened meanwhile, and of nobody who was not asked for', async (t) => {
  const world = await createPeers(t)
  const [ann, ben, eve] = [new Somebody(), new Somebody(), new Somebody()]
  const watcher = await enter(world)
  const speaker = await enter(world)
  const named = watcher.watch([ann.identity])
  t.alike(await watcher.changed(named), [hex(ann.identity)])
  for (let i = 0; i < 10; i++) await speaker.publish(ann.profile({ listed: false }))
  await speaker.publish(ben.profile())
  await watcher.changed(named)
  await watcher.list()
  t.ok(watcher.waiting(named) < 3, 'ten changes are one or two')

  const all = watcher.watch([], true)
  const listed = new Set<string>()
  const until = async (size: number): Promise<void> => {
    while (listed.size < size) for (const each of await watcher.changed(all)) listed.add(each)
  }
  await speaker.publish(eve.profile())
  await speaker.publish(ann.profile({ listed: false }))
  await speaker.attend(ben)
  await until(2)
  t.alike([...listed].sort(), [hex(eve.identity), `${hex(ben.identity)}+`].sort())
  await speaker.publish(eve.profile({ listed: false }))
  const { people } = await watcher.take(all, 'changed')
  t.alike(
    people.map(({ identity, profile, lastSeen }) => [hex(identity), profile, lastSeen]),
    [[hex(eve.identity), null, 0]],
    'who is listed no more is nobody to those who watch the list'
  )
  watcher.watch([])
  await speaker.publish(eve.profile())
  await watcher.list()
  t.is(watcher.waiting(all), 0, 'who watches nobody hears nothing')
})

test('who has missed too much is told to list again', async (t) => {
  const world = await createPeers(t)
  const watcher = await enter(world)
  const { directory } = world
  const crowd = limits.listedChangesMax + 100
  const somebody = Array.from({ length: crowd }, () => new Somebody())
  await Promise.all(
    somebody.map((each) => {
      const name = crypto.randomBytes(32)
      return directory.publish(each.profile(), { holder: name, address: name })
    })
  )
  const all = watcher.watch([], true)
  await watcher.list()
  const few = somebody.slice(0, limits.listedChangesMax)
  for (const { identity } of few) directory.attend(identity)
  let told = 0
  while (told < few.length) told += (await watcher.take(all, 'changed')).people.length
  t.is(told, few.length, 'as many as are remembered are told one by one')
  for (const { identity } of few) directory.leave(identity)
  for (const { identity } of somebody.slice(few.length)) directory.attend(identity)
  t.is((await watcher.answer(all)).name, 'reset')
  let [seen, after, end] = [0, null as Uint8Array | null, false]
  while (!end) {
    const page = await watcher.list(after as never)
    seen += page.people.length
    after = page.people.at(-1)?.identity ?? null
    end = page.end
  }
  t.is(seen, crowd)
})

test('a peer that asks and does not listen costs the root what it may have in its output', async (t) => {
  const world = await createPeers(t)
  const { directory } = world
  await Promise.all(
    Array.from({ length: 64 }, () =>
      directory.publish(
        new Somebody().profile({ fields: { name: 'n'.repeat(128), about: 'a'.repeat(256) } }),
        { holder: crypto.randomBytes(32), address: crypto.randomBytes(32) }
      )
    )
  )
  const { peer, ours } = await world.connect()
  const people = await RawPeople.enter(peer)
  await people.list()
  peer.stream.pause()
  for (let i = 0; i < 1000; i++) {
    people.send.list({ request: people.next(), after: null, limit: 64 })
  }
  const watcher = await enter(world)
  await watcher.list()
  const waiting = ours._writableState.buffered
  t.ok(waiting < limits.connectionOutputBytesMax + 200_000, `${waiting} bytes wait`)
  peer.stream.resume()
  const code = await peer.cutOff()
  t.is(code, 'TOO_MANY', 'and with too many questions it is sent away')
})

test('signatures are checked at a pace, whoever else may go on', async (t) => {
  let now = Date.now()
  const world = await createPeers(t, { now: () => now })
  const keyPair = crypto.keyPair()
  const people = await RawPeople.enter((await world.connect(keyPair)).peer)
  const most = limits.checksPerSecond * limits.checksBurstS
  const ann = new Somebody()
  const profile = ann.profile({ validUntil: now + DAY })
  const outcomes: string[] = []
  for (let i = 0; i < most + 1; i++) outcomes.push(await people.publish(profile))
  t.is(outcomes.indexOf('RATE_LIMITED'), most)
  const same = await RawPeople.enter((await world.connect(keyPair)).peer)
  t.is(await same.publish(profile), 'RATE_LIMITED', 'on another connection too')
  const other = await enter(world)
  t.is(await other.publish(profile), 'accepted')
  now += 1000
  t.is(await people.publish(profile), 'accepted', 'a moment later')
})

test('with tickets, publishing needs one and finding does not', async (t) => {
  const world = await createWorld(t, { access: 'tickets' })
  const peer = await world.connect()
  const announcement = await peer.greet()
  t.alike(
    [announcement.ticketNeeded, announcement.features.includes(DIRECTORY_FEATURE)],
    [true, true]
  )
  const people = new RawPeople(peer)
  const ann = new Somebody()
  t.is(await people.publish(ann.profile()), 'TICKET_NEEDED')
  t.alike((await people.list()).people, [])
  const ticket = await world.root.access.tickets.create('ann', {
    create: true,
    rooms: null,
    bytes: null,
    messagesPerDay: null,
    expiresAt: null
  })
  peer.presentTicket(parseTicket(ticket))
  await peer.ticketed.take()
  t.is(await people.publish(ann.profile()), 'accepted')
})

test('with a full disk nothing is taken, and what is there is found', async (t) => {
  let free = 1e12
  const world = await createPeers(t, { freeBytes: () => Promise.resolve(free), diskCheckMs: 10 })
  const people = await enter(world)
  const ann = new Somebody()
  const profile = ann.profile()
  t.is(await people.publish(profile), 'accepted')
  free = 0
  await once(world.store, 'read-only')
  t.is(await people.publish(ann.profile()), 'DISK_FULL')
  t.is(await people.publish(profile), 'accepted', 'it is kept already')
  t.alike((await people.find(ann.identity)).people[0]?.profile, profile)
  t.is(await people.attend(ann), 'accepted')
  free = 1e12
  await once(world.store, 'writable')
  t.is(await people.publish(ann.profile()), 'accepted')
})

test('without a directory none is announced, and none is there', async (t) => {
  const world = await createWorld(t, { directoryMax: 0 })
  const peer = await world.connect()
  const { features } = await peer.greet()
  t.absent(features.includes(DIRECTORY_FEATURE))
  t.is(world.root.people, null)
  const people = new RawPeople(peer)
  people.send.list({ request: 0, after: null, limit: 1 })
  const room = await world.connect()
  await room.greet()
  t.is(people.waiting(0), 0)
})
