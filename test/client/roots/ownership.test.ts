// What only a room's owner may do: to keep less of it, and to delete it.

import { once } from 'node:events'
import test from 'brittle'
import type { Test } from 'brittle'
import type { Room } from '../../../src/client/client.ts'
import { parseInvite, printInvite, toMember } from '../../../src/client/client.ts'
import type { RootPeerError } from '../../../src/client/client.ts'
import { UNBOUNDED } from '../../../src/protocol/retention.ts'
import { names, readAll, sendEach, tellAll, World } from '../helpers/world.ts'
import type { TestRoot } from '../helpers/world.ts'

async function open(t: Test): Promise<{ root: TestRoot; owner: Room; member: Room }> {
  const world = await World.create(t)
  const root = await world.root()
  const owner = await world.client({ roots: [root.key] }).createRoom()
  await owner.send('first')
  const invite = printInvite(toMember(parseInvite(owner.invite)))
  const member = await world.client().join(invite)
  await readAll(member)
  return { root, owner, member }
}

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (err: RootPeerError) => err.code
  )

test('the owner has less kept: members are told, readers get the gap', async (t) => {
  const { root, owner, member } = await open(t)
  t.alike(member.retention, { ...UNBOUNDED, ageMs: 90 * 86_400_000 }, 'as the root has it')
  t.is(await code(member.setRetention({ messages: 1 })), 'LESSER_INVITE')
  for (const body of names(20)) await owner.send(body)
  const told = once(member, 'retention')
  await owner.setRetention({ messages: 5 })
  const holds = { ageMs: 90 * 86_400_000, bytes: 0, messages: 5 }
  t.alike(owner.retention, holds)
  t.alike(await told, [{ root: root.key, retention: holds }])
  await owner.send('last')
  while (root.peer.totals.messagesKept > 5) await new Promise((resolve) => setTimeout(resolve, 5))
  const gap = once(member, 'gap')
  const read = tellAll(await readAll(member, { from: 0 }))
  t.is(read.at(-1), 'last')
  t.is(read.length, root.peer.totals.messagesKept)
  t.alike(await gap, [{ root: root.key, from: 0, to: 22 - read.length }])
})

test('the owner deletes the room: all are told, what waits is refused, nobody brings it back', async (t) => {
  const { root, owner, member } = await open(t)
  await sendEach(member, names(3))
  t.is(await code(member.delete()), 'LESSER_INVITE')
  const told = once(member, 'deleted')
  await owner.delete()
  t.alike(await told, [{ root: root.key }])
  t.is(root.peer.totals.rooms, 0)
  t.is(root.peer.totals.messagesKept, 0)
  t.is(await code(member.send('too late')), 'ROOM_DELETED')
  t.is(await code(owner.send('too late')), 'ROOM_DELETED')
  t.alike(member.unsent(), [])
})
