import { writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { reload } from '../../../bin/config/reload.ts'
import { isDefault } from '../../../bin/settings.ts'
import { settingsOf } from '../settings-of.ts'
import { tmpFolder } from '../../helpers/tmp.ts'

test('a reload says what takes effect and what needs a restart', async (t) => {
  const file = path.join(await tmpFolder(t), 'c.json')
  const write = (settings: object): void => writeFileSync(file, JSON.stringify(settings))
  const env: Record<string, string> = {}
  write({ port: 1, statsInterval: 5 })
  const before = settingsOf(['start', '--config', file, '--log-level', 'warn'], env)

  const same = reload(before)
  t.alike([same.changed, same.needRestart], [[], []])
  t.alike(same.settings, before)

  write({ port: 2, bootstrap: ['10.0.0.1:1'], connectionsPerAddress: 9, logLevel: 'debug' })
  env['ROOT_PEER_STATS_INTERVAL'] = '7'
  const { settings, changed, needRestart } = reload(before)
  t.alike(changed, [
    { name: 'connectionsPerAddress', from: 256, to: 9 },
    { name: 'statsInterval', from: 5, to: 7 }
  ])
  t.alike(needRestart, [
    { name: 'bootstrap', from: undefined, to: ['10.0.0.1:1'] },
    { name: 'port', from: 1, to: 2 }
  ])
  t.alike([settings.connectionsPerAddress, settings.statsInterval], [9, 7])
  t.is(settings.sources.statsInterval.from, 'ROOT_PEER_STATS_INTERVAL')
  t.alike([settings.port, settings.bootstrap], [1, undefined], 'as it runs')
  t.ok(isDefault(settings, 'bootstrap'))
  t.is(settings.logLevel, 'warn', 'the flag still wins')

  const again = reload(settings)
  t.alike(again.changed, [], 'is told once')
  t.is(again.needRestart.length, 2, 'as long as it is so')

  write({})
  delete env['ROOT_PEER_STATS_INTERVAL']
  const back = reload(again.settings)
  t.alike(
    back.changed.map(({ name }) => name),
    ['connectionsPerAddress', 'statsInterval']
  )
  t.is(back.settings.statsInterval, 30)
  t.ok(isDefault(back.settings, 'statsInterval'))
})

test('a reload of what is wrong names all of it, and leaves all as it was', async (t) => {
  const file = path.join(await tmpFolder(t), 'c.json')
  writeFileSync(file, '{}')
  const settings = settingsOf(['start', '--config', file])
  writeFileSync(file, '{"statsInterval": -1, "logLevel": "loud", "prt": 1}')
  const message = /3 things are wrong: .*"prt".*: statsInterval -1: .*: logLevel "loud": /
  await t.exception(() => reload(settings), { code: 'CONFIG', message })
  t.is(settings.statsInterval, 30)
})
