// Public spaces between real clients and real root peers: read from the owner's device while it is online,
// from a root peer when it is not.

import { join } from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import type { RootPeerClient, Room } from '../../src/client/client.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { World } from './helpers/world.ts'
import type { TestRoot } from './helpers/world.ts'

interface Owner {
  client: RootPeerClient
  space: Room
  profile: string
}

async function ownerOf(t: Test, world: World, root: TestRoot): Promise<Owner> {
  const profile = join(await tmpFolder(t), 'owner')
  const client = world.client({ profile, roots: [root.key] })
  const space = await client.space(undefined, { serve: true })
  return { client, space, profile }
}

const paths = async (room: Room, folder = ''): Promise<string[]> =>
  (await room.files.list(folder)).files.map(({ path }) => path).toSorted()

const text = async (room: Room, path: string): Promise<string> =>
  b4a.toString(await (await room.files.get(path)).bytes())

test('a friend reads a space from its owner while no root peer is there', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const { client, space } = await ownerOf(t, world, root)
  const large = b4a.alloc(700_000, 'large ')
  await space.files.put('hello.txt', 'hello')
  await space.files.put('albums/2026/large.bin', large)
  await space.state.set('topic', 'garden')
  t.is(space.access, 'owner')
  await root.stop()

  const friend = world.client({ roots: [root.key], direct: true })
  const seen = await friend.space(client.author)
  t.is(seen.access, 'guest')
  t.is(seen.id, space.id)
  t.alike(await paths(seen), ['albums', 'hello.txt'])
  t.is(await text(seen, 'hello.txt'), 'hello')
  t.alike(await (await seen.files.get('albums/2026/large.bin')).bytes(), large)
  t.is(b4a.toString((await seen.state.get('topic'))?.value ?? b4a.alloc(0)), 'garden')
  await t.exception(seen.files.put('mine.txt', 'mine'), /LESSER_INVITE|guest/)
})
