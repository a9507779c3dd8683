// What a client with a profile sends without a root peer: kept, and sent on by whoever opens the profile.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { Test } from 'brittle'
import Corestore from 'corestore'
import { parseInvite, printInvite } from '../../../src/client/client.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import type {
  ReadMessage,
  Room,
  RootPeerClient,
  RootPeerError
} from '../../../src/client/client.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import { names, readAll, tellAll, World } from '../helpers/world.ts'
import type { Item } from '../helpers/world.ts'

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (err: RootPeerError) => err.code
  )

interface Scene {
  world: World
  profile: string
  /** Opens the profile anew; `room` names a root peer that may be away. */
  open: () => Promise<{ client: RootPeerClient; room: Room }>
}

async function scene(t: Test, roots: readonly string[], world?: World): Promise<Scene> {
  const own = world ?? (await World.create(t))
  const profile = join(await tmpFolder(t), 'profile')
  const { invite } = await own.client().createRoom({ roots })
  const open = async () => {
    const client = own.client({ profile })
    return { client, room: await client.join(invite) }
  }
  return { world: own, profile, open }
}

async function unsent(room: Room, count: number): Promise<void> {
  while (room.unsent().length > count) await once(room, 'stored')
}

const chains = (items: readonly Item[]): string[] => [
  ...new Set(items.map((item) => (item as ReadMessage).chain))
]

test('what was posted without a network is stored after a restart, once, in one chain', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const { open } = await scene(t, [root.key], world)
  await root.stop()

  const first = await open()
  const queued: string[] = []
  first.room.on('queued', ({ ids, kept }) => queued.push(...ids.map((id) => `${id} ${kept}`)))
  const posted = await Promise.all(names(3).map((name) => first.room.post(name)))
  t.alike(
    queued,
    posted.map(({ id }) => `${id} true`)
  )
  const lost = code((posted[0] as (typeof posted)[0]).stored)
  const late = code(first.room.send('m3'))
  await first.client.close()
  t.is(await lost, 'CLOSED')
  t.is(await late, 'CLOSED')

  const second = await open()
  t.alike(
    second.room.unsent().map(({ body }) => Buffer.from(body).toString()),
    names(4),
    'also what was handed over in the last moment'
  )
  t.is(second.room.chain.next, 4)
  const more = second.room.send('m4')
  await root.start()
  t.is((await more).index, 4)
  t.alike(second.room.unsent(), [])
  const items = await readAll(second.room, { from: 0 })
  t.alike(tellAll(items), names(5))
  t.is(chains(items).length, 1)
  await second.client.close()

  const third = await open()
  t.alike(third.room.unsent(), [])
  t.is((await third.room.send('m5')).index, 5)
  t.is(chains(await readAll(third.room, { from: 0 })).length, 1)
})

test('whoever posts is told the id at once, however many post and wherever it is kept', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const { open } = await scene(t, [root.key], world)
  const { room } = await open()
  for (const each of [room, await world.client().join(room.invite)]) {
    const posted = await Promise.all(names(300).map((name) => each.post(name)))
    const receipts = await Promise.all(posted.map(({ stored }) => stored))
    t.alike(
      receipts.map(({ id }) => id),
      posted.map(({ id }) => id)
    )
  }
  const far = code(room.post('x', { acks: 2 }).then(({ stored }) => stored))
  t.is(await far, 'FEW_ACKS', 'there is one root peer only')
})

test('what was stored without an answer before the restart is not stored again', async (t) => {
  const world = await World.create(t)
  const hand = await HandRoot.start(t, world.dht)
  const { open } = await scene(t, [hand.key], world)
  hand.store([new Uint8Array(100)])
  const first = await open()
  let sent = 0
  let all = (): void => {}
  const arrived = new Promise<void>((resolve) => (all = resolve))
  hand.manners.onappend = (session, { payloads }) => {
    if (sent++ < 3) hand.store(payloads, session.peer) // the others are lost
    if (sent === 5) all()
  }
  for (const name of names(5)) {
    await first.room.post(name)
  }
  await arrived
  await first.client.close()

  delete hand.manners.onappend
  const pulls: number[] = []
  hand.manners.onpull = (session, pull) => {
    pulls.push(pull.from)
    hand.serve(session, pull)
  }
  const second = await open()
  await unsent(second.room, 0)
  t.is(hand.next, 6)
  t.alike(pulls, [1], 'looked for where it was first sent, and no earlier')
  await second.client.close()

  hand.store([new Uint8Array(100)])
  const third = await open()
  await third.room.send('m5')
  t.is(pulls.length, 1, 'where nothing is unanswered nobody looks')
  t.alike(
    tellAll(await readAll(third.room)).filter((each) => each.startsWith('m')),
    names(6)
  )
})

test('a room that is left and joined again goes on where it was', async (t) => {
  const world = await World.create(t)
  const hand = await HandRoot.start(t, world.dht)
  const { open } = await scene(t, [hand.key], world)
  const { client, room } = await open()
  await room.send('m0')
  hand.manners.onappend = () => {} // lost
  const { stored } = await room.post('m1')
  const { chain } = room
  room.close()
  t.is(await code(stored), 'CLOSED')
  delete hand.manners.onappend
  const again = await client.join(room.invite)
  t.not(again, room)
  t.alike(again.chain, chain)
  await unsent(again, 0)
  t.alike(tellAll(await readAll(again, { from: 0 })), names(2))
})

test('what only one of two root peers has is brought to the other after a restart', async (t) => {
  const world = await World.create(t)
  const roots = [await world.root(), await world.root()] as const
  const { open } = await scene(
    t,
    roots.map(({ key }) => key),
    world
  )
  await roots[1].stop()
  const first = await open()
  for (const name of names(3)) await first.room.send(name)
  t.alike(
    first.room.unsent().map(({ stored }) => stored),
    [1, 1, 1]
  )
  await first.client.close()

  await roots[0].stop()
  await roots[1].start()
  const second = await open()
  t.is(second.room.unsent().length, 3)
  await unsent(second.room, 0)
  t.alike(tellAll(await readAll(await roomAt(world, second.room, roots[1].key))), names(3))
})

test('a profile that may have gone back in time begins a new chain; what waits keeps its own', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const { open, profile } = await scene(t, [root.key], world)
  await root.stop()
  const first = await open()
  await first.room.post('m0')
  await first.client.close()

  const restored = world.client({ profile, restored: true })
  const room = await restored.join(first.room.invite)
  t.is(room.chain.next, 0)
  await room.post('m1')
  await root.start()
  await unsent(room, 0)
  const items = await readAll(room, { from: 0 })
  t.alike(tellAll(items), names(2))
  t.is(chains(items).length, 2)
})

test('a full outbox is an error at send, also when another run has filled it', async (t) => {
  const { open } = await scene(t, [await deadKey(t)])
  const first = await open()
  const body = new Uint8Array(128 * 1024)
  const most = Math.ceil(clientLimits.outboxBytesMax / body.byteLength) + 1
  const posted = await Promise.all(Array.from({ length: most }, () => code(first.room.post(body))))
  t.alike([...new Set(posted)], ['no error', 'OUTBOX_FULL'])
  const count = first.room.unsent().length
  await first.client.close()

  const second = await open()
  t.is(second.room.unsent().length, count)
  t.is(await code(second.room.post(body)), 'OUTBOX_FULL')
  t.is(await code(second.room.send(body)), 'OUTBOX_FULL')
})

test('a profile that can not be written is told to whoever sends, and nothing is sent', async (t) => {
  const world = await World.create(t)
  const hand = await HandRoot.start(t, world.dht)
  const store = new Corestore(await tmpFolder(t))
  const client = world.client({ store })
  const { invite } = await world.client().createRoom({ roots: [hand.key] })
  const room = await client.join(invite)
  await room.send('m0')
  // The disk is gone as far as this profile can tell.
  await store.storage.db.close({ force: true })
  t.is(await code(room.send('m1')), 'PROFILE_FAILED')
  t.is(await code(room.post('m2')), 'PROFILE_FAILED')
  t.is(hand.appended.length, 1)
})

test('suspended, nothing goes over the network, and what is sent is kept and sent on', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const { open } = await scene(t, [root.key], world)
  const { client, room } = await open()
  const reader = await world.client().join(room.invite)
  const seen: string[] = []
  reader.on('message', ({ body }) => seen.push(Buffer.from(body).toString()))
  await room.send('m0')
  const down = once(client, 'root-disconnected')
  const gone = once(root.peer, 'peer-disconnected')
  await client.suspend()
  await Promise.all([down, gone])

  const { stored } = await room.post('m1')
  t.is(room.unsent().length, 1)
  await client.suspend()
  await client.resume()
  t.is((await stored).index, 1)
  while (seen.length < 2) await once(reader, 'message')
  t.alike(seen, names(2))

  await client.suspend()
  const { stored: later } = await room.post('m2')
  await client.close()
  t.is(await code(later), 'CLOSED')
  const again = await open()
  await unsent(again.room, 0)
  while (seen.length < 3) await once(reader, 'message')
  t.alike(seen, names(3))
})

test('suspended, a client holds no timer', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const script = fileURLToPath(new URL('../helpers/sleeper.js', import.meta.url))
  const [bootstrap = ''] = world.dht.bootstrap
  const child = spawn(process.execPath, [script, await tmpFolder(t), root.key, bootstrap], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const gone = once(child, 'close')
  t.teardown(() => child.kill('SIGKILL'), { order: 100, force: true })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { awake, asleep, index } = JSON.parse(line.toString()) as Record<string, number>
  t.ok((awake ?? 0) > 0, 'awake it does')
  t.is(asleep, 0)
  t.is(index, 1, 'and it goes on')
  await gone
})

/** The key of a root peer that nobody has. */
async function deadKey(t: Test): Promise<string> {
  const world = await World.create(t)
  const root = await world.root()
  await root.stop()
  return root.key
}

/** A room as a client sees it that knows one root only. */
async function roomAt(world: World, room: Room, root: string): Promise<Room> {
  const invite = { ...parseInvite(room.invite), roots: [] }
  return world.client({ roots: [root] }).join(printInvite(invite))
}
