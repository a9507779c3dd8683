// Public spaces between real clients and real root peers: read from the owner's device while it is online,
// from a root peer when it is not.

import { join } from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { RootPeerClient, Room } from '../../src/client/client.ts'
import { RootPeerError } from '../../src/client/client.ts'
import type { ClientOptions } from '../../src/client/client-options.ts'
import type { AuthorKey, Signature } from '../../src/protocol/bytes.ts'
import type { FilePart } from '../../src/protocol/files-channel.ts'
import { openEntry, sealEntry } from '../../src/protocol/entry.ts'
import { keysOf, parseInvite } from '../../src/protocol/invite.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { HandFiles } from './helpers/hand-files.ts'
import { HandRoot } from './helpers/hand-root.ts'
import { quick, World } from './helpers/world.ts'
import type { TestRoot } from './helpers/world.ts'

/** Whoever has a space, with a profile that stays when it is opened again. */
class Owner {
  readonly client: RootPeerClient
  readonly space: Room

  private constructor(client: RootPeerClient, space: Room) {
    this.client = client
    this.space = space
  }

  static async open(
    world: World,
    options: ClientOptions & { profile: string },
    serve = true
  ): Promise<Owner> {
    const client = world.client({ waits: quick, ...options })
    return new Owner(client, await client.space(undefined, { serve }))
  }
}

const profileOf = async (t: Test): Promise<string> => join(await tmpFolder(t), 'owner')

const paths = async (room: Room, folder = ''): Promise<string[]> =>
  (await room.files.list(folder)).files.map(({ path }) => path).toSorted()

const text = async (room: Room, path: string): Promise<string> =>
  b4a.toString(await (await room.files.get(path)).bytes())

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (err) {
    return err instanceof RootPeerError ? err.code : String(err)
  }
  return 'nothing thrown'
}

/** Resolves once all that a root peer has is on the owner's device: before, it serves nothing. */
async function served(world: World, owner: Owner, path: string): Promise<void> {
  const friend = world.client({ direct: true, discover: false, waits: quick })
  const seen = await friend.space(owner.client.author)
  while ((await seen.files.stat(path)) === null);
  await friend.close()
}

/** Resolves once the owner's device answers: from then on the root peer is asked no more. */
async function atOwner({ peer }: TestRoot, space: Room, path: string): Promise<void> {
  for (let before = -1; before !== peer.counters.fileBytesServed;) {
    before = peer.counters.fileBytesServed
    await text(space, path)
  }
}

test('a friend reads a space from its owner while no root peer is there', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await profileOf(t)
  const { client, space } = await Owner.open(world, { profile, roots: [root.key] })
  const large = b4a.alloc(700_000, 'large ')
  await space.files.put('hello.txt', 'hello')
  await space.files.put('albums/2026/large.bin', large)
  await space.files.put('gone.txt', 'gone')
  await space.files.delete('gone.txt')
  await space.state.set('topic', 'garden')
  t.is(space.access, 'owner')
  await root.stop()

  const friend = world.client({ roots: [root.key], direct: true, waits: quick })
  const seen = await friend.space(client.author)
  t.is(seen.access, 'guest')
  t.is(seen.id, space.id)
  t.alike(await paths(seen), ['albums', 'hello.txt'])
  t.is(await text(seen, 'hello.txt'), 'hello')
  t.alike(await (await seen.files.get('albums/2026/large.bin')).bytes(), large)
  t.is(b4a.toString((await seen.state.get('topic'))?.value ?? b4a.alloc(0)), 'garden')
  t.is(await codeOf(seen.files.put('mine.txt', 'mine')), 'LESSER_INVITE')
  t.is(await codeOf(seen.files.get('gone.txt')), 'FILE_UNKNOWN')
})

test('and from a root peer while its owner is offline, with the same calls', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await profileOf(t)
  const { client, space } = await Owner.open(world, { profile, roots: [root.key] })
  await space.files.put('hello.txt', 'hello')
  const { author } = client
  await client.close()

  const friend = world.client({ roots: [root.key], direct: true, waits: quick })
  const seen = await friend.space(author)
  t.alike(await paths(seen), ['hello.txt'])
  t.is(await text(seen, 'hello.txt'), 'hello')
  t.is((await friend.join(space.invite)).id, seen.id, 'an invite to a space leads there too')
})

test('what a device has not put itself it fetches once, and serves after a new start', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await profileOf(t)
  const before = await Owner.open(world, { profile, roots: [root.key] }, false)
  const large = b4a.alloc(300_000, 'before ')
  await before.space.files.put('before.bin', large)
  await before.client.close()

  const fetching = await Owner.open(world, { profile, roots: [root.key] })
  await served(world, fetching, 'before.bin')
  await fetching.client.close()
  await root.stop()

  const alone = await Owner.open(world, { profile, roots: [root.key] })
  const friend = world.client({ direct: true, discover: false, waits: quick })
  const seen = await friend.space(alone.client.author)
  t.alike(await (await seen.files.get('before.bin')).bytes(), large)
})

test('changes reach a friend who watches at the owner, and go on at a root peer', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await profileOf(t)
  const owner = await Owner.open(world, { profile, roots: [root.key] })
  await owner.space.files.put('a.txt', 'a')
  const friend = world.client({ direct: true, roots: [root.key], waits: quick })
  const seen = await friend.space(owner.client.author)
  await atOwner(root, seen, 'a.txt')
  const changes = seen.files.watch({ from: 'start' })
  const next = async (): Promise<string> => {
    const { value } = await changes.next()
    return value?.kind === 'put' ? value.file.path : (value?.kind ?? 'over')
  }
  t.is(await next(), 'a.txt')
  await owner.space.files.put('b.txt', 'b')
  t.is(await next(), 'b.txt')
  await owner.client.close()
  t.is(await next(), 'again', 'a place is of one keeper: all is told anew')
  t.alike([await next(), await next()], ['a.txt', 'b.txt'])
  await changes.return(undefined)
})

test('a download goes on at a root peer when the owner goes away in the middle', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await profileOf(t)
  const owner = await Owner.open(world, { profile, roots: [root.key] })
  const size = 4_000_000
  const large = b4a.alloc(size, 'switch ')
  await owner.space.files.put('large.bin', large)
  await owner.space.files.put('small.txt', 'small')
  const friend = world.client({ direct: true, roots: [root.key], waits: quick })
  const seen = await friend.space(owner.client.author)
  await atOwner(root, seen, 'small.txt')
  const { counters } = root.peer
  const before = counters.fileBytesServed
  const reading = await seen.files.get('large.bin')
  const pieces: Uint8Array[] = []
  for await (const piece of reading) {
    pieces.push(piece)
    if (pieces.length === 1) await owner.client.close()
  }
  t.alike(b4a.concat(pieces), large)
  const all = counters.fileBytesServed - before
  t.ok(all > 0 && all < size, `the root peer served the rest: ${all} of ${size} bytes`)
})

test('a device that sleeps is not reached, and is again when it wakes', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await profileOf(t)
  const owner = await Owner.open(world, { profile, roots: [root.key] })
  await owner.space.files.put('a.txt', 'a')
  await owner.client.suspend()
  await root.stop()
  const friend = world.client({ direct: true, discover: false, waits: quick })
  const seen = await friend.space(owner.client.author)
  let answered = false
  const read = text(seen, 'a.txt').finally(() => (answered = true))
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.absent(answered)
  await owner.client.resume()
  t.is(await read, 'a')
})

test('only its owner writes: others are refused by root peer and reader', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const profile = await profileOf(t)
  const owner = await Owner.open(world, { profile, roots: [root.key] })
  await owner.space.files.put('a.txt', 'a')
  const raider = world.client({ roots: [root.key] })
  const seen = await raider.space(owner.client.author)
  t.is(await codeOf(seen.files.put('b.txt', 'b')), 'LESSER_INVITE')
  t.is(await codeOf(seen.state.set('topic', 'b')), 'LESSER_INVITE')
  t.is(await codeOf(seen.send('b')), 'LESSER_INVITE')
  t.is(await codeOf(raider.space(owner.client.author, { serve: true })), 'LESSER_INVITE')
})

test('a root peer that forges, swaps or touches what is in a space is found out', async (t) => {
  const world = await World.create(t)
  const files = new HandFiles()
  const root = await HandRoot.start(t, world.dht, { onmux: files.onmux })
  const profile = await profileOf(t)
  const owner = await Owner.open(world, { profile, roots: [root.key], direct: false }, false)
  for (const name of ['a', 'b', 'c']) await owner.space.files.put(`${name}.txt`, `text of ${name}`)
  await owner.space.files.put('large.bin', b4a.alloc(300_000, 'l'))
  const seen = await world.client({ roots: [root.key], waits: quick }).space(owner.client.author)
  t.alike(await paths(seen), ['a.txt', 'b.txt', 'c.txt', 'large.bin'])
  const large = await seen.files.get('large.bin')
  files.onpart = (part: FilePart) => {
    part.bytes = b4a.from(part.bytes)
    part.bytes[0] = (part.bytes[0] ?? 0) ^ 1
  }
  t.is(await codeOf(large.bytes()), 'BAD_CONTENT', 'content that was touched')
  files.onpart = () => {}

  const keys = keysOf(parseInvite(seen.invite))
  const named = (name: string) => {
    const found = files.log.find((file) => openEntry(keys, file.key as never, file).path === name)
    if (found === undefined) throw new Error(name)
    return found
  }
  const [a, b, c] = [named('a.txt'), named('b.txt'), named('c.txt')]
  const sealed = a.sealed
  a.sealed = b.sealed
  t.is(await codeOf(seen.files.get('a.txt')), 'NOT_OPENED', 'entries that were swapped')
  a.sealed = sealed
  a.chunks = b.chunks
  t.is(await codeOf(seen.files.get('a.txt').then((each) => each.bytes())), 'BAD_CONTENT')
  // Anybody has the keys to read a space, and so to seal something for it; to sign it takes the owner.
  const raider = crypto.keyPair()
  const opened = openEntry(keys, c.key as never, c)
  const author = raider.publicKey as AuthorKey
  for (const forged of [{ ...opened, author }, opened]) {
    const made = sealEntry(keys, raider, forged, b4a.alloc(64, 7) as Signature)
    c.sealed = made.entry.sealed
    t.is(await codeOf(seen.files.get('c.txt')), 'BAD_ENTRY', 'an entry that its owner did not sign')
  }
  const listed = await seen.files.list()
  t.alike(
    listed.errors.map(({ code }) => code),
    ['BAD_ENTRY']
  )
})

test('whose space nobody keeps is said, also while its owner is offline', async (t) => {
  const world = await World.create(t)
  const root = await world.root()
  const nobody = world.client()
  await nobody.ready()
  const friend = world.client({ direct: true, roots: [root.key], waits: quick })
  const seen = await friend.space(nobody.author)
  t.is(await codeOf(seen.files.list()), 'ROOM_UNKNOWN')
  t.is(await codeOf(friend.space('no key')), 'BAD_KEY')
  t.is(
    await codeOf(world.client().space(undefined, { roots: [root.key], serve: true })),
    'NO_PROFILE'
  )
})
