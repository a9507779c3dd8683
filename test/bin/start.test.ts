import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import test from 'brittle'
import { createDht } from '../helpers/dht.ts'
import { runCommand, startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { Live } from './live.ts'

test('the ready line has what scripts count on, and a signal ends it well', async (t) => {
  const storage = await tmpFolder(t)
  const root = await startDaemon(t, ['--local', '--storage', storage])
  t.ok(/^[a-z0-9]{52}$/.test(root.publicKey), 'z32')
  t.ok(/^127\.0\.0\.1:\d+$/.test(root.bootstrap ?? ''), 'HOST:PORT')

  const { code, stdout, stderr } = await root.kill('SIGTERM')
  t.is(code, 0)
  t.is(stderr, '')
  const messages = stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
  t.is(messages.filter((msg) => msg === 'ready').length, 1)
  t.is(messages.at(-1), 'closed')

  const again = await startDaemon(t, ['--local', '--storage', storage])
  t.is(again.publicKey, root.publicKey, 'its name stays')
  t.is((await again.kill('SIGINT')).code, 0)
})

test('the environment names the folder, and the flag wins', async (t) => {
  const folder = await tmpFolder(t)
  const [named, given] = [path.join(folder, 'named'), path.join(folder, 'given')]
  const env = { STORAGE_DIR: named }
  const root = await startDaemon(t, ['--local'], { env })
  t.alike(readdirSync(folder), ['named'])
  await root.kill('SIGKILL')
  await startDaemon(t, ['--local', '-s', given], { env })
  t.alike(readdirSync(folder).sort(), ['given', 'named'])
})

test('a second process on the same storage is told in one sentence', async (t) => {
  const storage = await tmpFolder(t)
  const root = await startDaemon(t, ['--local', '--storage', storage])
  const second = await runCommand(t, ['start', '--local', '--storage', storage, '--json'])
  t.is(second.code, 75)
  t.ok(
    /^root-peer: STORE_LOCKED: another process has .* open[^\n]*\n$/.test(second.stderr),
    second.stderr
  )
  const last = second.stdout.toString().trimEnd().split('\n').at(-1) ?? ''
  t.is((JSON.parse(last) as { error: { code: string } }).error.code, 'STORE_LOCKED')
  t.is((await root.kill('SIGTERM')).code, 0, 'the first one never noticed')
})

test('a folder that cannot be made is one sentence, and a stack only for who asks', async (t) => {
  const file = path.join(await tmpFolder(t), 'file')
  writeFileSync(file, 'not a folder')
  const args = ['start', '--local', '--storage', path.join(file, 'storage')]
  const { code, stderr } = await runCommand(t, args)
  t.is(code, 73)
  t.ok(/^root-peer: STORE_NOT_WRITABLE: [^\n]*\n$/.test(stderr), stderr)
  const debug = await runCommand(t, [...args, '--debug'])
  t.is(debug.code, 73)
  t.ok(debug.stderr.includes('\n    at '), 'a stack')
})

test('an address that is not of this machine is a wrong setting', async (t) => {
  const args = ['--host', '192.0.2.1', '--bootstrap', '127.0.0.1:9', '-s', await tmpFolder(t)]
  const { code, stderr } = await runCommand(t, ['start', ...args])
  t.is(code, 78)
  t.ok(/^root-peer: CONFIG: can't bind to 192\.0\.2\.1 [^\n]*\n$/.test(stderr), stderr)
})

test('where no DHT node answers it is ready, says so, and ends at once when asked', async (t) => {
  const storage = await tmpFolder(t)
  const live = new Live(t, ['start', '--bootstrap', '127.0.0.1:9', '--storage', storage])
  await live.says(/"msg":"ready"/)
  await live.says(/"level":"warn".*no DHT node answers/)
  live.signal('SIGTERM')
  t.is(await live.ended, 0)
})

test('a second signal ends it at once', async (t) => {
  const live = new Live(t, ['start', '--local', '--storage', await tmpFolder(t)])
  await live.says(/"msg":"ready"/)
  live.signal('SIGTERM')
  live.signal('SIGINT')
  const code = await live.ended
  t.ok(code === 130 || code === 143 || code === 0, `ended with ${code}`)
})

test('of a busy root peer the log at its fullest holds no key, no invite and no word', async (t) => {
  const dht = await createDht(t)
  const options = ['--stats-interval', '1', '--debug', '--storage', await tmpFolder(t)]
  const root = await startDaemon(t, [...dht.args, ...options])
  const words = ['xylophone', 'quizzical']
  const invites: string[] = []
  for (let room = 0; room < 3; room++) {
    const invite = (await runCommand(t, ['invite', '--root', root.publicKey])).stdout
      .toString()
      .trim()
    const stdin = Array.from({ length: 200 }, (_, i) => `${words[i % 2]} ${i}\n`).join('')
    t.is((await runCommand(t, ['send', invite, ...dht.args], { stdin })).code, 0)
    t.is((await runCommand(t, ['read', invite, ...dht.args])).code, 0)
    invites.push(invite)
  }
  while (!root.log.some(({ msg, messages }) => msg === 'stats' && messages === 600)) await wait(50)
  const { stdout } = await root.kill('SIGTERM')
  const log = stdout.toString()
  const told = [
    'peer connected',
    'room registered',
    'messages stored',
    'peer disconnected',
    'stats'
  ]
  for (const msg of told) t.ok(log.includes(`"msg":"${msg}"`), msg)
  t.ok(/"room":"[a-z0-9]{8}…"/.test(log), 'short')
  const others = log.replaceAll(root.publicKey, '')
  t.absent(/[a-z0-9]{52}|[0-9a-f]{64}/i.exec(others), 'no key but its own')
  for (const invite of invites) t.absent(log.includes(invite.slice(12, 40)), 'no invite')
  for (const word of words) t.absent(log.includes(word), 'no word')
})

test('SIGHUP reads the configuration again, and a bad file changes nothing', async (t) => {
  const folder = await tmpFolder(t)
  const config = path.join(folder, 'root-peer.json')
  const write = (entries: object): void => writeFileSync(config, JSON.stringify(entries))
  write({ logLevel: 'warn', statsInterval: 0 })
  const live = new Live(t, ['start', '--local', '-s', path.join(folder, 's'), '--config', config])
  // At this level it does not even say that it is ready.
  while (!existsSync(path.join(folder, 's', 'corestore'))) await wait(20)

  write({ logLevel: 'loud', statsIntervall: 1 })
  live.signal('SIGHUP')
  await live.says(/"level":"error".*statsIntervall.*"msg":"not reloaded, and nothing changed"/)
  await live.says(/logLevel/)
  t.absent(live.stdout.includes('"msg":"stats"'))

  write({ logLevel: 'debug', statsInterval: 1, connectionsPerAddress: 3, network: 'other' })
  live.signal('SIGHUP')
  await live.says(/"level":"info".*"name":"logLevel","from":"warn","to":"debug".*"msg":"reloaded"/)
  await live.says(/"level":"warn".*"name":"network".*"msg":"these take effect at the next start"/)
  await live.says(/"msg":"stats"/)

  write({ logLevel: 'debug', statsInterval: 1, connectionsPerAddress: 3 })
  live.signal('SIGHUP')
  await live.says(/"msg":"reloaded: nothing changed"/)

  // What is changed to say less is still said at the level before.
  write({ logLevel: 'error', network: 'quiet' })
  live.signal('SIGHUP')
  await live.says(/"name":"network","to":"quiet".*"msg":"these take effect at the next start"/)
  live.signal('SIGTERM')
  t.is(await live.ended, 0)
})

test('a port for HTTP that is taken: asked for, an error; not asked for, a warning', async (t) => {
  const storage = await tmpFolder(t)
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const port = String((other.address() as AddressInfo).port)
  const asked = await runCommand(t, ['start', '--local', '-s', storage, '--http-port', port])
  t.is(asked.code, 78)
  t.ok(/^root-peer: CONFIG: can't serve HTTP on [^\n]*\n$/.test(asked.stderr), asked.stderr)
})

test(
  'fdatasync and RocksDB get eight threads',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const threads = async (env: Record<string, string>): Promise<number> => {
      const args = ['--local', '--storage', await tmpFolder(t)]
      const { pid } = await startDaemon(t, args, { env })
      return readdirSync(`/proc/${pid}/task`).length
    }
    const usual = await threads({})
    t.is(usual - (await threads({ UV_THREADPOOL_SIZE: '3' })), 5)
  }
)
