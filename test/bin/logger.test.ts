import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { tmpFolder } from '../helpers/tmp.ts'
import { freePort, getJson } from '../operator/asking.ts'

const command = fileURLToPath(new URL('../../bin/root-peer.cjs', import.meta.url))
/** Takes nothing: every write to it finds no room. */
const FULL = '/dev/full'
const PATIENCE_MS = 15_000

test('a log that finds no room ends nothing', { skip: !existsSync(FULL) }, async (t) => {
  const port = await freePort()
  const full = openSync(FULL, 'w')
  const args = ['start', '--local', '--storage', await tmpFolder(t), '--http-port', String(port)]
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', full, 'ignore'] })
  closeSync(full)
  const exit = once(child, 'exit')
  t.teardown(() => void child.kill('SIGKILL'))

  const until = Date.now() + PATIENCE_MS
  const ready = async (): Promise<boolean> =>
    (await getJson(`http://127.0.0.1:${port}/readyz`)).status === 200
  while (!(await ready().catch(() => false)) && Date.now() < until) await wait(50)
  t.ok(await ready(), 'it serves')

  child.kill('SIGTERM')
  t.alike(await exit, [0, null])
})
