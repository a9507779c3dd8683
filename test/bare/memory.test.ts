// What a client that follows 50 rooms takes of a phone's memory: the whole process, under Bare.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { RootPeerClient } from '../../src/client/client.ts'
import { bareOrSkip } from '../helpers/bare.ts'
import { createDht } from '../helpers/dht.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const script = fileURLToPath(new URL('./follower.js', import.meta.url))
const roomCount = 50
const host = '127.0.0.1'
/** Memory of its own; what is mapped from the runtime's and the addons' files comes on top, shared. */
const ownMiBMax = 60

test('a client that follows 50 rooms is small', async (t) => {
  const bare = bareOrSkip(t)
  if (bare === null) return
  if (platform() !== 'linux') return t.pass('skipped: memory is read from /proc')
  const dht = await createDht(t)
  const root = await startDaemon(t, ['--storage', await tmpFolder(t), ...dht.args])
  const options = { bootstrap: dht.bootstrap, host, roots: [root.publicKey] }

  const keys = Array.from({ length: roomCount }, (_, n) => (n + 1).toString(16).padStart(64, '0'))
  const client = new RootPeerClient(options)
  t.teardown(() => client.close(), { order: 30, force: true })
  for (const key of keys) {
    const room = await client.join({ sharedKey: Buffer.from(key, 'hex') })
    await room.send('hello')
  }

  const idle = await memoryOf(bare, [])
  const full = await memoryOf(bare, keys)
  t.comment(`with no room: ${idle.own} MiB of its own, ${idle.resident} MiB resident`)
  t.comment(`following ${roomCount}: ${full.own} MiB of its own, ${full.resident} MiB resident`)
  t.ok(full.own < ownMiBMax, `under ${ownMiBMax} MiB`)

  async function memoryOf(
    runtime: string,
    rooms: string[]
  ): Promise<{ own: number; resident: number }> {
    const profile = await tmpFolder(t)
    const child = spawn(runtime, [script, JSON.stringify({ ...options, profile }), ...rooms], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const closed = once(child, 'close')
    t.teardown(() => void (child.exitCode === null && child.kill('SIGKILL')), {
      order: 50,
      force: true
    })
    await once(createInterface({ input: child.stdout }), 'line')
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    child.kill('SIGKILL')
    await closed
    const miB = (name: string): number =>
      Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
    return { own: miB('RssAnon'), resident: miB('VmRSS') }
  }
})
