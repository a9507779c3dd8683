// What a device answers to strangers under its owner's identity, and what they can't do to it.

import { join } from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import HyperDHT from 'hyperdht'
import type { Channel } from 'protomux'
import type { RootPeerClient, Room } from '../../../src/client/client.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import { parsePeerKey } from '../../../src/protocol/bytes.ts'
import type { RoomId } from '../../../src/protocol/bytes.ts'
import { encode, uint } from '../../../src/protocol/codec.ts'
import {
  addDirectoryMessages,
  DIRECTORY_PROTOCOL,
  directoryHandshake,
  FindBy
} from '../../../src/protocol/directory-channel.ts'
import type { People } from '../../../src/protocol/directory-channel.ts'
import { wireCode } from '../../../src/protocol/errors.ts'
import { parseHandle } from '../../../src/protocol/handle.ts'
import { Access, createRoomKey, ownerKeys, spaceKeys } from '../../../src/protocol/keys.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import { pathKey } from '../../../src/protocol/paths.ts'
import { readProfile } from '../../../src/protocol/profile.ts'
import { proveAccess } from '../../../src/protocol/proof.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { Inbox, RawPeer } from '../../peers/raw-peer.ts'
import { entryOf, RawFiles } from '../../peers/raw-files.ts'
import { HandFiles } from '../helpers/hand-files.ts'
import { HandRoot } from '../helpers/hand-root.ts'
import { quick, World } from '../helpers/world.ts'

interface Scene {
  world: World
  owner: RootPeerClient
  space: Room
  /** As anybody has them. */
  keys: RoomKeys
  visit: () => Promise<RawPeer>
}

const SIZE = 300_000

async function scene(t: Test): Promise<Scene> {
  const world = await World.create(t)
  const files = new HandFiles()
  const root = await HandRoot.start(t, world.dht, { onmux: files.onmux })
  const profile = join(await tmpFolder(t), 'owner')
  const owner = world.client({ profile, roots: [root.key], direct: true, waits: quick })
  const space = await owner.space(undefined, { serve: true })
  await space.files.put('hello.txt', 'hello')
  await space.files.put('large.bin', b4a.alloc(SIZE, 'large'))
  const node = world.dht.createNode()
  const visit = (): Promise<RawPeer> =>
    RawPeer.over(node.connect(parsePeerKey(owner.author), { keyPair: HyperDHT.keyPair() }))
  return { world, owner, space, keys: spaceKeys(parsePeerKey(owner.author), null), visit }
}

/** Whether the space can still be read. */
async function isServed({ visit, keys }: Scene): Promise<boolean> {
  let peer: RawPeer | null = null
  while (peer === null) peer = await visit().catch(() => null)
  const files = await RawFiles.enter(peer, keys)
  const found = await files.stat(pathKey(keys, 'hello.txt'))
  await peer.vanish()
  return found.length === 1
}

test('it says what it is, grants guests, and answers what a root peer would', async (t) => {
  const { visit, keys } = await scene(t)
  const peer = await visit()
  const { durable, writable, features, roomsMax } = await peer.greet()
  t.alike([durable, writable, features, roomsMax], [false, false, ['directory'], 1])
  const { access, segments, windowBytes } = await peer.open(keys).granted
  t.alike([access, segments, windowBytes], [Access.guest, [], 0])
  const files = new RawFiles(peer, keys.id)
  t.is((await files.granted).access, Access.guest)
  const key = pathKey(keys, 'large.bin')
  const [stored] = await files.stat(key, pathKey(keys, 'none'))
  t.is(stored?.version, 1)
  const parts = await files.get([{ key }, { key: pathKey(keys, 'none') }, { key, from: 1, to: 2 }])
  t.alike(
    parts.map(({ file, kind, chunk }) => [file, kind, chunk]),
    [
      [0, 0, 0],
      [0, 0, 1],
      [0, 0, 2],
      [0, 1, 3],
      [1, 2, 0],
      [2, 1, 1]
    ]
  )
  t.alike(await files.versions(key), [])
  const request = files.watch({ live: false })
  const { entries, end } = await files.take(request, 'changes')
  t.alike([entries.length, end], [2, true])
})

test('it takes nothing', async (t) => {
  const { visit, keys } = await scene(t)
  const files = await RawFiles.enter(await visit(), keys)
  const key = pathKey(keys, 'hello.txt')
  t.is(await files.refused(files.put(key, 2, [b4a.alloc(10)])), 'READ_ONLY')
  const deleted = entryOf(2, 0, { deleted: true })
  t.is(await files.refused(files.put(key, 2, [], { entry: deleted })), 'READ_ONLY')
  const request = files.next()
  files.send.begin({ request, key, attempt: b4a.alloc(16), size: 10 })
  t.is(await files.refused(request), 'READ_ONLY')
  t.is((await files.stat(key))[0]?.version, 1)
})

test('its directory knows its owner, and nobody else', async (t) => {
  const { owner, visit } = await scene(t)
  await owner.people.publish({ handle: 'ann@example.org', name: 'Ann' })
  const peer = await visit()
  await peer.greet()
  const people = new Inbox<People>()
  const refused = new Inbox<string>()
  const channel = peer.mux.createChannel<null, null>({
    protocol: DIRECTORY_PROTOCOL,
    handshake: directoryHandshake
  })
  const send = addDirectoryMessages(channel as Channel<never>, {
    people: (answer) => people.put(answer),
    refused: ({ code }) => refused.put(wireCode(code))
  })
  channel?.open(null)
  const identity = parsePeerKey(owner.author)
  const { hash } = parseHandle('ann@example.org')
  for (const [request, by, key] of [
    [0, FindBy.identity, identity],
    [1, FindBy.handle, hash]
  ] as const) {
    send.find({ request, by, key })
    const [person] = (await people.take()).people
    t.ok(person?.online)
    t.is(readProfile(person?.profile ?? b4a.alloc(0)).fields?.name, 'Ann')
  }
  for (const [request, by] of [
    [2, FindBy.identity],
    [3, FindBy.handle]
  ] as const) {
    send.find({ request, by, key: b4a.alloc(32, 7) })
    t.alike((await people.take()).people, [])
  }
  send.list({ request: 4, after: null, limit: 10 })
  t.is(await refused.take(), 'UNEXPECTED')
})

test('wrong proofs and foreign rooms are denied, and a thousand opens end it', async (t) => {
  const all = await scene(t)
  const { visit, keys } = all
  const other = ownerKeys(createRoomKey())
  const peer = await visit()
  await peer.greet()
  const context = {
    handshakeHash: peer.stream.handshakeHash as Uint8Array,
    prover: peer.key
  }
  const stolen = proveAccess(keys, Access.guest, { ...context, handshakeHash: b4a.alloc(64, 1) })
  t.is(await peer.open(keys, { proof: stolen }).denied, 'BAD_PROOF')
  const greater = { ...peer.prove(keys), access: Access.owner }
  t.is(await peer.open(keys, { proof: greater }).denied, 'BAD_PROOF')
  t.is(await peer.open(other).denied, 'ROOM_UNKNOWN')
  t.is(await peer.open(keys, { proof: peer.prove(other) }).denied, 'BAD_PROOF')
  await peer.open(keys).granted
  for (let i = 0; i < 1000 && !peer.stream.destroying; i++) {
    peer.open(other, { id: b4a.alloc(32, i % 250) as RoomId })
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  t.is(await peer.cutOff(), 'TOO_MANY')
  t.ok(await isServed(all))
})

test('garbage, what is too long, and what comes too early end one connection and no more', async (t) => {
  const all = await scene(t)
  const { visit, keys } = all
  const acts: Record<string, (peer: RawPeer) => Promise<void> | void> = {
    'bytes that are nothing': (peer) => peer.write(b4a.alloc(500, 0xff)),
    'batches in batches': (peer) => peer.write(b4a.alloc(1000, 0)),
    'too much before the hello': (peer) =>
      peer.write(b4a.alloc(clientLimits.hostHelloBytesMax + 1, 1)),
    'a long frame': async (peer) => {
      await peer.greet()
      peer.write(b4a.alloc(clientLimits.hostFrameBytesMax + 1, 1))
    },
    'a room before the hello': (peer) => void peer.open(keys),
    'messages of a member': async (peer) => void (await peer.enter(keys)).append(['x']),
    'garbage to the room': async (peer) => (await peer.enter(keys)).write(5, b4a.alloc(40, 0xee)),
    'a question before it was granted': async (peer) => {
      await peer.enter(keys)
      const files = new RawFiles(peer, keys.id)
      files.send.stat({ request: 0, keys: [pathKey(keys, 'a')] })
    },
    'requests that do not grow': async (peer) => {
      const files = await RawFiles.enter(peer, keys)
      for (let i = 0; i < 2; i++) files.send.stat({ request: 7, keys: [pathKey(keys, 'a')] })
    },
    'garbage of every length': (peer) => {
      for (let i = 1; i < 60; i++) peer.write(b4a.alloc(i, (i * 37) % 256))
    }
  }
  for (const [what, act] of Object.entries(acts)) {
    const peer = await visit()
    await act(peer)
    peer.write(encode(uint, 0))
    await peer.closed
    t.pass(what)
  }
  t.ok(await isServed(all))
})

test('whoever says nothing is cut off, and a crowd of one address makes room for itself', async (t) => {
  const all = await scene(t)
  const peers: RawPeer[] = []
  for (let i = 0; i < clientLimits.hostAddressVisitorsMax + 4; i++) {
    const peer = await all.visit()
    await peer.greet()
    peers.push(peer)
  }
  await Promise.all(peers.slice(0, 4).map(({ closed }) => closed))
  t.is(peers.filter(({ stream }) => !stream.destroyed).length, clientLimits.hostAddressVisitorsMax)
  t.ok(await isServed(all))
  const silent = await all.visit()
  const began = Date.now()
  await silent.closed
  t.ok(Date.now() - began >= clientLimits.hostHelloMs - 500, 'the silent one, after its time')
})

test('what is not served is not there, and after the space is left nobody is', async (t) => {
  const all = await scene(t)
  t.ok(await isServed(all))
  all.space.close()
  const peer = await all.visit().catch(() => null)
  t.is(peer, null)
  const again = await all.owner.space(undefined, { serve: true })
  t.is(again.id, all.space.id)
  t.ok(await isServed(all))
})
