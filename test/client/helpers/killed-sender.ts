// A sender (sender.ts) that is killed with -9 again and again, and started again on the same profile.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'brittle'

/** Where a sender stands: messages posted, and those of them that are left to be stored. */
export interface Standing {
  posted: number
  left: number
}

export class KilledSender {
  readonly #command: readonly [string, ...string[]]
  #child: ChildProcess | null = null
  #standing: Standing = { posted: 0, left: 0 }
  #output = ''
  #told: () => void = () => {}

  /**
   * @param runtime Node's executable, or Bare's.
   * @param args see sender.ts.
   */
  constructor(t: Test, runtime: string, args: readonly string[]) {
    const script = fileURLToPath(new URL('./sender.js', import.meta.url))
    this.#command = [runtime, script, ...args]
    t.teardown(() => this.kill(), { order: 100, force: true })
  }

  start(): void {
    const [runtime, ...args] = this.#command
    const child = spawn(runtime, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    child.once('close', () => this.#told())
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [posted = NaN, left = NaN] = line.split(' ').map(Number)
      this.#standing = { posted, left }
      this.#told()
    })
  }

  /** Resolves once it has come so far. */
  async until(enough: (standing: Standing) => boolean): Promise<Standing> {
    while (!enough(this.#standing)) {
      const { exitCode } = this.#child ?? {}
      if (exitCode !== null) throw new Error(`the sender ended: ${exitCode}\n${this.#output}`)
      await new Promise<void>((resolve) => (this.#told = resolve))
    }
    return this.#standing
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'close')
  }
}
