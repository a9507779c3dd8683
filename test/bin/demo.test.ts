import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { runCommand } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { Live } from './live.ts'

test('what the absent reader gets is what was sent, and nothing is left behind', async (t) => {
  t.timeout(60_000)
  const folder = await tmpFolder(t)
  const temporary = await tmpFolder(t)
  const file = path.join(folder, 'log')
  const lines = Array.from(
    { length: 600 },
    (_, i) => `${i}: a line that is long enough to look for`
  )
  writeFileSync(
    file,
    Buffer.concat([Buffer.from(lines.join('\n')), Buffer.from([10, 10, 0xff, 13])])
  )

  const env = { TMPDIR: temporary, ROOT_PEER_BOOTSTRAP: '127.0.0.1:9', STORAGE_DIR: folder }
  const { code, stdout, stderr } = await runCommand(t, ['demo', '--file', file, '--json'], { env })
  t.is(code, 0, stderr)
  const outcome = JSON.parse(stdout.toString()) as Record<string, unknown>
  t.is(outcome['lines'], 602)
  t.is(outcome['stored'], 602)
  t.is(outcome['read'], 602)
  t.is(outcome['equal'], true)
  t.is(outcome['proven'], 602)
  t.is(outcome['doubled'], 0)
  t.ok(Number(outcome['plaintextSought']) > 10)
  t.is(outcome['plaintextFound'], 0)
  const before = Number(outcome['acknowledgedBeforeKill'])
  t.ok(before >= 301 && before < 602, `killed after ${before}`)
  t.ok(Number(outcome['underwayAtKill']) > 0, 'with more on their way')
  t.ok(/kill -9 \d+/.test(stderr))
  t.alike(readdirSync(temporary), [])
  t.alike(readdirSync(folder), ['log'], 'the settings of a root peer of ours are left alone')
})

test('Ctrl-C ends it, its root peer, and its folder', async (t) => {
  const temporary = await tmpFolder(t)
  const live = new Live(t, ['demo'], { TMPDIR: temporary })
  const [, pid] = await live.says(/runs as process (\d+)/)
  live.signal('SIGINT')
  t.is(await live.ended, 130)
  t.alike(readdirSync(temporary), [])
  await t.exception(() => process.kill(Number(pid), 0), { code: 'ESRCH' })
})

test('a log that is not there, empty or no log is one sentence', async (t) => {
  const folder = await tmpFolder(t)
  const empty = path.join(folder, 'empty')
  const long = path.join(folder, 'long')
  writeFileSync(empty, '')
  writeFileSync(long, 'x'.repeat(200_000))
  const fails = async (file: string, exit: number, message: RegExp): Promise<void> => {
    const { code, stderr } = await runCommand(t, ['demo', '--file', file])
    t.is(code, exit)
    t.ok(message.test(stderr) && stderr.trimEnd().split('\n').length === 1, stderr)
  }
  await fails(path.join(folder, 'none'), 78, /^root-peer: CONFIG: can't read the log: ENOENT/)
  await fails(empty, 78, /^root-peer: CONFIG: .*is empty/)
  await fails(folder, 78, /^root-peer: CONFIG: can't read the log: EISDIR/)
  await fails(long, 1, /^root-peer: TOO_LARGE: line 1 is longer/)
})
