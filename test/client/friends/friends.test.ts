// Friends, with real root peers and a private DHT: all four states, one who is killed, what is kept, and a
// client that sleeps.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { Test } from 'brittle'
import HyperDHT from 'hyperdht'
import type { FriendInfo, RootPeerClient } from '../../../src/client/client.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import { formatKey } from '../../../src/protocol/bytes.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { HandDirectory, personOf, signed } from '../helpers/hand-directory.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import { quick, World } from '../helpers/world.ts'

const script = fileURLToPath(new URL('../helpers/published.js', import.meta.url))

/** How friends stood, in the order in which that was told; resolves once one stands so. */
class Told {
  readonly all: FriendInfo[] = []
  readonly #client: RootPeerClient

  constructor(client: RootPeerClient) {
    this.#client = client
    client.friends.on('friend', (friend) => this.all.push(friend))
  }

  async until(is: (friend: FriendInfo) => boolean): Promise<FriendInfo> {
    while (true) {
      const newest = new Map(this.all.map((friend) => [friend.key, friend]))
      const friend = [...newest.values()].find(is)
      if (friend !== undefined) return friend
      await once(this.#client.friends, 'friend')
    }
  }
}

async function person(t: Test, ...args: string[]): Promise<{ key: string; kill: () => void }> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const kill = (): void => void child.kill('SIGKILL')
  t.teardown(
    async () => {
      kill()
      await closed
    },
    { order: 50, force: true }
  )
  const [key] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { key, kill }
}

test('a friend is checked, online, killed with -9, and known to be gone within 20 s', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const ann = await person(t, 'ann', root.key, world.dht.bootstrap[0] ?? '')
  const ben = world.client({ direct: true, roots: [root.key], waits: { friendCheckMs: 2000 } })
  const told = new Told(ben)
  const added = await ben.friends.add('ann')
  t.alike([added.key, added.handle], [ann.key, 'ann'])
  t.ok(['checking', 'online'].includes(added.status))
  const online = await told.until(({ status, direct }) => status === 'online' && direct)
  t.is(online.name, 'ann')
  t.alike((await ben.friends.list())[0]?.status, 'online')

  const killed = Date.now()
  ann.kill()
  const offline = await told.until(({ status }) => status === 'offline')
  const took = Date.now() - killed
  t.ok(took < 20_000, `known after ${took} ms`)
  t.comment(`known to be gone after ${took} ms`)
  t.ok(offline.lastSeen >= killed - 1000 && offline.lastSeen <= Date.now())
  // Not checked at first: there is a connection yet from when ann was looked up.
  const stood = told.all.map(({ status }) => status).filter((each, i, all) => each !== all[i - 1])
  t.alike(stood.slice(-3), ['online', 'checking', 'offline'])
})

test('friends are kept, and who was never seen is unknown', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await tmpFolder(t)
  const options = { direct: true, roots: [root.key], waits: quick, profile }
  const ann = world.client({ direct: true, roots: [root.key], waits: quick })
  await ann.people.publish({ handle: 'ann', name: 'Ann' })
  const nobody = formatKey(HyperDHT.keyPair().publicKey)

  const ben = world.client(options)
  const first = new Told(ben)
  await ben.friends.add('ann')
  await ben.friends.add(nobody)
  await ben.friends.add(ann.author)
  t.is((await ben.friends.list()).length, 2, 'nobody is a friend twice')
  await first.until(({ key, status }) => key === nobody && status === 'unknown')
  await ben.close()
  await ann.close()

  const back = world.client(options)
  const told = new Told(back)
  const listed = await back.friends.list()
  t.alike(
    listed.map(({ key, name, handle }) => [key, name, handle]),
    [
      [ann.author, 'Ann', 'ann'],
      [nobody, null, null]
    ],
    'with what they were known as'
  )
  await told.until(({ key, status }) => key === ann.author && status === 'offline')
  t.is(await back.friends.remove('ann'), true)
  t.is(await back.friends.remove('ann'), false)
  t.is(await back.friends.remove(nobody), true)
  await back.close()
  t.alike(await world.client(options).friends.list(), [])
})

test('a root peer that the friend has named is asked, and a friend who comes back is seen', async (t) => {
  const world = await World.create(t)
  const [hers, his] = [await world.root(), await world.root()]
  const profile = await tmpFolder(t)
  const annOptions = { direct: true, roots: [hers.key], waits: quick, profile, discover: false }
  const ann = world.client(annOptions)
  await ann.people.publish({ handle: 'ann', name: 'Ann' })
  const ben = world.client({ direct: true, roots: [his.key], waits: quick, discover: false })
  const told = new Told(ben)
  await ben.friends.add('ann')
  await told.until(({ status, direct }) => status === 'online' && direct)
  await ann.close()
  await told.until(({ status }) => status === 'offline')
  const back = world.client(annOptions)
  await back.ready()
  // Told by her root peer, long before it would be dialled again.
  const began = Date.now()
  await told.until(({ status, direct }) => status === 'online' && direct)
  t.ok(Date.now() - began < clientLimits.friendRetryMinMs, 'because she was said to be there')
})

test('without a direct way root peers’ word counts, and nobody was seen in the future', async (t) => {
  const world = await World.create(t)
  const keyPair = HyperDHT.keyPair()
  const directory = new HandDirectory()
  const root = await HandRoot.start(t, world.dht, directory.manners)
  const ben = world.client({ direct: false, roots: [root.key], waits: quick })
  const told = new Told(ben)
  const said = directory.said()
  await ben.friends.add(formatKey(keyPair.publicKey))
  await said
  t.is(directory.watched.at(-1)?.identities.length, 1)
  const profile = signed(keyPair, 'ann')
  directory.tell([personOf(keyPair, profile, { online: true, lastSeen: Date.now() * 2 })])
  const online = await told.until(({ status }) => status === 'online')
  t.alike([online.direct, online.name], [false, 'made by hand'])
  directory.tell([personOf(keyPair, profile, { online: false, lastSeen: Date.now() * 2 })])
  const offline = await told.until(({ status }) => status === 'offline')
  t.ok(offline.lastSeen <= Date.now())
  directory.tell([personOf(keyPair, signed(keyPair, 'ann', { sequence: 1 }), { online: true })])
  t.is((await told.until(({ status }) => status === 'online')).name, 'made by hand')
})

test('asleep nobody is looked for; awake friends are checked again', async (t) => {
  const world = await World.create(t)
  const ann = world.client({ direct: true, waits: quick, discover: false })
  await ann.people.publish({ name: 'Ann' })
  const ben = world.client({ direct: true, waits: quick, discover: false })
  const told = new Told(ben)
  await ben.friends.add(ann.author)
  await told.until(({ status }) => status === 'online')
  const search = ben.people.lookup('nobody')
  await ben.suspend()
  t.alike(await search.all, { people: [], leftOut: 0 })
  await told.until(({ status }) => status !== 'online')
  await ben.resume()
  await told.until(({ status }) => status === 'online')
  t.alike((await ben.people.find(ann.author))?.name, 'Ann')
})

test('no more friends than may be', async (t) => {
  const world = await World.create(t)
  const ben = world.client({ direct: false, waits: quick, discover: false })
  for (let i = 0; i < clientLimits.friendsMax; i++) {
    await ben.friends.add(formatKey(HyperDHT.keyPair().publicKey))
  }
  const one = ben.friends.add(formatKey(HyperDHT.keyPair().publicKey))
  await t.exception(one, /192 friends/)
  await t.exception(ben.friends.add('x'.repeat(10_000)), /handle/)
  await t.exception(ben.friends.add('nobody-at-all'), /nobody/)
})
