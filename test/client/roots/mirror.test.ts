// Native replication of a room's cores, and the mirror that a client keeps by it.

import { once } from 'node:events'
import { cp, rm } from 'node:fs/promises'
import test from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { Room, RootPeerError } from '../../../src/client/client.ts'
import { formatKey, parsePeerKey } from '../../../src/protocol/bytes.ts'
import { decodePage } from '../../../src/protocol/page.ts'
import { openMessage } from '../../../src/protocol/payload.ts'
import { keysOf, parseInvite } from '../../../src/protocol/invite.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { names, readAll, tellAll, World } from '../helpers/world.ts'

/** The bodies in a mirrored core, up to a length, verified block by block on the way here. */
async function bodies(room: Room, core: Hypercore, length: number): Promise<string[]> {
  const keys = keysOf(parseInvite(room.invite))
  const found: string[] = []
  for (let i = 0; i < length; i++) {
    const page = (await core.get(i)) as Uint8Array
    for (const { payload } of decodePage(page).entries) {
      found.push(b4a.toString(openMessage(keys, payload).body))
    }
  }
  return found
}

test('a guest’s mirror holds the room, grows with it, and opens as a plain Hypercore', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const room = await world.client({ roots: [root.key] }).createRoom()
  for (const name of names(5)) await room.send(name)

  const store = new Corestore(await tmpFolder(t))
  t.teardown(() => store.close(), { order: 300, force: true })
  const reader = world.client({ store })
  const mirror = await reader.join(room.invite, { mirror: true })
  const [kept] = await until(
    async () => mirror.mirrored(),
    (cores) => cores.length === 1
  )
  const { core } = kept as NonNullable<typeof kept>
  await until(
    async () => core.length,
    (length) => length >= 5
  )
  t.alike(await bodies(room, core, core.length), names(5))
  t.is(core.writable, false)

  await room.send('live')
  await until(
    async () => core.length,
    (length) => length >= 6
  )
  t.alike(await bodies(room, core, core.length), [...names(5), 'live'])

  await root.stop()
  t.alike(await bodies(room, core, core.length), [...names(5), 'live'], 'without the root')
  await root.start()
  await room.send('after')
  await until(
    async () => core.length,
    (length) => length >= 7
  )
  t.alike(await bodies(room, core, core.length), [...names(5), 'live', 'after'], 'and goes on')
})

test('a mirror that holds more than a restored root lengthens its old core, and nothing comes of it', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const writer = await world.client({ roots: [root.key] }).createRoom()
  for (const name of names(3)) await writer.send(name)
  const copy = `${root.storage}-copy`
  await root.stop()
  await cp(root.storage, copy, { recursive: true })
  await root.start()

  const store = new Corestore(await tmpFolder(t))
  t.teardown(() => store.close(), { order: 300, force: true })
  for (const name of names(3, 3)) await writer.send(name)
  const mirror = await world.client({ store }).join(writer.invite, { mirror: true })
  const [kept] = await until(
    async () => mirror.mirrored(),
    (cores) => cores.length === 1
  )
  const { core } = kept as NonNullable<typeof kept>
  await until(
    async () => core.contiguousLength,
    (length) => length === 6
  )

  await root.stop()
  await rm(root.storage, { recursive: true })
  await cp(copy, root.storage, { recursive: true })
  await root.start({ restored: true })
  // The root's own replicator learns from the mirror that its core was longer once.
  const back = once(mirror, 'presence')
  await back
  await root.stop()
  await root.start()
  const receipt = await writer.send('after')
  t.is(receipt.index, 3, 'numbers go on where the restored log ends')
  t.not(receipt.coreKey, formatKey(core.key), 'in a new core')
  const reader = await world.client().join(writer.invite)
  t.alike(tellAll(await readAll(reader)), [...names(3), 'after'])
})

test('nothing of another room, or of the store, is replicated', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const writer = world.client({ roots: [root.key] })
  const room = await writer.createRoom()
  const other = await writer.createRoom()
  await room.send('this one')
  const receipt = await other.send('not this one')

  const store = new Corestore(await tmpFolder(t))
  t.teardown(() => store.close(), { order: 300, force: true })
  const reader = world.client({ store })
  const mirror = await reader.join(room.invite, { mirror: true })
  const [kept] = await until(
    async () => mirror.mirrored(),
    (cores) => cores.length === 1
  )
  await until(
    async () => kept?.core.length ?? 0,
    (length) => length >= 1
  )
  // The reader asks for the other room's core on the same connection, by its very key.
  const foreign = store.get({ key: parsePeerKey(receipt.coreKey) })
  await foreign.ready()
  for (const peer of kept?.core.core.replicator.peers ?? []) foreign.replicate(peer.protomux)
  for (let i = 0; i < 5; i++) await room.verify(await room.send('a round trip'))
  await until(
    async () => kept?.core.length ?? 0,
    (length) => length >= 6
  )
  t.is(foreign.length, 0)
})

test('a mirror without a place to keep it is an error', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const client = world.client({ roots: [root.key] })
  const { invite } = await client.createRoom()
  const other = world.client()
  const failed = await other.join(invite, { mirror: true }).catch((err: RootPeerError) => err.code)
  t.is(failed, 'NO_PROFILE')
})

/** The first value that will do, looked at again after every turn of the event loop. */
async function until<T>(ask: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask()
    if (good(value)) return value
    await new Promise(setImmediate)
  }
}
