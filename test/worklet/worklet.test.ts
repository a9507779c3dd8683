// A worklet and an app in two processes, over a real pipe: the worklet under Bare where tools/ has it,
// under Node otherwise. On a phone the pipe is Bare Kit's.

import test from 'brittle'
import { bare } from '../helpers/bare.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { createStage, seedOf, startWorkletProcess, TestApp } from './helpers.ts'

const roomKey = 'c0ffee'.padStart(64, '0')

test('an app gets keys, joins by a room key, and two devices talk', async (t) => {
  t.comment(`the worklets run under ${bare === null ? 'Node: tools/ has no Bare' : 'Bare'}`)
  const { settings } = await createStage(t)
  const ann = await startApp(t, [seedOf(1), '', settings])
  const bob = await startApp(t, [seedOf(2), '', settings])

  const ready = await ann.event('ready')
  const keys = await ann.getKeys()
  t.is(ready.type, 'ready')
  t.is(keys.publicKey, ready.publicKey)
  t.is(keys.publicKey.length, 64)
  t.is(keys.secretKey.length, 128)
  t.is((await ann.event('peerConnected')).isRootPeer, true, 'the root peer comes before any room')

  const joined = await ann.join({ roomTopic: 'topic', roomKey })
  t.is(joined.success, true)
  t.is(joined.roomTopic, 'topic')
  t.is(joined.access, 'member')
  t.is((await ann.join({ roomTopic: 'topic', roomKey })).alreadyJoined, true)
  await bob.join({ roomTopic: 'bobs-own-name', roomKey })

  const message = { id: 'x', roomTopic: 'topic', text: 'hi', sender: 'ann', timestamp: 5 }
  const sent = await ann.send('topic', message)
  t.is(sent.success, true)
  t.is(sent.storedWithRootPeer, true)

  const got = await bob.event('message')
  t.alike(got.message, message)
  t.is(got.peerPublicKey, keys.publicKey)
  t.is(got.roomTopic, 'bobs-own-name')
  t.is(got.encrypted, false)
  t.is(got.id, sent.id)
  t.is(got.fromRootPeer, got.root !== null)
  t.is(got.proven, true)
  t.is(ann.told.message, undefined, 'nobody is given back what it sent itself')

  await bob.send('bobs-own-name', 'plain text')
  const answer = await ann.event('message')
  t.is(answer.message, 'plain text')
  t.is(typeof answer.message, 'string')
})

test("sync gives all from an index on, the app's own included", async (t) => {
  const { rootOnly } = await createStage(t)
  const ann = await startApp(t, [seedOf(1), '', rootOnly])
  await ann.join({ roomTopic: 'r', roomKey })
  for (const text of ['zero', 'one', 'two']) await ann.send('r', text)

  const bob = await startApp(t, [seedOf(2), '', rootOnly])
  await bob.join({ roomTopic: 'r', roomKey, cursors: true })
  await bob.sync('r', { lastIndex: 1 })
  const [one, two] = await bob.events('message', 2)
  t.alike([one?.message, two?.message], ['one', 'two'])
  t.alike([one?.index, two?.index], [1, 2])

  await ann.send('r', 'three')
  t.is((await bob.events('message', 3))[2]?.message, 'three', 'and then what is new')

  await bob.sync('r', { cursor: two?.cursor ?? '' })
  t.is((await bob.events('message', 4))[3]?.message, 'three', 'from a cursor on')

  await ann.sync('r')
  const all = await ann.events('message', 4)
  t.alike(
    all.map(({ message }) => message),
    ['zero', 'one', 'two', 'three']
  )
})

test('with several root peers an index gives all rather than too little, a cursor what is new', async (t) => {
  const { dht, daemon } = await createStage(t)
  const second = await startDaemon(t, ['--storage', await tmpFolder(t), ...dht.args])
  const roots = [daemon.publicKey, second.publicKey]
  const settings = JSON.stringify({
    bootstrap: dht.bootstrap,
    host: '127.0.0.1',
    roots,
    direct: false
  })
  const ann = await startApp(t, [seedOf(1), '', settings])
  const bob = await startApp(t, [seedOf(2), '', settings])
  await ann.join({ roomTopic: 'r', roomKey })
  for (const text of ['zero', 'one']) await ann.send('r', text)
  for (const root of roots) {
    await ann.event('stored', (event) => event.root === root && event.index === 1)
  }
  await bob.join({ roomTopic: 'r', roomKey, cursors: true })
  await bob.sync('r', { lastIndex: 1 })
  const both = await bob.events('message', 2)
  t.alike(
    both.map(({ message }) => message),
    ['zero', 'one']
  )
  await ann.send('r', 'two')
  await bob.events('message', 3)
  await bob.sync('r', { cursor: both[1]?.cursor ?? '' })
  const all = await bob.events('message', 4)
  t.is(all[3]?.message, 'two')
})

test('a room is made, its invites are read, and a guest may not write', async (t) => {
  const { settings, daemon } = await createStage(t)
  const ann = await startApp(t, [seedOf(1), '', settings])
  const made = await ann.createRoom({ cursors: true })
  t.is(made.access, 'owner')
  t.ok(made.invite.startsWith('rp-owner-'))
  const read = await ann.parseInvite(made.guestInvite)
  t.is(read.kind, 'guest')
  t.is(read.id, made.id)
  t.is(read.roomTopic, made.roomTopic)
  t.is(read.joined, true)
  t.alike(read.roots, [daemon.publicKey])
  t.is((await ann.parseInvite(roomKey)).kind, 'shared')
  await t.exception(ann.parseInvite('rp-nonsense'), /BAD_INVITE|invite/)

  await ann.send(made.roomTopic, 'for all')
  const guest = await startApp(t, [seedOf(2), '', settings])
  await guest.join({ invite: made.guestInvite })
  await guest.sync(made.roomTopic)
  t.is((await guest.event('message')).message, 'for all')
  await t.exception(guest.send(made.roomTopic, 'no'), { code: 'LESSER_INVITE' })

  await ann.sync(made.roomTopic)
  t.is(typeof (await ann.event('message')).cursor, 'string', 'cursors, as asked for')
  await t.exception(ann.join({ invite: made.guestInvite }), { code: 'UNEXPECTED' })
  t.is((await guest.event('message')).cursor, undefined)
  await guest.join({ invite: made.guestInvite, cursors: true })
  await guest.sync(made.roomTopic)
  await guest.event('message', ({ cursor }) => cursor !== undefined)

  const { rooms, roots, author } = await ann.status()
  t.alike(rooms, [{ roomTopic: made.roomTopic, id: made.id, access: 'owner' }])
  t.alike(roots, [daemon.publicKey])
  t.is(author, (await ann.event('ready')).author)
})

test('typing and receipts reach who is there; peers come and go once', async (t) => {
  const { settings, daemon, killRoot } = await createStage(t)
  const ann = await startApp(t, [seedOf(1), '', settings])
  const bobsWorklet = await startWorkletProcess(t, [seedOf(2), '', settings])
  const bob = await TestApp.connect(t, bobsWorklet)
  for (const app of [ann, bob]) {
    await app.join({ roomTopic: 'r', roomKey })
    await app.join({ roomTopic: 's', roomKey: roomKey.replace('c', 'd') })
  }
  const met = await ann.event('peerConnected', ({ isRootPeer }) => !isRootPeer)
  t.is(met.peerPublicKey.length, 64)
  const peers = await ann.connectedPeers()
  t.ok(peers.includes(met.peerPublicKey))

  await bob.event('peerConnected', ({ isRootPeer }) => !isRootPeer)
  await ann.typing('r')
  const typing = await bob.event('typing')
  t.is(typing.typing, true)
  t.is(typing.peerPublicKey, (await ann.getKeys()).publicKey)
  const { id } = await ann.send('r', 'read me')
  await bob.receipt('r', [id ?? ''])
  t.alike((await ann.event('receipt')).ids, [id])

  await bobsWorklet.kill()
  await killRoot()
  await ann.event('peerDisconnected', ({ isRootPeer }) => isRootPeer)
  const gone = await ann.event('peerDisconnected', ({ isRootPeer }) => !isRootPeer)
  t.is(gone.peerPublicKey, met.peerPublicKey)
  t.is((await ann.event('rootDisconnected')).root, daemon.publicKey)
  t.alike(await ann.connectedPeers(), [])
  const met2 = ann.told.peerConnected?.filter(({ isRootPeer }) => !isRootPeer)
  t.is(met2?.length, 1, 'told once, though seen in two rooms')
})

test('without a root peer those who are there talk, and the copy it gets is no second message', async (t) => {
  const { settings, killRoot, startRoot } = await createStage(t)
  const ann = await startApp(t, [seedOf(1), await tmpFolder(t), settings])
  const bob = await startApp(t, [seedOf(2), '', settings])
  for (const app of [ann, bob]) await app.join({ roomTopic: 'r', roomKey })
  await ann.event('member', ({ direct }) => direct)
  await bob.event('member', ({ direct }) => direct)
  await killRoot()
  await ann.event('rootDisconnected')

  const sent = await ann.send('r', 'just us')
  t.is(sent.sentTo, 1)
  t.is(sent.storedWithRootPeer, false)
  const got = await bob.event('message')
  t.is(got.message, 'just us')
  t.is(got.fromRootPeer, false)
  t.alike([got.root, got.index, got.storedAt], [null, null, null])

  await startRoot()
  t.alike((await ann.event('stored')).ids, [sent.id])
  await ann.send('r', 'with the root peer again')
  await bob.event('message', ({ message }) => message === 'with the root peer again')
  t.is(bob.told.message?.length, 2, 'each once')
})

async function startApp(t: Parameters<typeof tmpFolder>[0], args: string[]): Promise<TestApp> {
  return TestApp.connect(t, await startWorkletProcess(t, args))
}
