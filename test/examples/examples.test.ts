// Every example, run by the command that its README gives, against a root peer on a DHT of its own.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'brittle'
import type { Test } from 'brittle'
import { bareOrSkip } from '../helpers/bare.ts'
import { createDht } from '../helpers/dht.ts'
import { repositoryRoot } from '../helpers/fixtures.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

test('a terminal chat: two people talk, one after the other was gone', async (t) => {
  const env = await stage(t)
  const ann = new Example(t, env, 'chat')
  const invite = await ann.invite()
  ann.type('hello')
  ann.type('is anybody there?')
  ann.end()
  t.is(await ann.ended, 0, 'ends once all is stored')

  const bob = new Example(t, env, 'chat', invite)
  t.ok((await bob.line()).endsWith(': hello'))
  t.ok((await bob.line()).endsWith(': is anybody there?'))
  bob.end()
  t.is(await bob.ended, 0)
  const code = readFileSync(join(repositoryRoot, 'examples/chat/chat.js'), 'utf8')
  t.ok(code.trimEnd().split('\n').length <= 40, 'in 40 lines')
})

test('a bot answers, also what was asked while it was away', async (t) => {
  const env = await stage(t)
  const ann = new Example(t, env, 'chat')
  const invite = await ann.invite()
  ann.type('!say are you there')
  const profile = await tmpFolder(t)
  const bot = new Example(t, env, 'bot', invite, profile)
  await bot.line()
  t.ok((await ann.line()).endsWith(': are you there'))
  ann.type('not for the bot')
  ann.type('!time')
  t.ok(/: \d{4}-.*Z$/.test(await ann.line()))
  bot.kill('SIGTERM')
  t.is(await bot.ended, 0)

  ann.type('!say while you were away')
  const again = new Example(t, env, 'bot', invite, profile)
  t.ok((await ann.line()).endsWith(': while you were away'))
  again.kill('SIGTERM')
  t.is(await again.ended, 0)
})

test('a worklet under Bare and its app side', async (t) => {
  if (bareOrSkip(t) === null) return
  const env = await stage(t)
  const ann = new Example(t, env, 'worklet')
  const invite = await ann.invite()
  const bob = new Example(t, env, 'worklet', invite)
  ann.type('from Bare to Bare')
  t.ok((await bob.line()).endsWith(': from Bare to Bare'))
  bob.type('and back')
  t.ok((await ann.line()).endsWith(': and back'))
  for (const example of [ann, bob]) {
    example.end()
    t.is(await example.ended, 0)
  }
})

test('a worklet with a profile: the same person again, and nothing lost by leaving at once', async (t) => {
  if (bareOrSkip(t) === null) return
  const env = await stage(t)
  const bob = new Example(t, env, 'worklet')
  const invite = await bob.invite()
  const profile = { ...env, ROOT_PEER_PROFILE: join(await tmpFolder(t), 'ann') }
  const heard: string[] = []
  for (const [text, variables] of [
    ['first', profile],
    ['second', profile],
    ['no profile', env]
  ] as const) {
    const ann = new Example(t, variables, 'worklet', invite)
    ann.type(text)
    ann.end()
    t.is(await ann.ended, 0)
    heard.push(await bob.line())
  }
  const [first = '', second = '', third = ''] = heard
  t.ok(first.endsWith(': first'))
  t.is(second, first.replace(': first', ': second'), 'by the same author')
  t.ok(third.endsWith(': no profile'))
  bob.end()
  t.is(await bob.ended, 0)
})

/** A root peer on a private DHT; what an example needs to find it. */
async function stage(t: Test): Promise<Record<string, string>> {
  const dht = await createDht(t)
  await startDaemon(t, ['--storage', await tmpFolder(t), ...dht.args])
  const { PATH = '', HOME = '' } = process.env
  return { PATH, HOME, ROOT_PEER_BOOTSTRAP: dht.bootstrap.join(',') }
}

class Example {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly ended: Promise<number | null>

  constructor(t: Test, env: Record<string, string>, name: string, ...args: string[]) {
    const command = commandOf(name).concat(args)
    this.#child = spawn(process.execPath, command, {
      cwd: repositoryRoot,
      env,
      stdio: ['pipe', 'pipe', 'pipe']
    })
    let stderr = ''
    this.#child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const { stdout } = this.#child
    if (stdout === null) throw new Error('no stdout')
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
    this.ended = once(this.#child, 'close').then(() => {
      if (this.#child.exitCode !== 0) t.comment(`${name} said: ${stderr}`)
      return this.#child.exitCode
    })
    t.teardown(
      async () => {
        if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
        await this.ended
      },
      { order: 50, force: true }
    )
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  end(): void {
    this.#child.stdin?.end()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async line(): Promise<string> {
    const line = await this.#lines.next()
    if (line.done === true) throw new Error('it ended before it said that')
    return line.value
  }

  async invite(): Promise<string> {
    return (await this.line()).replace('invite: ', '')
  }
}

/** The first command in an example's README, without the variables before it and what is to be filled in. */
function commandOf(name: string): string[] {
  const readme = readFileSync(join(repositoryRoot, 'examples', name, 'README.md'), 'utf8')
  const command = /^(?:[A-Z_]+=\S+ )*node (examples\/\S+)/m.exec(readme)?.[1]
  if (command === undefined) throw new Error(`the README of ${name} gives no command`)
  return [command]
}
