// Signals, as a process gets them: with a terminal that goes away, and without one.

import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { Test } from 'brittle'

const script = fileURLToPath(new URL('./hangup.js', import.meta.url))
const terminal = spawnSync('script', ['--version']).status === 0

interface Told {
  readonly child: ChildProcess
  /** What it says next; null once nobody is left who could say anything. */
  readonly next: () => Promise<string | null>
}

function start(t: Test, command: string, args: readonly string[]): Told {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const lines = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]()
  t.teardown(() => void child.kill('SIGKILL'))
  return {
    child,
    next: async () => {
      const { value, done } = await lines.next()
      return done === true ? null : value
    }
  }
}

test('SIGHUP ends a command that cannot reload', async (t) => {
  const { child, next } = start(t, process.execPath, [script])
  t.is(await next(), 'here')
  child.kill('SIGHUP')
  t.is(await next(), 'SIGHUP')
  await once(child, 'exit')
  t.is(child.exitCode, 129)
})

test('SIGHUP reloads one that can, as often as it comes, and SIGTERM ends it', async (t) => {
  const { child, next } = start(t, process.execPath, [script, 'reload'])
  t.is(await next(), 'here')
  for (let i = 0; i < 2; i++) {
    child.kill('SIGHUP')
    t.is(await next(), 'reload')
  }
  child.kill('SIGTERM')
  t.is(await next(), 'SIGTERM')
  await once(child, 'exit')
  t.is(child.exitCode, 143)
})

test(
  'SIGHUP because the terminal is gone ends also one that can reload',
  { skip: !terminal },
  async (t) => {
    const command = `exec '${process.execPath}' '${script}' reload`
    const { child, next } = start(t, 'script', ['--quiet', '--command', command, '/dev/null'])
    t.is(await next(), 'here')
    child.kill('SIGKILL') // whoever held the terminal
    t.is(await next(), 'SIGHUP')
    t.is(await next(), null, 'it has ended')
  }
)
