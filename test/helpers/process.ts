// The compiled command as a real process: started, awaited until it serves, killed by its own pid.
// Never a shell, never a signal to anything that it did not start itself.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'brittle'
import { repositoryRoot } from './fixtures.ts'

/** Beside the compiled tests. */
const command = fileURLToPath(new URL('../../bin/root-peer.cjs', import.meta.url))
const readyTimeoutMs = 20_000

export interface RunOptions {
  /** Bytes or text for stdin; without it stdin is closed. */
  stdin?: string | Uint8Array
  /** Added to an environment in which no setting of ours is left over. */
  env?: Record<string, string>
  cwd?: string
}

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface Daemon {
  readonly pid: number
  /** In z32. */
  readonly publicKey: string
  /** `HOST:PORT`; with `--local` only. */
  readonly bootstrap: string | null
  /** All that was logged up to now, one object per line. */
  readonly log: readonly Record<string, unknown>[]
  /** Sends the signal and resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<Finished>
  /** Resolves when the process is gone, whoever ended it. */
  readonly finished: Promise<Finished>
}

/** Without HTTP unless the test is about it: many run at once on a machine. */
export function withoutHttp(args: readonly string[], env: Record<string, string> = {}): string[] {
  const plain = args[0] !== 'start' || args.includes('--http-port') || 'PORT' in env
  return plain ? [...args] : [...args, '--http-port', '0']
}

/** Runs one command to its end. Resolves whatever its exit code is. */
export async function runCommand(
  t: Test,
  args: readonly string[],
  options: RunOptions = {}
): Promise<Finished> {
  const { child, finished } = launch(t, args, options)
  child.stdin?.on('error', ignoreClosedPipe)
  child.stdin?.end(options.stdin)
  return await finished
}

/** Runs `start` and resolves once it serves; rejects with its output if it does not. */
export async function startDaemon(
  t: Test,
  args: readonly string[],
  options: RunOptions = {}
): Promise<Daemon> {
  const { child, finished } = launch(t, ['start', ...args], options)
  child.stdin?.end()

  const log: Record<string, unknown>[] = []
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const fail = (why: string, result?: Finished): void => {
      clearTimeout(timer)
      const output = result === undefined ? '' : `\n${result.stdout.toString()}${result.stderr}`
      reject(new Error(`root-peer start ${args.join(' ')}: ${why}${output}`))
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(`not ready after ${readyTimeoutMs} ms; it logged ${JSON.stringify(log)}`)
    }, readyTimeoutMs)

    void finished.then((result) => fail(`ended with ${result.code ?? result.signal}`, result))

    if (child.stdout === null) return fail('has no stdout')
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = parseLine(line)
      if (entry === null) return
      log.push(entry)
      if (entry['msg'] !== 'ready') return
      clearTimeout(timer)
      resolve(entry)
    })
  })

  const { pid } = child
  const { publicKey, bootstrap } = ready
  if (pid === undefined || typeof publicKey !== 'string') {
    throw new Error(`The ready line names no public key: ${JSON.stringify(ready)}`)
  }

  return {
    pid,
    publicKey,
    bootstrap: typeof bootstrap === 'string' ? bootstrap : null,
    log,
    finished,
    kill(signal) {
      child.kill(signal)
      return finished
    }
  }
}

function launch(
  t: Test,
  args: readonly string[],
  options: RunOptions
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [command, ...withoutHttp(args, options.env)], {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...inheritedEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe']
  })

  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))

  const finished = once(child, 'close').then((): Finished => ({
    code: child.exitCode,
    signal: child.signalCode,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr).toString()
  }))

  t.teardown(
    async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await finished
    },
    { order: 100, force: true }
  )
  return { child, finished }
}

/** What a process needs to run at all; settings of ours must come from the test alone. */
function inheritedEnvironment(): Record<string, string> {
  const kept: Record<string, string> = { NO_COLOR: '1' }
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG']) {
    const value = process.env[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

function parseLine(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

/** A command that reads no stdin may be gone before it was written: not a failure of the test. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
