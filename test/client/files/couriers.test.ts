// The files of a room that lives on two root peers: what is put at one of them comes to the other.

import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import type { Room } from '../../../src/client/client.ts'
import { parseInvite, printInvite } from '../../../src/protocol/invite.ts'
import { emptyStorage } from '../../helpers/emptied.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { quick, World } from '../helpers/world.ts'
import type { TestRoot } from '../helpers/world.ts'

interface Scene {
  world: World
  roots: [TestRoot, TestRoot]
  room: Room
}

async function open(t: Test): Promise<Scene> {
  const world = await World.create(t)
  const roots: [TestRoot, TestRoot] = [await world.root(), await world.root()]
  const client = world.client({ waits: quick })
  const room = await client.createRoom({ roots: roots.map(({ key }) => key) })
  return { world, roots, room }
}

/** The room as one root alone has it. */
function at({ world, room }: Scene, root: TestRoot): Promise<Room> {
  const invite = printInvite({ ...parseInvite(room.invite), roots: [] })
  return world.client({ roots: [root.key], waits: quick, discover: false }).join(invite)
}

async function textAt(room: Room, path: string): Promise<string> {
  return b4a.toString(await (await room.files.get(path)).bytes())
}

const large = b4a.alloc(700_000, 'not the same in each of its chunks ')

test('both root peers have what was put, and a reader of either finds it', async (t) => {
  const scene = await open(t)
  const { room, roots } = scene
  await room.files.put('notes/small', 'a few words')
  await room.files.put('notes/empty', '')
  await room.files.put('large', large)
  await room.files.makeFolder('folder')
  await room.state.set('topic', 'garden')
  t.alike(await room.files.copied(), { roots: 2, of: 2 })
  for (const root of roots) {
    const alone = await at(scene, root)
    t.is(await textAt(alone, 'notes/small'), 'a few words')
    t.is(await textAt(alone, 'notes/empty'), '')
    t.ok(b4a.equals(await (await alone.files.get('large')).bytes(), large))
    t.is((await alone.files.stat('folder'))?.kind, 'folder')
    t.is(b4a.toString((await alone.state.get('topic'))?.value ?? b4a.alloc(0)), 'garden')
  }
})

test('what was changed and deleted is so at both, with the versions that are kept', async (t) => {
  const scene = await open(t)
  const { room, roots } = scene
  await room.files.put('plan', 'one')
  await room.files.put('gone', 'soon')
  await room.files.copied()
  await room.files.put('plan', 'two', { versions: 3 })
  await room.files.delete('gone')
  t.alike(await room.files.copied(), { roots: 2, of: 2 })
  for (const root of roots) {
    const alone = await at(scene, root)
    t.is(await textAt(alone, 'plan'), 'two')
    t.is((await alone.files.versions('plan')).length, 1)
    t.is(await alone.files.stat('gone'), null)
  }
})

test('a root peer that comes back with nothing is filled by a member who kept its place', async (t) => {
  const scene = await open(t)
  const { world, room, roots } = scene
  const [lost] = roots
  await room.files.put('a/b', 'kept elsewhere')
  await room.files.put('large', large)
  await room.files.copied()

  const member = world.client({ waits: quick, profile: await tmpFolder(t) })
  const there = await member.join(room.invite)
  t.is(await textAt(there, 'a/b'), 'kept elsewhere')
  await lost.stop()
  await emptyStorage(lost.storage)
  await lost.start({ restored: true })

  const alone = await at(scene, lost)
  const found: string[] = []
  for await (const change of alone.files.watch({ from: 'start' })) {
    if (change.kind === 'put') found.push(change.file.path)
    if (found.includes('large') && found.includes('a/b')) break
  }
  t.is(await textAt(alone, 'a/b'), 'kept elsewhere')
  t.ok(b4a.equals(await (await alone.files.get('large')).bytes(), large))
})

test('with one root peer away, whoever waits for it is told how many have it', async (t) => {
  const { room, roots } = await open(t)
  await roots[1].stop()
  await room.files.put('a', 'b')
  t.alike(await room.files.copied(200), { roots: 1, of: 2 })
  await roots[1].start()
  t.alike(await room.files.copied(20_000), { roots: 2, of: 2 })
})
