// People and friends over the worklet's pipe: two devices publish, find each other and see each other come.

import test from 'brittle'
import { RootPeerError } from '../../src/worklet/app.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { createStage, seedOf, startWorkletProcess, TestApp } from './helpers.ts'

test('two devices find each other by handle and are friends', async (t) => {
  const { settings, daemon } = await createStage(t)
  const start = async (device: number): Promise<TestApp> => {
    const args = [seedOf(device), await tmpFolder(t), settings]
    return TestApp.connect(t, await startWorkletProcess(t, args))
  }
  const [ann, ben] = [await start(1), await start(2)]
  const { author } = await ann.event('ready')
  t.is((await ann.ownProfile()).profile, null)
  const { profile, stored } = await ann.publish({ handle: 'Ann', name: 'Ann', listed: true })
  t.alike([profile.key, profile.handle, stored], [author, 'ann', [daemon.publicKey]])
  t.is((await ann.event('published')).root, daemon.publicKey)

  const { people, leftOut } = await ben.lookup('ANN')
  t.alike([people.length, leftOut], [1, 0])
  t.alike([people[0]?.key, people[0]?.pinned, people[0]?.online], [author, true, true])
  const listed = await ben.listPeople()
  t.alike([listed.people.map(({ name }) => name), listed.end], [['Ann'], true])
  t.is((await ben.findPerson(author)).person?.name, 'Ann')
  const { code } = await ben.safetyCode(author)
  t.is(code, (await ann.safetyCode((await ben.status()).author)).code)

  t.is((await ben.addFriend('ann')).friend.key, author)
  await ben.event('friend', ({ status }) => status === 'online')
  t.is((await ben.friends()).friends[0]?.status, 'online')
  t.is((await ben.removeFriend(author)).removed, true)
  t.is((await ben.unpin('ann')).unpinned, true)
  await ann.withdraw()
  t.is((await ben.findPerson(author)).person, null)

  const codeOf = async (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'none',
      (err: unknown) => (err instanceof RootPeerError ? err.code : 'other')
    )
  t.is(await codeOf(ben.lookup('')), 'BAD_REQUEST')
  t.is(await codeOf(ben.lookup('x'.repeat(10_000))), 'BAD_HANDLE')
  t.is(await codeOf(ben.publish({ days: 31 })), 'BAD_PROFILE')
})
