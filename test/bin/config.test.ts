import { writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { ENTRY_NAMES } from '../../src/entries.ts'
import { runCommand } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

test('config prints what start would run with, and where it is from', async (t) => {
  const folder = await tmpFolder(t)
  const file = path.join(folder, 'c.json')
  writeFileSync(file, '{"port": 49737, "logLevel": "warn", "bootstrap": ["10.0.0.1:1", "b:2"]}')
  const args = ['config', '--config', 'c.json', '--stats-interval', '60']
  const env = { PORT: '9000', ROOT_PEER_LOG_LEVEL: 'error' }

  const { code, stdout, stderr } = await runCommand(t, args, { env, cwd: folder })
  t.is(code, 0, stderr)
  const rows = stdout.toString().split('\n')
  t.is(rows.length, ENTRY_NAMES.length + 2)
  const row = (name: string): string | undefined =>
    rows
      .find((row) => row.startsWith(`${name} `))
      ?.replace(/ {2,}/g, ' | ')
      .trim()
  t.is(row('setting'), 'setting | value | from | a change takes effect')
  t.is(row('storage'), `storage | ${path.join(folder, 'storage')} | default | at the next start`)
  t.is(row('bootstrap'), `bootstrap | 10.0.0.1:1, b:2 | ${file} | at the next start`)
  t.is(row('port'), `port | 49737 | ${file} | at the next start`)
  t.is(row('httpPort'), 'httpPort | 9000 | PORT | at the next start')
  t.is(row('logLevel'), 'logLevel | error | ROOT_PEER_LOG_LEVEL | at SIGHUP')
  t.is(row('statsInterval'), 'statsInterval | 60 | --stats-interval | at SIGHUP')

  const json = await runCommand(t, [...args, '--json'], { env, cwd: folder })
  const entries = json.stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  t.alike(
    entries.map(({ name }) => name),
    ENTRY_NAMES
  )
  t.alike(
    entries.find(({ name }) => name === 'bootstrap'),
    {
      name: 'bootstrap',
      value: ['10.0.0.1:1', 'b:2'],
      layer: 'file',
      from: file,
      reloadable: false
    }
  )
  t.alike(
    entries.find(({ name }) => name === 'network'),
    {
      name: 'network',
      value: null,
      layer: 'default',
      from: 'default',
      reloadable: false
    }
  )
})

test('--local is shown as what it does', async (t) => {
  const { stdout } = await runCommand(t, ['config', '--local'])
  t.ok(/^bootstrap +a DHT of its own +--local /m.test(stdout.toString()))
  t.ok(/^host +127\.0\.0\.1 +--local /m.test(stdout.toString()))
})

test('everything that is wrong is one line, exit code 78, and start says the same', async (t) => {
  const file = path.join(await tmpFolder(t), 'c.json')
  writeFileSync(file, '{"prt": 1, "statsInterval": "often"}')
  const args = ['--config', file, '--http-port', '99999']
  const env = { ROOT_PEER_BOOTSTRAP: 'nowhere', ROOT_PEER_NETWRK: 'x' }
  for (const command of ['config', 'start']) {
    const { code, stdout, stderr } = await runCommand(t, [command, ...args, '--json'], { env })
    t.is(code, 78)
    t.ok(/^root-peer: CONFIG: 5 things are wrong: [^\n]*\n$/.test(stderr), stderr)
    const wrong = ['"prt"', 'statsInterval "often"', 'ROOT_PEER_NETWRK', '"nowhere"', '--http-port']
    for (const each of wrong) t.ok(stderr.includes(each), each)
    const { error } = JSON.parse(stdout.toString()) as { error: { code: string; message: string } }
    t.is(error.code, 'CONFIG')
    t.is(`root-peer: CONFIG: ${error.message}\n`, stderr)
  }
})

test('a file that is not there, or no JSON, is exit code 78', async (t) => {
  const folder = await tmpFolder(t)
  const missing = await runCommand(t, ['start', '--config', 'missing'], { cwd: folder })
  t.is(missing.code, 78)
  t.ok(missing.stderr.includes('there is no such file'))
  writeFileSync(path.join(folder, 'c.json'), '{\n  "port": 1,\n}')
  const broken = await runCommand(t, ['start', '--config', 'c.json'], { cwd: folder })
  t.is(broken.code, 78)
  t.ok(broken.stderr.includes('c.json, line 3, column 1: expected a name in double quotes'))
})
