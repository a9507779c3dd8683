// The command as a process that a test talks with while it runs: writes to it, waits for what it says,
// signals it by its own pid. For one that just runs to its end there is test/helpers/process.ts.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'brittle'
import { withoutHttp } from '../helpers/process.ts'

const command = fileURLToPath(new URL('../../bin/root-peer.cjs', import.meta.url))
const patienceMs = 25_000

export class Live {
  readonly child: ChildProcess
  /** All that it said up to now. */
  stdout = ''
  stderr = ''
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>

  constructor(t: Test, args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [command, ...withoutHttp(args, env)], {
      env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe']
    })
    this.child.stdin?.on('error', () => {}) // it may be gone before it was written to
    this.child.stdout?.on('data', (bytes: Buffer) => (this.stdout += bytes.toString('latin1')))
    this.child.stderr?.on('data', (bytes: Buffer) => (this.stderr += bytes.toString()))
    this.ended = once(this.child, 'close').then(
      () => this.child.exitCode ?? this.child.signalCode ?? 'gone'
    )
    t.teardown(
      async () => {
        this.signal('SIGKILL')
        await this.ended
      },
      { order: 100, force: true }
    )
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  write(text: string): void {
    this.child.stdin?.write(text)
  }

  end(): void {
    this.child.stdin?.end()
  }

  signal(signal: NodeJS.Signals): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal)
  }

  /** Resolves once it has said this on stdout or stderr. */
  async says(what: RegExp): Promise<RegExpExecArray> {
    const signal = AbortSignal.timeout(patienceMs)
    while (true) {
      const match = what.exec(this.stdout) ?? what.exec(this.stderr)
      if (match !== null) return match
      const { stdout, stderr } = this.child
      if (stdout === null || stderr === null) throw new Error('it has no output')
      try {
        await Promise.race([
          once(stdout, 'data', { signal }),
          once(stderr, 'data', { signal }),
          this.ended.then(() => {
            if (what.exec(this.stdout) ?? what.exec(this.stderr)) return
            throw new Error('it ended')
          })
        ])
      } catch (cause) {
        throw new Error(`it never said ${what}; it said:\n${this.stdout}\n${this.stderr}`, {
          cause
        })
      }
    }
  }
}
