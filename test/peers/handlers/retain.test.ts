import test from 'brittle'
import { createWorld, newRoom } from '../helpers.ts'

test('members and guests change nothing: a typed error, and the room is as it was', async (t) => {
  const world = await createWorld(t)
  const { keys, guest } = newRoom()
  const owner = await (await world.connect()).enter(keys)
  owner.append(['one'])
  await owner.take('stored')
  for (const message of ['retain', 'delete'] as const) {
    const stranger = await (await world.connect()).enter(guest)
    if (message === 'retain') stranger.send.retain({ ageMs: 1, bytes: 1, messages: 1 })
    else stranger.send.delete(null)
    t.is(await stranger.denied, 'READ_ONLY', message)
  }
  owner.append(['two'])
  t.is((await owner.take('stored')).first, 1)
  owner.send.retain({ ageMs: 0, bytes: 0, messages: 1 })
  const holds = { ageMs: 90 * 86_400_000, bytes: 0, messages: 1 }
  t.alike(await owner.take('retain'), holds, 'and what the operator says')
  const late = await (await world.connect()).enter(guest)
  t.alike((await late.granted).retention, holds)
  world.root.reconfigure({ retentionDays: 30 })
  const less = { ...holds, ageMs: 30 * 86_400_000 }
  t.alike(await owner.take('retain'), less, 'the operator allows less, while they are there')
  t.alike(await late.take('retain'), less)
  owner.send.delete(null)
  t.is(await owner.denied, 'ROOM_DELETED')
  t.is(await late.denied, 'ROOM_DELETED')
})
