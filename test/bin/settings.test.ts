import path from 'node:path'
import test from 'brittle'
import { parse } from '../../bin/parse.ts'
import type { Settings } from '../../bin/settings.ts'
import { parseSettings } from '../../bin/settings.ts'

const KEY = 'yry'.repeat(17) + 'y'

function settings(argv: string[], env: Record<string, string> = {}): Settings {
  const line = parse(argv)
  if (line.kind !== 'run') throw new Error('not a command')
  return parseSettings(line.flags, env)
}

test('without flags and environment, the defaults', (t) => {
  const { storage, bootstrap, host, port, fsync, json, roots } = settings(['start'])
  t.is(storage, path.resolve('storage'))
  t.alike([bootstrap, host, port], [undefined, undefined, undefined])
  t.alike([fsync, json], [true, false])
  t.alike(roots, [])
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

  const given = settings(['start', '-s', 'here', '--bootstrap', '10.0.0.2:3', '--host', '::'], env)
  t.is(given.storage, path.resolve('here'))
  t.alike(given.bootstrap, ['10.0.0.2:3'])
  t.is(given.host, '::')
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
  await wrong(['start', '-p', '99999'], {}, 'CONFIG', /--port "99999": expected a port/)
  await wrong(['start', '-p', '1x'], {}, 'CONFIG', /--port "1x"/)
  await wrong(
    ['start', '--bootstrap', 'here'],
    {},
    'CONFIG',
    /--bootstrap "here": expected HOST:PORT/
  )
  await wrong(['start'], { ROOT_PEER_BOOTSTRAP: ':1' }, 'CONFIG', /^ROOT_PEER_BOOTSTRAP ":1"/)
  await wrong(['start', '--local', '--bootstrap', 'a:1'], {}, 'USAGE', /leave out --bootstrap/)
  await wrong(['start', '--local', '--host', '::'], {}, 'USAGE', /leave out --host/)
  await wrong(['read', 'INVITE', '--root', 'abc'], {}, 'BAD_KEY', /not a key in z32/)
})

test('a root is named in z32 or hex, a place by number or cursor', (t) => {
  const { roots } = settings(['read', 'INVITE', '--root', KEY, '--root', '00'.repeat(32)])
  t.is(roots.length, 2)
  t.is(roots[1], 'y'.repeat(52))
  t.is(settings(['read', 'INVITE', '--from', '12']).from, 12)
  t.is(settings(['read', 'INVITE', '--from', 'c12x']).from, 'c12x')
})
