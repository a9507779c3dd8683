// Publishing who we are and finding others, with real root peers and a private DHT: first look-up and pin,
// offline at a root, a list over two roots, changes, withdrawal, and what a restart keeps.

import { once } from 'node:events'
import test from 'brittle'
import type { RootPeerClient } from '../../../src/client/client.ts'
import type { PersonInfo } from '../../../src/client/client.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { quick, World } from '../helpers/world.ts'

test('two who know only each other’s handle find each other, and know each other again', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const ann = world.client({ direct: true, roots: [root.key], waits: quick })
  const ben = world.client({ direct: true, roots: [root.key], waits: quick })
  const published = await ann.people.publish({
    handle: ' Ann@Example.org',
    name: 'Ann',
    about: 'a'
  })
  t.alike(published.stored, [root.key])
  t.is(published.profile.handle, 'ann@example.org')
  t.alike(ann.people.own, published.profile)

  const { people, leftOut } = await ben.people.lookup('ANN@example.ORG').all
  t.is(leftOut, 0)
  t.is(people.length, 1)
  const [found] = people as [PersonInfo]
  t.is(found.key, ann.author)
  t.alike([found.name, found.about, found.handle], ['Ann', 'a', 'ann@example.org'])
  t.alike([found.online, found.direct, found.pinned, found.alarm], [true, true, true, null])
  t.is(found.sequence, published.profile.sequence)
  t.alike(found.roots, [root.key])
  t.alike(
    (await ben.people.pins()).map(({ handle, key }) => [handle, key]),
    [['ann@example.org', ann.author]]
  )
  t.is(await ben.people.code(ann.author), await ann.people.code(ben.author))
  t.not(await ben.people.code(ann.author), await ben.people.code(root.key))

  const byKey = await ben.people.find(ann.author)
  t.alike([byKey?.name, byKey?.direct], ['Ann', true])
})

test('one who is offline is found at a root peer, by who keeps nothing and by who comes back', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await tmpFolder(t)
  const ann = world.client({ direct: true, roots: [root.key], waits: quick, profile })
  await ann.people.publish({ handle: 'ann', name: 'Ann', sealed: true })
  const key = ann.author
  await ann.close()

  const keeps = await tmpFolder(t)
  const ben = world.client({ direct: true, roots: [root.key], waits: quick, profile: keeps })
  const [found] = (await ben.people.lookup('ann').all).people
  t.alike([found?.key, found?.online, found?.direct, found?.pinned], [key, false, false, true])
  t.is(found?.name, 'Ann', 'the handle opens what is sealed')
  t.ok((found?.lastSeen ?? 0) > 0)
  await ben.close()

  // Somebody who knows the key alone sees that there is somebody, and no more.
  const cy = world.client({ direct: true, roots: [root.key], waits: quick })
  t.alike((await cy.people.find(key))?.name, null)

  const back = world.client({ direct: true, roots: [root.key], waits: quick, profile })
  await back.ready()
  t.is(back.people.own?.handle, 'ann', 'what was published is kept')
  await once(back.people, 'published')
  const again = world.client({ direct: true, roots: [root.key], waits: quick, profile: keeps })
  t.alike(
    (await again.people.pins()).map((pin) => pin.key),
    [key]
  )
  const [online] = (await again.people.lookup('ann').all).people
  t.alike([online?.key, online?.online, online?.pinned], [key, true, true])
})

test('only who asked for it is listed, each once over two roots, and changes are told', async (t) => {
  const world = await World.create(t)
  const [one, two] = [await world.root(), await world.root()]
  const publish = async (
    name: string,
    roots: string[],
    listed: boolean
  ): Promise<RootPeerClient> => {
    const client = world.client({ roots, waits: quick, discover: false })
    await client.people.publish({ handle: name, name, listed })
    return client
  }
  await publish('ann', [one.key, two.key], true)
  const ben = await publish('ben', [two.key], true)
  await publish('cy', [one.key], false)
  const me = world.client({ roots: [one.key, two.key], waits: quick, discover: false })
  const names = async (): Promise<string[]> => {
    const all: string[] = []
    for await (const { name, online } of me.people.list()) all.push(`${name} ${online}`)
    return all.toSorted((a, b) => (a < b ? -1 : 1))
  }
  t.alike(await names(), ['ann true', 'ben true'])

  const controller = new AbortController()
  const { signal } = controller
  const watching = me.people.watch({ signal, listed: true, keys: [ben.author] })
  const told = async (): Promise<string> => {
    const { value } = await watching.next()
    return value?.kind === 'person'
      ? `${value.person.name} ${value.person.online}`
      : 'something else'
  }
  t.is(await told(), 'ben true', 'one who is named is told of as he stands')
  await publish('dan', [two.key], true)
  const first = await told() // both that he is listed and that he is here, or one after the other
  if (first !== 'dan true') t.is(await told(), 'dan true')
  await ben.people.publish({ handle: 'ben', name: 'Benjamin', listed: true })
  t.is(await told(), 'Benjamin true')
  controller.abort()
  t.is((await watching.next()).done, true)

  await ben.people.withdraw()
  t.is(ben.people.own, null)
  t.alike(await names(), ['ann true', 'dan true'])
  t.is(await me.people.find(ben.author), null)
})

test('a profile is signed anew before its time is over, and no device rolls back another', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await tmpFolder(t)
  const options = { roots: [root.key], waits: quick, seed: Buffer.alloc(32, 3) }
  const ann = world.client({ ...options, profile })
  const first = await ann.people.publish({ name: 'Ann', days: 3 })
  await ann.close()

  const later = Date.now() + 2.5 * 86_400_000
  const back = world.client({ ...options, profile, now: () => later })
  await back.ready()
  const [{ sequence }] = await once(back.people, 'published')
  t.ok(sequence > first.profile.sequence)
  t.is(back.people.own?.validUntil, later + 3 * 86_400_000)

  // Another device of the same person, whose clock is behind.
  const other = world.client({ ...options, now: () => later - 86_400_000 })
  const { stored, refused } = await other.people.publish({ name: 'Old' })
  t.alike(stored, [])
  t.alike(
    refused.map(({ error }) => error.code),
    ['PROFILE_STALE']
  )
})

test('what can not be published is refused before anything is kept', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const ann = world.client({ roots: [root.key], waits: quick })
  const code = async (options: object): Promise<unknown> =>
    ann.people.publish(options).then(
      () => null,
      (err: { code: string }) => err.code
    )
  t.is(await code({ handle: 'x'.repeat(10_000) }), 'BAD_HANDLE')
  t.is(await code({ handle: 'a b' }), 'BAD_HANDLE')
  t.is(await code({ name: 'x'.repeat(10_000) }), 'BAD_PROFILE')
  t.is(await code({ days: 31 }), 'BAD_PROFILE')
  t.is(await code({ days: 0.5 }), 'BAD_PROFILE')
  t.is(await code({ sealed: true }), 'BAD_PROFILE')
  t.is(ann.people.own, null)
  await t.exception(async () => ann.people.lookup('x'.repeat(10_000)), /handle/)
  await t.exception(() => ann.people.find('not a key'), /key/)
})
