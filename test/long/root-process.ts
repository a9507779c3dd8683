// A root peer as a process of its own, on a folder that it can lose. Signals nothing but the process that
// it started itself, by its id.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { emptyStorage } from '../helpers/emptied.ts'

const command = fileURLToPath(new URL('../../bin/root-peer.js', import.meta.url))

export class RootProcess {
  readonly #folder: string
  readonly #bootstrap: readonly string[]
  #process: ChildProcess | null = null
  readonly #onexit = (): void => void this.#process?.kill('SIGKILL')
  /** In z32; known once it was started. */
  key = ''

  /** @param bootstrap `HOST:PORT` of a private DHT. */
  constructor(folder: string, bootstrap: readonly string[]) {
    this.#folder = folder
    this.#bootstrap = bootstrap
    process.on('exit', this.#onexit) // it must not outlive us, however we end
  }

  /** Resolves once it serves. */
  async start(...flags: string[]): Promise<void> {
    const args = ['start', '--json', '--storage', this.#folder, '--host', '127.0.0.1', ...flags]
    const nodes = this.#bootstrap.flatMap((each) => ['--bootstrap', each])
    const child = spawn(process.execPath, [command, ...args, ...nodes], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] }
    })
    this.#process = child
    this.key = await new Promise<string>((resolve, reject) => {
      child.once('close', (code) => reject(new Error(`the root peer ended with ${code}`)))
      createInterface({ input: child.stdout }).on('line', (line) => {
        const { msg, publicKey } = JSON.parse(line) as { msg?: string; publicKey?: string }
        if (msg === 'ready' && publicKey !== undefined) resolve(publicKey)
      })
    })
  }

  /** Resolves once it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'close')
    child.kill(signal)
    await gone
  }

  /** It is not running: all that it had is lost, but its key. */
  async lose(): Promise<void> {
    await emptyStorage(this.#folder)
  }

  async close(): Promise<void> {
    await this.end('SIGTERM')
    process.off('exit', this.#onexit)
  }
}
