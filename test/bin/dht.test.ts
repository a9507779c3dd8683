import { setTimeout as wait } from 'node:timers/promises'
import test from 'brittle'
import { freePort } from '../operator/asking.ts'
import { runCommand, startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { Live } from './live.ts'

const host = '127.0.0.1'

async function startNodes(t: Parameters<typeof startDaemon>[0], port: number, nodes: number) {
  const args = ['--host', host, '--port', String(port), '--nodes', String(nodes), '--json']
  const live = new Live(t, ['dht', ...args])
  await live.says(/"msg":"ready"/)
  return live
}

test('a root peer that was there before its bootstrap node is found once that is there', async (t) => {
  const port = await freePort()
  const bootstrap = ['--bootstrap', `${host}:${port}`]
  const root = await startDaemon(t, [...bootstrap, '--storage', await tmpFolder(t)])
  const heard = (msg: RegExp): boolean => root.log.some((line) => msg.test(String(line['msg'])))
  t.absent(heard(/^online/), 'it serves, and nobody can find it')

  const nodes = await startNodes(t, port, 2)
  const own = `${host}:${port}`
  t.ok(nodes.stdout.includes(`"bootstrap":"${own}","nodes":["${own}","${host}:${port + 1}"]`))
  while (!heard(/^online/)) await wait(50)
  const invite = (await runCommand(t, ['invite'])).stdout.toString().trim()
  const send = await runCommand(t, ['send', invite, 'found', ...bootstrap])
  t.is(send.code, 0, send.stderr)
  const read = await runCommand(t, ['read', invite, ...bootstrap])
  t.is(read.stdout.toString(), 'found\n', read.stderr)

  nodes.signal('SIGTERM')
  t.is(await nodes.ended, 0)
})

test('what does not fit is said before anything is opened', async (t) => {
  for (const args of [
    ['--nodes', '0'],
    ['--nodes', '65'],
    ['--port', '65535']
  ]) {
    const { code, stderr } = await runCommand(t, ['dht', '--host', host, ...args])
    t.ok(code === 64 || code === 78, `${args.join(' ')}: ${code} ${stderr}`)
  }
  const port = await freePort()
  await startNodes(t, port, 1)
  const second = await runCommand(t, ['dht', '--host', host, '--port', String(port)])
  t.is(second.code, 78)
  const said = "root-peer: CONFIG: can't bind to 127.0.0.1, port"
  t.ok(second.stderr.startsWith(said), second.stderr)
})
