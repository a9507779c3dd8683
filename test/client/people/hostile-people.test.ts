// Those who claim what is not theirs: squatters on the DHT and at a root peer, profiles that are forged,
// expired or rolled back, keys that change, and crowds.

import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import HyperDHT from 'hyperdht'
import type { AuthorKey, PeerKey } from '../../../src/protocol/bytes.ts'
import { formatKey } from '../../../src/protocol/bytes.ts'
import type { Person } from '../../../src/protocol/directory-channel.ts'
import { parseHandle } from '../../../src/protocol/handle.ts'
import { RootPeerError } from '../../../src/protocol/errors.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import { HandleSearch } from '../../../src/client/people/handle-search.ts'
import type { SearchParts } from '../../../src/client/people/handle-search.ts'
import { Pins } from '../../../src/client/people/pins.ts'
import { Register } from '../../../src/client/people/register.ts'
import { Seen } from '../../../src/client/people/seen.ts'
import { waitsOf } from '../../../src/client/waits.ts'
import { HandDirectory, personOf, signed } from '../helpers/hand-directory.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import { quick, World } from '../helpers/world.ts'

const inOrder = (a: string, b: string): number => (a < b ? -1 : 1)
const topicOf = (handle: string): Uint8Array => parseHandle(handle).topic

/** A device made by hand, under an identity, that announces a handle's topic. */
async function squat(t: Test, world: World, handle: string): Promise<HandDirectory> {
  const directory = new HandDirectory()
  const keyPair = HyperDHT.keyPair()
  directory.people = [personOf(keyPair, signed(keyPair, handle))]
  await HandRoot.start(t, world.dht, directory.manners, { keyPair, announce: topicOf(handle) })
  return directory
}

test('a squatter on the topic is shown beside the owner, and never takes the pin', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const ann = world.client({ direct: true, roots: [root.key], waits: quick })
  await ann.people.publish({ handle: 'ann', name: 'Ann' })
  const ben = world.client({ direct: true, roots: [root.key], waits: quick })
  const cy = world.client({ direct: true, roots: [root.key], waits: quick })
  t.is((await ben.people.lookup('ann').all).people[0]?.pinned, true)

  await squat(t, world, 'ann')
  const alarmed = once(ben.people, 'handle-changed')
  const given: string[] = []
  const search = ben.people.lookup('ann')
  for await (const { key } of search) given.push(key)
  const { people } = await search.all
  t.alike([people.length, people[0]?.key, people[0]?.pinned], [2, ann.author, true])
  t.is(given[0], ann.author, 'the one that is pinned comes first')
  t.alike([people[1]?.pinned, people[1]?.alarm], [false, 'HANDLE_CHANGED'])
  const [event] = await alarmed
  t.alike(event, { handle: 'ann', pinned: ann.author, key: people[1]?.key })

  const both = await cy.people.lookup('ann').all
  t.alike(
    both.people.map(({ pinned, alarm }) => [pinned, alarm]),
    [
      [false, null],
      [false, null]
    ],
    'who has pinned nobody is shown both, and nobody is pinned'
  )
  t.alike(await cy.people.pins(), [])
  const claimed: unknown = await cy.friends.add('ann').catch((err: unknown) => err)
  t.ok(claimed instanceof RootPeerError)
  const { code, got } = claimed as RootPeerError
  t.is(code, 'HANDLE_CLAIMED')
  t.alike((got as string[]).toSorted(inOrder), both.people.map(({ key }) => key).toSorted(inOrder))
  t.is((await ben.friends.add('ann')).key, ann.author, 'the one that is pinned is added')

  const other = people[1]?.key ?? ''
  await t.exception(() => ben.people.pin('ann', other), /another key/)
  t.is(await ben.people.unpin('ann'), true)
  await ben.people.pin('ann', other)
  t.is((await ben.people.lookup('ann').all).people[0]?.key, other, 'only on purpose')
})

test('forged, expired and borrowed profiles are shown by nobody', async (t) => {
  const world = await World.create(t)
  const directory = new HandDirectory()
  const root = await HandRoot.start(t, world.dht, directory.manners)
  const good = HyperDHT.keyPair()
  const now = Date.now()
  /** Somebody else, of whom the root hands over that. */
  const other = (profile: (pair: typeof good) => Uint8Array): Person => {
    const pair = HyperDHT.keyPair()
    return personOf(pair, profile(pair))
  }
  directory.people = [
    personOf(good, signed(good, 'ann')),
    other((pair) => {
      const bytes = signed(pair, 'ann')
      bytes[bytes.byteLength - 1] = (bytes.at(-1) ?? 0) ^ 1
      return bytes
    }),
    other((pair) => signed(pair, 'ann', { validUntil: now - 1 })),
    other((pair) => signed(pair, 'ann', { validUntil: now * 2 })),
    other(() => signed(good, 'ann')),
    other((pair) => signed(pair, 'ann', { withdrawn: true })),
    other(() => new Uint8Array(900))
  ]
  const ben = world.client({ roots: [root.key], waits: quick })
  const { people } = await ben.people.lookup('ann').all
  t.alike(
    people.map(({ key }) => key),
    [formatKey(good.publicKey)]
  )
  for (const { identity } of directory.people.slice(1)) {
    t.is(await ben.people.find(formatKey(identity)), null)
  }

  directory.people = [personOf(good, signed(good, 'other'))]
  t.alike((await ben.people.lookup('ann').all).people, [], 'one who claims another handle')
})

test('a root peer can not roll a profile back, also after a restart', async (t) => {
  const world = await World.create(t)
  const directory = new HandDirectory()
  const root = await HandRoot.start(t, world.dht, directory.manners)
  const ann = HyperDHT.keyPair()
  const now = Date.now()
  const old = signed(ann, 'ann', { sequence: now - 2, fields: { name: 'Old', about: '' } })
  const fresh = signed(ann, 'ann', { sequence: now, fields: { name: 'New', about: '' } })
  directory.people = [personOf(ann, fresh)]
  const profile = (await world.root({ start: false })).storage
  const options = { roots: [root.key], waits: quick, profile }
  const ben = world.client(options)
  const key = formatKey(ann.publicKey)
  t.is((await ben.people.lookup('ann').all).people[0]?.name, 'New')
  directory.people = [personOf(ann, old)]
  t.is(await ben.people.find(key), null)
  t.alike((await ben.people.lookup('ann').all).people, [])
  await ben.close()
  const again = world.client(options)
  t.is(await again.people.find(key), null)
  // Who takes a profile back is not shown by an older one either.
  directory.people = [personOf(ann, signed(ann, 'ann', { sequence: now + 5, withdrawn: true }))]
  t.is(await again.people.find(key), null)
  directory.people = [personOf(ann, fresh)]
  t.is(await again.people.find(key), null)
})

test('a list that does not end, or is out of order, ends with an error', async (t) => {
  const world = await World.create(t)
  const directory = new HandDirectory()
  const root = await HandRoot.start(t, world.dht, directory.manners)
  const people = Array.from({ length: 3 }, () => HyperDHT.keyPair())
    .map((pair) => personOf(pair, signed(pair, 'x')))
    .sort((a, b) => Buffer.compare(a.identity, b.identity))
  const ben = world.client({ roots: [root.key], waits: quick })
  const listed = async (): Promise<number> => {
    let count = 0
    for await (const _ of ben.people.list()) count++
    return count
  }
  directory.people = people
  t.is(await listed(), 3)
  directory.onlist = (send, { request }) => void send.people({ request, people, end: false })
  await t.exception(listed(), /not in order/)
  directory.onlist = (send, { request }) => void send.people({ request, people: [], end: false })
  await t.exception(listed(), /nobody on it/)
})

test('ten thousand claimants: so many are asked, no more, and that others were not is said', async (t) => {
  const seen = new Seen()
  const pins = new Pins(null, seen)
  const own = HyperDHT.keyPair().publicKey as AuthorKey
  const register = new Register({ seen, pins, own, now: Date.now, alarmed: () => {} })
  let [asked, atOnce, most, taken] = [0, 0, 0, 0]
  const parts = {
    network: {
      async *lookup(): AsyncGenerator<PeerKey> {
        for (; taken < 10_000; taken++) yield HyperDHT.keyPair().publicKey as PeerKey
      }
    },
    directories: { answering: () => Promise.resolve([]) },
    persons: {
      acquire: () => {
        asked++
        most = Math.max(most, ++atOnce)
        return { reached: () => new Promise((resolve) => setTimeout(resolve, 5, false)) }
      },
      release: () => atOnce--
    },
    register,
    pins,
    waits: waitsOf()
  } as unknown as SearchParts
  const { people, leftOut } = await new HandleSearch(parts, parseHandle('ann')).all
  t.alike(people, [])
  t.is(asked, clientLimits.lookupStrangersMax)
  t.ok(most <= clientLimits.lookupDialsAtOnce, `${most} at once`)
  t.ok(taken < 1100, `${taken} were looked at`)
  t.ok(leftOut > 900, `${leftOut} left out`)
})

test('a crowd on the topic does not hide one whom a root peer knows, nor the one that is pinned', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const ann = world.client({ direct: true, roots: [root.key], waits: quick })
  const ben = world.client({ direct: true, roots: [root.key], waits: quick })
  await ann.people.publish({ handle: 'ann', name: 'Ann' })
  await ben.people.lookup('ann').all
  const node = world.dht.createNode()
  for (let at = 0; at < 200; at += 25) {
    const crowd = Array.from({ length: 25 }, () => HyperDHT.keyPair())
    await Promise.all(crowd.map((pair) => node.announce(topicOf('ann'), pair, []).finished()))
  }
  const began = Date.now()
  const { people } = await ben.people.lookup('ann').all
  t.alike(
    people.map(({ key, pinned, online }) => [key, pinned, online]),
    [[ann.author, true, true]]
  )
  const cy = world.client({ direct: true, roots: [root.key], waits: { ...quick, searchMs: 3000 } })
  t.is((await cy.people.lookup('ann').all).people[0]?.key, ann.author)
  t.ok(Date.now() - began < 30_000)
})

test('one who answers under his key and floods is hung up on', async (t) => {
  const world = await World.create(t)
  const keyPair = HyperDHT.keyPair()
  const directory = new HandDirectory()
  directory.people = [personOf(keyPair, signed(keyPair, 'ann'))]
  const { announcement = {} } = directory.manners
  let ended: () => void = () => {}
  const cut = new Promise<void>((resolve) => (ended = resolve))
  await HandRoot.start(
    t,
    world.dht,
    {
      announcement,
      onmux: (mux) => {
        mux.stream.once('close', () => ended())
        mux.stream.write(Buffer.alloc(2 * 1024 * 1024))
      }
    },
    { keyPair, announce: topicOf('ann') }
  )
  const ben = world.client({ direct: true, waits: quick, discover: false })
  t.alike((await ben.people.lookup('ann').all).people, [])
  await cut
  t.pass()
})
