import test from 'brittle'
import { VERSION } from '../../src/version.ts'
import { runCommand } from '../helpers/process.ts'

test('help and version go to stdout, and mean success', async (t) => {
  for (const args of [['--help'], ['help', 'send'], ['send', '-h']]) {
    const { code, stdout, stderr } = await runCommand(t, args)
    t.is(code, 0)
    t.ok(stdout.includes('root-peer'))
    t.is(stderr, '')
  }
  t.is((await runCommand(t, ['--version'])).stdout.toString(), `${VERSION}\n`)
})

test('no command at all is help on stderr, and a failure', async (t) => {
  const { code, stdout, stderr } = await runCommand(t, [])
  t.is(code, 64)
  t.is(stdout.byteLength, 0)
  t.ok(stderr.includes('root-peer start --local'))
})

test('a wrong command line is one line and exit code 64', async (t) => {
  for (const args of [['strat'], ['start', '--folow'], ['send'], ['read', 'a', 'b']]) {
    const { code, stdout, stderr } = await runCommand(t, args)
    t.is(code, 64)
    t.is(stdout.byteLength, 0)
    t.ok(/^root-peer: USAGE: [^\n]+\n$/.test(stderr), stderr)
  }
  const { code, stdout } = await runCommand(t, ['strat', '--json'])
  t.is(code, 64)
  const { error } = JSON.parse(stdout.toString()) as { error: { code: string; message: string } }
  t.is(error.code, 'USAGE')
  t.ok(error.message.includes('did you mean start?'))
})

test('a wrong setting is exit code 78, and says which', async (t) => {
  const env = { ROOT_PEER_BOOTSTRAP: 'nowhere' }
  const { code, stderr } = await runCommand(t, ['start'], { env })
  t.is(code, 78)
  t.ok(stderr.startsWith('root-peer: CONFIG: ROOT_PEER_BOOTSTRAP "nowhere": expected HOST:PORT'))
})
