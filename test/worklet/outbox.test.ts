// What an app sends is never lost: without a root peer, over a kill of the worklet, over a suspension.

import test from 'brittle'
import type { Test } from 'brittle'
import { tmpFolder } from '../helpers/tmp.ts'
import { createStage, seedOf, startWorkletProcess, TestApp } from './helpers.ts'

const roomKey = 'ab'.repeat(32)

test('without a root peer a message is queued, and stored when one is back', async (t) => {
  const { settings, killRoot, startRoot } = await createStage(t)
  const ann = await startApp(t, [seedOf(1), await tmpFolder(t), settings])
  await ann.join({ roomTopic: 'r', roomKey })
  await ann.event('rootConnected')
  await killRoot()
  await ann.event('rootDisconnected')

  const sent = await ann.send('r', 'into the dark')
  t.is(sent.success, true)
  t.is(sent.storedWithRootPeer, false)
  const queued = await ann.event('queued')
  t.alike(queued.ids, [sent.id])
  t.is(queued.kept, true)
  const { messages } = await ann.unsent('r')
  t.alike(
    messages.map(({ id, message, stored }) => ({ id, message, stored })),
    [{ id: sent.id, message: 'into the dark', stored: 0 }]
  )

  await startRoot()
  const stored = await ann.event('stored')
  t.alike(stored.ids, [sent.id])
  t.is(stored.roomTopic, 'r')
  t.is(stored.index, 0)
})

test('a worklet that is killed sends what was left, and a reader has it once, in order', async (t) => {
  const { settings, killRoot, startRoot } = await createStage(t)
  const profile = await tmpFolder(t)
  const args = [seedOf(1), profile, settings]
  const first = await startWorkletProcess(t, args)
  const ann = await TestApp.connect(t, first)
  await ann.join({ roomTopic: 'r', roomKey })
  await ann.event('rootConnected')
  await ann.send('r', 'one')
  await killRoot()
  await ann.event('rootDisconnected')
  for (const text of ['two', 'three']) await ann.send('r', text)
  await ann.event('queued', ({ ids }) => ids.length > 0)
  await first.kill()

  const again = await startApp(t, args)
  await again.join({ roomTopic: 'r', roomKey })
  const bob = await startApp(t, [seedOf(2), '', settings])
  await bob.join({ roomTopic: 'r', roomKey })
  await bob.sync('r')
  await startRoot()
  await again.send('r', 'four')
  const got = await bob.events('message', 4)
  t.alike(
    got.map(({ message }) => message),
    ['one', 'two', 'three', 'four']
  )
})

test('suspended it hangs up and keeps what is sent; resumed it goes on', async (t) => {
  const { settings } = await createStage(t)
  const ann = await startApp(t, [seedOf(1), await tmpFolder(t), settings])
  const bob = await startApp(t, [seedOf(2), '', settings])
  for (const app of [ann, bob]) await app.join({ roomTopic: 'r', roomKey })
  await ann.event('rootConnected')
  t.is((await ann.suspend()).success, true)
  await ann.event('rootDisconnected')
  t.is((await ann.status()).suspended, true)
  const sent = await ann.send('r', 'asleep')
  t.is(sent.storedWithRootPeer, false)
  await bob.send('r', 'while you slept')

  t.is((await ann.resume()).success, true)
  t.is((await ann.event('message')).message, 'while you slept')
  t.alike((await ann.event('stored')).ids, [sent.id])
  t.is((await bob.event('message')).message, 'asleep')
})

test('a profile of another identity is told', async (t) => {
  const { settings } = await createStage(t)
  const profile = await tmpFolder(t)
  const first = await startWorkletProcess(t, [seedOf(1), profile, settings])
  await (await TestApp.connect(t, first)).event('ready')
  await first.kill()
  const app = await startApp(t, [seedOf(2), profile, settings])
  t.is((await app.event('error')).code, 'PROFILE_OF_ANOTHER')
  await t.exception(app.getKeys(), { code: 'PROFILE_OF_ANOTHER' })
})

async function startApp(t: Test, args: string[]): Promise<TestApp> {
  return TestApp.connect(t, await startWorkletProcess(t, args))
}
