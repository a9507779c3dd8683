// The worklet as one bundle, as an app ships it: made for phones, and, made for this machine, started
// the way Bare Kit starts it. A phone itself is not here.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { WorkletApp } from '../../src/worklet/app.ts'
import { bareOrSkip, barePack } from '../helpers/bare.ts'
import { createDht } from '../helpers/dht.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const entry = fileURLToPath(new URL('../../src/worklet/start.js', import.meta.url))
const kit = fileURLToPath(new URL('./kit.js', import.meta.url))
const bundleMiBMax = 4
/** What an app's build has to link, because the bundle names it. */
const addons = ['rocksdb-native', 'sodium-native', 'udx-native']

test('the worklet is bundled for android and ios', async (t) => {
  if (bareOrSkip(t) === null) return
  const out = join(await tmpFolder(t), 'worklet.bundle')
  await barePack(entry, out, '--preset', 'mobile', '--linked')
  const bundle = await readFile(out)
  const miB = bundle.byteLength / 1024 / 1024
  t.comment(`${miB.toFixed(2)} MiB for android and ios, addons linked by the app's build`)
  t.ok(miB < bundleMiBMax)
  for (const addon of addons) {
    t.ok(bundle.includes(`linked:lib${addon}.`), `${addon} on android`)
    t.ok(bundle.includes(`linked:${addon}.`), `${addon} on ios`)
  }
})

test('a bundle starts with the pipe and the arguments that Bare Kit gives', async (t) => {
  const bare = bareOrSkip(t)
  if (bare === null) return
  const { bootstrap } = await createDht(t)
  const bundle = join(await tmpFolder(t), 'worklet.bundle')
  await barePack(entry, bundle, '--offload-addons')
  const args = ['07'.repeat(32), '', JSON.stringify({ bootstrap, host: '127.0.0.1' })]
  const child = spawn(bare, [kit, bundle, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe']
  })
  const closed = once(child, 'close')
  t.teardown(
    async () => {
      child.kill('SIGKILL')
      await closed
    },
    { order: 50, force: true }
  )
  const app = new WorkletApp(child.stdio[3] as Socket)
  const ready = await new Promise<{ publicKey: string }>((resolve) => app.on('ready', resolve))
  t.is((await app.getKeys()).publicKey, ready.publicKey)
})
