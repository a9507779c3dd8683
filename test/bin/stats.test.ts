import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'brittle'
import type { Stats } from '../../src/operator/stats.ts'
import { createDht } from '../helpers/dht.ts'
import { runCommand, startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { freePort } from '../operator/asking.ts'
import { Live } from './live.ts'

test('it prints what the root peer of this machine says', async (t) => {
  const dht = await createDht(t)
  const port = await freePort()
  const storage = await tmpFolder(t)
  const env = { PORT: String(port) }
  const root = await startDaemon(t, [...dht.args, '--storage', storage], { env })
  const invite = (await runCommand(t, ['invite', '--root', root.publicKey])).stdout
  const sent = ['send', invite.toString().trim(), 'hello', ...dht.args]
  t.is((await runCommand(t, sent)).code, 0)

  const people = await runCommand(t, ['stats'], { env })
  t.is(people.code, 0, people.stderr)
  const block = people.stdout.toString()
  t.ok(
    /^ {2}rooms +1 kept, \d open\n {2}messages +1, .*\n {2}kept +1 messages, .*\n {2}active peers +0\n/.test(
      block
    ),
    block
  )
  t.ok(/\n {2}uptime +\d+ seconds?\n {2}disk +[\d.]+ MB used, [\d.]+ [GT]B free\n/.test(block))

  const programs = await runCommand(t, ['stats', '--json', '--http-port', String(port)])
  const stats = JSON.parse(programs.stdout.toString()) as Stats
  t.is(stats.messages, 1)
  t.is(stats.publicKey, root.publicKey)

  const follow = new Live(t, ['stats', '--follow', '--json', '--http-port', String(port)])
  await follow.says(/"messages":1[\s\S]*\n\{.*"messages":1/)
  follow.signal('SIGINT')
  t.is(await follow.ended, 130)
})

test('it asks at any port, also at one that browsers shun', async (t) => {
  const port = '6000'
  const server = createServer((_, response) => response.end('{}'))
  server.listen(Number(port), '127.0.0.1')
  t.teardown(() => void server.close())
  await once(server, 'listening')
  const { code, stderr } = await runCommand(t, ['stats', '--http-port', port])
  t.is(code, 69)
  t.ok(stderr.includes('what answers at'), stderr)
})

test('nobody answers, or somebody else: one sentence that says what to do', async (t) => {
  const port = String(await freePort())
  const nobody = await runCommand(t, ['stats', '--http-port', port, '--json'])
  t.is(nobody.code, 69)
  t.ok(
    /^root-peer: NOT_RUNNING: no root peer answers at [^\n]*--http-port[^\n]*\n$/.test(
      nobody.stderr
    )
  )
  const { error } = JSON.parse(nobody.stdout.toString()) as { error: { code: string } }
  t.is(error.code, 'NOT_RUNNING')

  const answers = ['<html>', '{}', '[]', 'null', '{"version":"1","rooms":"many"}']
  for (const answer of answers) {
    const other = createServer((_, response) => response.end(answer))
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const at = String((other.address() as AddressInfo).port)
    const { code, stderr } = await runCommand(t, ['stats', '--http-port', at])
    t.is(code, 69, answer)
    t.ok(
      /^root-peer: NOT_RUNNING: what answers at [^\n]*is no root peer[^\n]*\n$/.test(stderr),
      stderr
    )
    other.close()
  }
  const off = await runCommand(t, ['stats', '--http-port', '0'])
  t.is(off.code, 78)
})
