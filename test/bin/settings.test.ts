import { writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { isDefault } from '../../bin/settings.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { settingsOf as settings } from './settings-of.ts'

const KEY = 'yry'.repeat(17) + 'y'

test('without flags and environment, the defaults', (t) => {
  const { storage, bootstrap, host, port, fsync, json, roots } = settings(['start'])
  t.is(storage, path.resolve('storage'))
  t.alike([bootstrap, host, port], [undefined, undefined, undefined])
  t.alike([fsync, json], [true, false])
  t.alike(roots, [])
  const { statsInterval, httpPort, httpHost, logLevel, connectionsPerAddress } = settings(['start'])
  t.alike([statsInterval, httpPort, httpHost, logLevel], [30, 3000, '127.0.0.1', 'info'])
  t.is(connectionsPerAddress, 256)
})

test('defaults, file, environment, flags: a later one wins, and each says where it is from', async (t) => {
  const file = path.join(await tmpFolder(t), 'c.json')
  writeFileSync(file, '{"port": 1, "httpPort": 1, "statsInterval": 1, "fsync": false}')
  const env = { PORT: '2', ROOT_PEER_STATS_INTERVAL: '2' }
  const all = settings(['start', '--config', file, '--stats-interval', '3'], env)
  t.alike([all.port, all.httpPort, all.statsInterval, all.fsync], [1, 2, 3, false])
  t.alike(all.sources.storage, { layer: 'default', from: 'default' })
  t.alike(all.sources.port, { layer: 'file', from: file })
  t.alike(all.sources.httpPort, { layer: 'environment', from: 'PORT' })
  t.alike(all.sources.statsInterval, { layer: 'flag', from: '--stats-interval' })
  t.alike([isDefault(all, 'storage'), isDefault(all, 'httpPort')], [true, false])

  const on = settings(['start', '--config', file], { ROOT_PEER_FSYNC: 'true' })
  t.is(on.fsync, true, 'the environment turns on what the file turns off')
  t.is(settings(['start', '--no-fsync'], { ROOT_PEER_FSYNC: 'true' }).fsync, false)
  writeFileSync(file, '{"bootstrap": ["127.0.0.1:9"]}')
  const near = settings(['start', '--config', file])
  t.is(near.host, '127.0.0.1', 'a DHT on this machine, also from a file')
  t.ok(isDefault(near, 'host'))
})

test('everything that is wrong in any layer is named at once', async (t) => {
  const file = path.join(await tmpFolder(t), 'c.json')
  writeFileSync(
    file,
    '{"storag": "x", "port": 1e999, "bootstrap": ["a:1", "a:1", ""], "fsync": "no"}'
  )
  const env = { ROOT_PEER_HOST: 'here', ROOT_PEER_NETWRK: 'x', PORT: '-1' }
  const error = thrown(() =>
    settings(['start', '--config', file, '--log-level', 'loud', '-p', '7', '--http-port', '1'], env)
  )
  t.is(error.message.replaceAll(file, 'FILE'), [
    '9 things are wrong: FILE: there is no setting "storag" (did you mean "storage"?)',
    'ROOT_PEER_NETWRK is no setting (did you mean ROOT_PEER_NETWORK?)',
    'FILE: port Infinity: expected a whole number, 0 to 65535',
    'FILE: bootstrap "": expected HOST:PORT',
    'FILE: bootstrap "a:1": it is named twice',
    'FILE: fsync "no": expected true or false',
    'ROOT_PEER_HOST "here": expected an IPv4 address',
    'PORT "-1": expected a whole number, 0 to 65535',
    '--log-level "loud": expected error, warn, info or debug'
  ].join('; ')) // prettier-ignore
})

test('of very much that is wrong the first is told, and how much more there is', async (t) => {
  const file = path.join(await tmpFolder(t), 'c.json')
  const names = Array.from({ length: 500 }, (_, i) => [`none${i}`, i] as const)
  writeFileSync(file, JSON.stringify(Object.fromEntries(names)))
  const message = /^500 things are wrong: [^\n]{10,3000}"none19"; and 480 more$/
  await t.exception(() => settings(['start', '--config', file]), { code: 'CONFIG', message })
})

test('--debug is short for --log-level debug', async (t) => {
  const { logLevel, sources } = settings(['start', '--debug'], { ROOT_PEER_LOG_LEVEL: 'warn' })
  t.is(logLevel, 'debug')
  t.is(sources.logLevel.from, '--debug')
  t.is(settings(['start', '-d', '--log-level', 'debug']).logLevel, 'debug')
  const both = ['start', '--debug', '--log-level', 'warn']
  t.is(thrown(() => settings(both)).message, '--debug is short for --log-level debug: leave out one of them') // prettier-ignore
})

test('what a command does not take is not looked at', (t) => {
  const env = { PORT: 'x', ROOT_PEER_LOG_LEVEL: 'x', ROOT_PEER_HOST: '10.0.0.9' }
  t.is(settings(['read', 'INVITE'], env).host, '10.0.0.9')
  t.is(settings(['invite'], { ...env, ROOT_PEER_HOST: 'x' }).host, undefined)
})

test('the environment stands in for flags, and flags win', (t) => {
  const env = {
    STORAGE_DIR: '/var/rooms',
    ROOT_PEER_BOOTSTRAP: '10.0.0.1:1000, dht.example:2000',
    ROOT_PEER_HOST: '10.0.0.9',
    ROOT_PEER_PROFILE: 'me'
  }
  const start = settings(['start'], env)
  t.is(start.storage, '/var/rooms')
  t.alike(start.bootstrap, ['10.0.0.1:1000', 'dht.example:2000'])
  t.is(start.host, '10.0.0.9')
  t.is(settings(['read', 'INVITE'], env).profile, 'me')

  const given = settings(
    ['start', '-s', 'here', '--bootstrap', '10.0.0.2:3', '--host', '10.0.0.8'],
    env
  )
  t.is(given.storage, path.resolve('here'))
  t.alike(given.bootstrap, ['10.0.0.2:3'])
  t.is(given.host, '10.0.0.8')
  t.is(settings(['start'], { STORAGE_DIR: ' ' }).storage, path.resolve('storage'), 'empty is none')
})

test('a DHT on this machine is spoken to from this machine only', (t) => {
  t.is(settings(['start', '--bootstrap', '127.0.0.1:9']).host, '127.0.0.1')
  t.is(settings(['start', '--local']).host, '127.0.0.1')
  const both = ['start', '--bootstrap', '127.0.0.1:9', '--bootstrap', '10.0.0.1:9']
  t.is(settings(both).host, undefined)
  const env = { ROOT_PEER_BOOTSTRAP: '10.0.0.1:9', ROOT_PEER_HOST: '10.0.0.9' }
  const local = settings(['start', '--local'], env)
  t.alike([local.bootstrap, local.host], [undefined, '127.0.0.1'], '--local wins')
})

test('a wrong value names the flag, or the variable', async (t) => {
  const wrong = async (
    argv: string[],
    env: Record<string, string>,
    code: string,
    message: RegExp
  ): Promise<void> => {
    await t.exception(() => settings(argv, env), { code, message }, message.source)
  }
  await wrong(
    ['start', '-p', '99999'],
    {},
    'CONFIG',
    /--port 99999: expected a whole number, 0 to 65535/
  )
  await wrong(['start', '-p', '1x'], {}, 'CONFIG', /--port "1x"/)
  await wrong(
    ['start', '--bootstrap', 'here'],
    {},
    'CONFIG',
    /--bootstrap "here": expected HOST:PORT/
  )
  await wrong(['start'], { ROOT_PEER_BOOTSTRAP: ':1' }, 'CONFIG', /^ROOT_PEER_BOOTSTRAP ":1"/)
  await wrong(['start', '--local', '--bootstrap', 'a:1'], {}, 'USAGE', /leave out --bootstrap/)
  await wrong(['start', '--local', '--host', '0.0.0.0'], {}, 'USAGE', /leave out --host/)
  await wrong(['read', 'INVITE', '--root', 'abc'], {}, 'BAD_KEY', /not a key in z32/)
})

test('a root is named in z32 or hex, a place by number or cursor', (t) => {
  const { roots } = settings(['read', 'INVITE', '--root', KEY, '--root', '00'.repeat(32)])
  t.is(roots.length, 2)
  t.is(roots[1], 'y'.repeat(52))
  t.is(settings(['read', 'INVITE', '--from', '12']).from, 12)
  t.is(settings(['read', 'INVITE', '--from', 'c12x']).from, 'c12x')
})

function thrown(work: () => unknown): Error {
  try {
    work()
  } catch (err) {
    if (err instanceof Error) return err
  }
  throw new Error('nothing was thrown')
}
