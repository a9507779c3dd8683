import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { parseHandle } from '../../src/protocol/handle.ts'
import { createPeers, createWorld } from './helpers.ts'
import { RawPeople, Somebody } from './raw-people.ts'

const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')

test('over a real connection: published, found by handle and by key, listed, and seen to come and go', async (t) => {
  const world = await createWorld(t)
  const handle = parseHandle('Ann@Example.org')
  const ann = new Somebody()
  const friend = await RawPeople.enter(await world.connect())
  t.alike((await friend.find(handle)).people, [], 'nobody claims it yet')
  const watching = friend.watch([ann.identity])
  t.alike(await friend.changed(watching), [hex(ann.identity)], 'how she stands is told at once')

  const device = await world.connect()
  const hers = await RawPeople.enter(device)
  const profile = ann.profile({ handle: handle.hash })
  t.is(await hers.publish(profile), 'accepted')
  t.alike(await friend.changed(watching), [hex(ann.identity)])
  t.is(await hers.attend(ann), 'accepted')
  t.alike(await friend.changed(watching), [`${hex(ann.identity)}+`], 'she is here')

  const { people, end } = await friend.find(handle)
  t.ok(end)
  t.alike(people[0]?.profile, profile)
  t.alike([people[0]?.identity, people[0]?.online], [ann.identity, true])
  t.alike((await friend.find(ann.identity)).people[0]?.profile, profile)
  const listed = await friend.list()
  t.alike([listed.people.length, listed.end], [1, true])

  await device.vanish()
  t.alike(await friend.changed(watching), [hex(ann.identity)], 'she is gone')
  const [gone] = (await friend.find(ann.identity)).people
  t.absent(gone?.online)
  t.ok((gone?.lastSeen ?? 0) > Date.now() - 120_000, 'and was seen just now')
})

test('who brings a profile does not count as whom it names', async (t) => {
  const world = await createPeers(t)
  const ann = new Somebody()
  const { peer: device } = await world.connect()
  const { peer: thief } = await world.connect()
  const hers = await RawPeople.enter(device)
  const his = await RawPeople.enter(thief)
  t.is(await his.publish(ann.profile()), 'accepted', 'anybody may carry one')
  t.is(await his.attend(ann, device), 'BAD_PROOF', 'a proof of another connection')
  t.absent((await his.find(ann.identity)).people[0]?.online)
  t.is(await hers.attend(ann), 'accepted')
  t.is(await hers.attend(ann), 'accepted', 'said again')
  t.ok((await his.find(ann.identity)).people[0]?.online)
  hers.close()
  const watching = his.watch([ann.identity])
  t.alike(await his.changed(watching), [hex(ann.identity)], 'the channel is what counts')
  t.is(crypto.keyPair().publicKey.byteLength, 32)
})
