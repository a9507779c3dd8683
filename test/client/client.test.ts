// A client as an app sets it up: a profile that it keeps, or parts of its own that it hands in.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import Corestore from 'corestore'
import Hyperswarm from 'hyperswarm'
import type { RootPeerError } from '../../src/client/client.ts'
import { clientLimits } from '../../src/client/limits.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { names, readAll, sendEach, tell, tellAll, World } from './helpers/world.ts'

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (err: RootPeerError) => err.code
  )

test('a profile keeps the identity, a client without one is somebody new each time', async (t) => {
  const world = await World.create(t)
  const profile = join(await tmpFolder(t), 'profile')
  const first = world.client({ profile })
  await first.ready()
  const { author } = first
  await first.close()
  const second = world.client({ profile })
  await second.ready()
  t.is(second.author, author)
  const other = world.client()
  await other.ready()
  t.not(other.author, author)

  const seed = new Uint8Array(32).fill(9)
  const [one, two] = [world.client({ seed }), world.client({ seed })]
  await Promise.all([one.ready(), two.ready()])
  t.is(one.author, two.author, 'a seed is an identity')
})

test('a profile keeps the place in each room', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = join(await tmpFolder(t), 'profile')
  const writer = await world.client({ roots: [root.key] }).createRoom()
  const other = await world.client({ roots: [root.key] }).createRoom()
  await sendEach(writer, names(5))
  await sendEach(other, names(2, 0, 'o'))

  for (const [expected, more] of [
    [names(5), names(3, 5)],
    [names(3, 5), []]
  ] as const) {
    const client = world.client({ profile })
    const room = await client.join(writer.invite)
    t.alike(tellAll(await readAll(room)), expected)
    t.alike(tellAll(await readAll(room)), [], 'read, and not again')
    await client.close()
    await sendEach(writer, more)
  }
  const client = world.client({ profile })
  t.alike(tellAll(await readAll(await client.join(writer.invite), { from: 0 })), names(8))
  t.alike(tellAll(await readAll(await client.join(other.invite))), names(2, 0, 'o'))
})

test('the message event goes on where the profile left off', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = join(await tmpFolder(t), 'profile')
  const writer = await world.client({ roots: [root.key] }).createRoom()
  await sendEach(writer, names(2))
  const first = world.client({ profile })
  t.is((await readAll(await first.join(writer.invite))).length, 2)
  await first.close()
  await sendEach(writer, names(3, 2))

  const room = await world.client({ profile }).join(writer.invite)
  const seen: string[] = []
  room.on('message', (message) => seen.push(tell(message)))
  while (seen.length < 3) await once(room, 'message')
  t.alike(seen, names(3, 2))
})

test('two processes do not share a profile', async (t) => {
  const world = await World.create(t)
  const profile = join(await tmpFolder(t), 'profile')
  const holder = spawn(process.execPath, [
    fileURLToPath(new URL('./helpers/profile-holder.js', import.meta.url)),
    profile
  ])
  const gone = once(holder, 'close')
  t.teardown(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  const client = world.client({ profile })
  t.is(await code(client.ready()), 'PROFILE_LOCKED')
  t.is(await code(client.createRoom()), 'PROFILE_LOCKED')
  await client.close()

  holder.kill('SIGKILL')
  await gone
  await t.execution(world.client({ profile }).ready(), 'free again')
})

test("a client on an app's own corestore", async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const store = new Corestore(await tmpFolder(t))
  t.teardown(() => store.close())
  const first = world.client({ store, roots: [root.key] })
  const room = await first.createRoom()
  await sendEach(room, names(2))
  t.is((await readAll(room)).length, 2)
  const { author } = first
  await first.close()

  const core = store.get({ name: "the app's own" })
  await core.append([new Uint8Array(1)]) // the store is still open
  const second = world.client({ store })
  t.is((await readAll(await second.join(room.invite))).length, 0, 'the place was kept')
  t.is(second.author, author)
})

test("a client on an app's own DHT node leaves it running", async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const dht = world.dht.createNode()
  const client = world.client({ dht, roots: [root.key] })
  const room = await client.createRoom()
  await sendEach(room, names(3))
  await client.close()
  t.absent(dht.destroyed)
  const again = await world.client({ dht }).join(room.invite)
  t.alike(tellAll(await readAll(again)), names(3))
})

test("a client on an app's own swarm uses its key and its connections", async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const swarm = new Hyperswarm({ dht: world.dht.createNode() })
  t.teardown(() => swarm.destroy(), { order: 150 })
  const connected = once(root.peer, 'peer-connected')
  const client = world.client({ swarm, roots: [root.key] })
  const room = await client.createRoom()
  await sendEach(room, names(3))
  const [{ peer }] = await connected
  t.alike(Buffer.from(peer), Buffer.from(swarm.keyPair.publicKey))
  t.is(swarm.connections.size, 1)

  const following = room.read({ follow: true })
  for (let i = 0; i < 3; i++) await following.next()
  await root.stop()
  const sent = sendEach(room, names(2, 3))
  await root.start()
  t.alike(await sent, [3, 4])
  t.is(tell((await following.next()).value), 'm3')
  await client.close()
  t.absent(swarm.destroyed)
})

test('what is given wrongly is refused at once', async (t) => {
  const world = await World.create(t)
  await t.exception(() => world.client({ roots: ['not a key'] }), /not a key/)
  await t.exception(() => world.client({ seed: new Uint8Array(5) }), /32 bytes/)
  for (const invite of ['', 'x', 'rp-member-yyyy', 'rp-king-yyyy']) {
    t.is(await code(world.client().join(invite)), 'BAD_INVITE', invite)
  }
})

test('ready and close are idempotent, and close works on what was never opened', async (t) => {
  const world = await World.create(t)
  const client = world.client()
  t.is(client.ready(), client.ready())
  t.is(client.close(), client.close())
  await client.close()
  await world.client().close()
  t.is(await code(client.createRoom()), 'CLOSED')
})

test('asleep and awake again without a pause between, it is awake', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const client = world.client({ roots: [root.key] })
  const room = await client.createRoom()
  await room.send('m0')
  void client.suspend()
  await client.resume()
  await room.send('m1')
  void client.suspend()
  void client.resume()
  void client.suspend()
  await client.resume()
  await room.send('m2')
  t.alike(tellAll(await readAll(room)), names(3))
})

test('closed while it falls asleep, it is closed, and says so', async (t) => {
  const world = await World.create(t)
  const client = world.client({ profile: join(await tmpFolder(t), 'profile') })
  const { invite } = await client.createRoom()
  await client.suspend()
  const found = Date.now()
  await client.createRoom()
  t.ok(Date.now() - found < clientLimits.findMs / 2, 'asleep, no root peer is waited for')
  await client.resume()
  const asleep = client.suspend()
  await client.close()
  await asleep
  await client.suspend()
  await client.resume()
  t.is(await code(client.join(invite)), 'CLOSED')
  t.is(await code(client.createRoom()), 'CLOSED')
  t.is(await code(client.connect()), 'CLOSED')
})

test('what could not open gives its profile back', async (t) => {
  const world = await World.create(t)
  const profile = join(await tmpFolder(t), 'profile')
  const failing = world.client({ profile, bootstrap: ['no node'] })
  await t.exception(failing.ready())
  t.is(await code(world.client({ profile }).ready()), 'no error')
})
