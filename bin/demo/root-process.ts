// A root peer as a process of its own, for the demo: this same command, started, killed, started again.
// Signals nothing but the process it started, by its id.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { internal } from '../../src/errors.ts'

const QUIT_MS = 10_000

export class RootProcess {
  readonly #child: ChildProcess
  readonly #gone: Promise<unknown>
  readonly #onexit = (): void => void this.#child.kill('SIGKILL')
  /** The root peer's key, in z32. */
  readonly publicKey: string

  private constructor(child: ChildProcess, gone: Promise<unknown>, publicKey: string) {
    this.#child = child
    this.#gone = gone
    this.publicKey = publicKey
    process.on('exit', this.#onexit) // it must not outlive the demo, however that ends
    void gone.then(() => process.off('exit', this.#onexit))
  }

  /** Resolves once it serves. */
  static async start(args: readonly string[]): Promise<RootProcess> {
    const [node, script = ''] = process.argv
    const child = spawn(
      node ?? process.execPath,
      [...process.execArgv, script, 'start', '--json', '--http-port', '0', ...args],
      // No setting of the user's own root peer, and no Ctrl-C before we have said so.
      { env: ownEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], detached: true }
    )
    const kill = (): void => void child.kill('SIGKILL')
    process.on('exit', kill)
    const gone = once(child, 'close')
    try {
      return new RootProcess(child, gone, await ready(child, gone))
    } catch (err) {
      kill()
      throw err
    } finally {
      process.off('exit', kill)
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** kill -9: no chance to finish anything. Resolves when it is gone, also if it was before. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#gone
  }

  /** Asks it to close; insists after a while. */
  async quit(): Promise<void> {
    this.#child.kill('SIGTERM')
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), QUIT_MS)
    await this.#gone
    clearTimeout(patience)
  }
}

/** Its public key, from the line that it logs when it serves. */
async function ready(child: ChildProcess, gone: Promise<unknown>): Promise<string> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw internal('the root peer has no output')
  let complaint = ''
  stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000)
  })
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return
      const { msg, publicKey } = JSON.parse(line) as { msg?: string; publicKey?: string }
      if (msg === 'ready' && publicKey !== undefined) resolve(publicKey)
    })
    gone.then(
      () => reject(internal(`the root peer ended before it served: ${complaint.trim()}`)),
      reject
    )
  })
}

function ownEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(STORAGE_DIR|PORT|ROOT_PEER_.*|NOTIFY_SOCKET|WATCHDOG_.*)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
}
