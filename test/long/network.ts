// What happens in the namespaces of test/long/network.sh: somebody publishes who it is and what it shares,
// somebody who knows only the handle reads a file of it; then the owner's machine is gone, and it reads
// another. Prints the figures; exits with 1 if one of them is not what it should be.

import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const BOOTSTRAP = '10.77.0.1'
/** Looked up with a root peer, and with none. */
const ROUNDS = [true, true, true, false, false, false]
const mostMs = Number(process.argv[2])

/** One party in its namespace. */
class Party {
  readonly #child: ChildProcess
  readonly #said = new Map<string, string>()
  #wake: () => void = () => {}
  #over = false

  constructor(namespace: string, ...args: string[]) {
    const role = fileURLToPath(new URL('network-role.js', import.meta.url))
    this.#child = spawn('ip', ['netns', 'exec', namespace, process.execPath, role, ...args], {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const [name = '', ...value] = line.split(' ')
      this.#said.set(name, value.join(' '))
      this.#wake()
    })
    this.#child.once('exit', () => {
      this.#over = true
      this.#wake()
    })
  }

  /** What it says under a name; taken. */
  async says(name: string): Promise<string> {
    for (;;) {
      const value = this.#said.get(name)
      this.#said.delete(name)
      if (value !== undefined) return value
      const failed = this.#said.get('failed')
      if (failed !== undefined || this.#over) throw new Error(failed ?? `no "${name}" was said`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  tell(): void {
    this.#child.stdin?.write('\n')
  }

  async end(signal: NodeJS.Signals | null = null): Promise<void> {
    if (signal === null) this.#child.stdin?.end()
    else this.#child.kill(signal)
    if (!this.#over) await new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
  }
}

const folder = await mkdtemp(join(tmpdir(), 'root-peer-network-'))
const parties: Party[] = []
const begin = (...args: ConstructorParameters<typeof Party>): Party => {
  const party = new Party(...args)
  parties.push(party)
  return party
}

async function play(): Promise<boolean> {
  await begin('bootstrap', 'bootstrap', BOOTSTRAP).says('ready')
  const root = await begin('root', 'root', BOOTSTRAP, join(folder, 'root')).says('ready')
  const owner = begin('owner', 'owner', BOOTSTRAP, join(folder, 'owner'), root)
  await owner.says('ready')
  const times: number[] = []
  let last: Party | null = null
  for (const rooted of ROUNDS.toReversed()) {
    await last?.end()
    last = begin('friend', 'friend', BOOTSTRAP, '', rooted ? root : '')
    const [lookup, first, direct] = [
      await last.says('lookup'),
      await last.says('first'),
      await last.says('direct')
    ]
    times.push(Number(first))
    const where = rooted ? 'owner and root peer' : 'owner alone'
    console.log(`${where}: look-up ${lookup} ms, first byte after ${first} ms, direct: ${direct}`)
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity
  console.log(`first byte: median ${median} ms, most ${Math.max(...times)} ms, goal ${mostMs} ms`)
  // Its machine is gone: no word of it, and no answer.
  await run('ip', ['-n', 'owner', 'link', 'set', 'eth0', 'down'])
  last?.tell()
  const late = begin('friend', 'friend', BOOTSTRAP, '', root)
  const [again, first] = await Promise.all([last?.says('again'), late.says('first')])
  console.log(`the owner's machine is gone: whoever read from it goes on after ${again} ms`)
  console.log(`and whoever comes later has the first byte after ${first} ms`)
  return median <= mostMs
}

let good = false
try {
  good = await play()
} catch (err) {
  console.error(err instanceof Error ? err.message : err)
}
await Promise.all(parties.map((party) => party.end('SIGKILL')))
await rm(folder, { recursive: true, force: true })
process.exit(good ? 0 : 1)
