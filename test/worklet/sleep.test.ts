// A worklet that is put to sleep while its client can't be opened, in this process: Bare's own events are
// the caller here.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test from 'brittle'
import { RootPeerClient } from '../../src/client/client.ts'
import { Worklet } from '../../src/worklet/worklet.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { createStage, seedOf, TestApp } from './helpers.ts'

test('put to sleep before its client could be opened, it sleeps once it is', async (t) => {
  const { rootOnly } = await createStage(t)
  const folder = await tmpFolder(t)
  const [profile, path] = [join(folder, 'profile'), join(folder, 'pipe')]
  const seed = Buffer.from(seedOf(1), 'hex')
  const holder = new RootPeerClient({
    seed,
    profile,
    host: '127.0.0.1',
    bootstrap: ['127.0.0.1:9']
  })
  await holder.ready()

  const worklet = new Worklet([seedOf(1), profile, rootOnly])
  const server = createServer((pipe) => worklet.attach(pipe)).listen(path)
  await once(server, 'listening')
  t.teardown(() => server.close())
  t.teardown(() => worklet.close())
  const app = await TestApp.connect(t, { path })
  t.is((await app.event('error')).code, 'PROFILE_LOCKED')
  await worklet.suspend()
  await holder.close()

  await app.join({ roomTopic: 'r', roomKey: 'ab'.repeat(32) })
  t.is((await app.send('r', 'm')).storedWithRootPeer, false)
  await new Promise((resolve) => setTimeout(resolve, 500)) // longer than a root peer takes here
  const { suspended, roots } = await app.status()
  t.is(suspended, true)
  t.alike(roots, [])
  await worklet.resume()
  await app.event('stored')
})
