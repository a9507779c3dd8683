// Real processes, killed with -9: a member in the middle of sending a whole log, while its root peer is
// away, there, killed, there again. Every line once, in order, in one chain.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import type { Test } from 'brittle'
import type { ReadMessage } from '../../../src/client/client.ts'
import { bareOrSkip } from '../../helpers/bare.ts'
import { chatLogs, readChatLog } from '../../helpers/fixtures.ts'
import { startDaemon } from '../../helpers/process.ts'
import type { Daemon } from '../../helpers/process.ts'
import { tmpFolder } from '../../helpers/tmp.ts'
import { KilledSender } from '../helpers/killed-sender.ts'
import { readAll, World } from '../helpers/world.ts'

const timeout = 120_000

test('a member that is killed while it sends a log loses and doubles nothing', { timeout }, (t) =>
  sendThroughKills(t, process.execPath)
)

test('and so does one under Bare', { timeout }, async (t) => {
  const bare = bareOrSkip(t)
  if (bare !== null) await sendThroughKills(t, bare)
})

async function sendThroughKills(t: Test, runtime: string): Promise<void> {
  const world = await World.create(t)
  const folder = await tmpFolder(t)
  const start = (): Promise<Daemon> =>
    startDaemon(t, ['--storage', join(folder, 'root'), ...world.dht.args])
  let root = await start()
  const { invite } = await world.client().createRoom({ roots: [root.publicKey] })
  await root.kill('SIGKILL')

  const lines = readChatLog(chatLogs[1] ?? '')
    .slice(0, 500)
    .map((line) => Buffer.from(line).toString())
  const file = join(folder, 'lines')
  writeFileSync(file, lines.join('\n'))
  const [bootstrap = ''] = world.dht.bootstrap
  const sender = new KilledSender(t, runtime, [join(folder, 'me'), invite, file, bootstrap])
  const part = Math.floor(lines.length / 5)

  // No root peer at all.
  sender.start()
  await sender.until(({ posted }) => posted >= part)
  await sender.kill()

  // It is there, and stores while more is posted.
  root = await start()
  sender.start()
  await sender.until(({ posted, left }) => posted >= 2 * part && left < posted)
  await sender.kill()

  // Killed both, the root peer in the middle of storing.
  sender.start()
  const { left } = await sender.until(({ posted }) => posted >= 3 * part)
  await sender.until((now) => now.left < left || now.left === 0)
  await root.kill('SIGKILL')
  await sender.kill()
  sender.start()
  await sender.until(({ posted }) => posted >= 4 * part)
  await sender.kill()

  root = await start()
  sender.start()
  await sender.until((now) => now.posted === lines.length && now.left === 0)

  const reader = await world.client().join(invite)
  const items = (await readAll(reader)) as ReadMessage[]
  t.alike(
    items.map(({ body }) => Buffer.from(body).toString()),
    lines
  )
  t.is(new Set(items.map(({ chain }) => chain)).size, 1, 'one chain')
  t.ok(items.every(({ proven, fork, late }) => proven && !fork && !late))
  t.is(items.at(-1)?.index, lines.length - 1, 'the log holds each once')
}
