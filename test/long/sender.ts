// node dist/test/long/sender.js LOG: a member under Bare (under Node, where there is no Bare) sends a whole
// log while its root peer is killed and started again 20 times, and itself 5 times. Every line once, in
// order, in one chain. Takes some minutes: a dead root peer is noticed by its silence.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import type { ReadMessage } from '../../src/client/client.ts'
import { KilledSender } from '../client/helpers/killed-sender.ts'
import { readAll, World } from '../client/helpers/world.ts'
import { bare } from '../helpers/bare.ts'
import { chatLogPath, chatLogs } from '../helpers/fixtures.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const rootKills = 20
const ownKills = 5
const timeout = 1_800_000

const [log = chatLogPath(chatLogs[1] ?? '')] = process.argv.slice(2)

test(
  `${log}: ${rootKills} kills of its root peer, ${ownKills} of its own`,
  { timeout },
  async (t) => {
    const world = await World.create(t)
    const folder = await tmpFolder(t)
    const args = ['--storage', join(folder, 'root'), ...world.dht.args]
    let root = await startDaemon(t, args)
    const { invite } = await world.client().createRoom({ roots: [root.publicKey] })

    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    const file = join(folder, 'lines')
    writeFileSync(file, lines.join('\n'))
    const [bootstrap = ''] = world.dht.bootstrap
    const runtime = bare ?? process.execPath
    t.comment(`${lines.length} lines, sent by ${bare === null ? 'Node' : 'Bare'}`)
    const sender = new KilledSender(t, runtime, [join(folder, 'me'), invite, file, bootstrap, '40'])
    sender.start()
    for (let kill = 1; kill <= rootKills; kill++) {
      const part = Math.floor((lines.length * kill) / (rootKills + 1))
      const { posted, left } = await sender.until((now) => now.posted >= part && now.left > 0)
      await root.kill('SIGKILL')
      if (kill % (rootKills / ownKills) === 0) {
        await sender.kill()
        sender.start()
      }
      root = await startDaemon(t, args)
      t.comment(`kill ${kill} at ${posted} posted, ${left} of them not stored`)
    }
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
)
