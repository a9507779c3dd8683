// A worklet process, a root peer process, and apps that speak to the worklet over a real pipe.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import RPC from 'bare-rpc'
import type { Test } from 'brittle'
import type { EventName, Events } from '../../src/worklet/app.ts'
import { EVENTS, WorkletApp } from '../../src/worklet/app.ts'
import { bare } from '../helpers/bare.ts'
import type { PrivateDht } from '../helpers/dht.ts'
import { createDht } from '../helpers/dht.ts'
import type { Daemon } from '../helpers/process.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const script = fileURLToPath(new URL('./worklet-process.js', import.meta.url))
const host = '127.0.0.1'

/** A seed for each device of a test. */
export function seedOf(device: number): string {
  return device.toString(16).padStart(2, '0').repeat(32)
}

export interface Stage {
  readonly dht: PrivateDht
  readonly daemon: Daemon
  /** As the worklet's third argument. */
  readonly settings: string
  /** The same, without direct delivery: what comes, comes from the root peer. */
  readonly rootOnly: string
  /** Kills the root peer at once. */
  readonly killRoot: () => Promise<void>
  /** Starts it again, on the same data. */
  readonly startRoot: () => Promise<void>
}

/** A private DHT and a root peer that can be killed. */
export async function createStage(t: Test): Promise<Stage> {
  const dht = await createDht(t)
  const storage = await tmpFolder(t)
  const start = (): Promise<Daemon> => startDaemon(t, ['--storage', storage, ...dht.args])
  let daemon = await start()
  const { bootstrap } = dht
  return {
    dht,
    get daemon() {
      return daemon
    },
    settings: JSON.stringify({ bootstrap, host, roots: [daemon.publicKey] }),
    rootOnly: JSON.stringify({ bootstrap, host, roots: [daemon.publicKey], direct: false }),
    killRoot: async () => void (await daemon.kill('SIGKILL')),
    startRoot: async () => void (daemon = await start())
  }
}

export interface WorkletProcess {
  readonly pid: number
  /** Where it listens for apps. */
  readonly path: string
  kill(): Promise<void>
  /** What it wrote on stderr. */
  readonly stderr: () => string
  readonly gone: () => boolean
}

/** Under Bare, or under Node where that is asked for or Bare is not there. */
export async function startWorkletProcess(
  t: Test,
  args: readonly string[],
  runtime: string = bare ?? process.execPath
): Promise<WorkletProcess> {
  const path = join(await tmpFolder(t), 'pipe')
  const child = spawn(runtime, [script, path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe']
  })
  const { stdout } = child
  if (stdout === null) throw new Error('no stdout')
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null
  const closed = once(child, 'close')
  const kill = async (): Promise<void> => {
    if (!gone()) child.kill('SIGKILL')
    await closed
  }
  t.teardown(kill, { order: 50, force: true })
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      if (line === 'listening') resolve()
    })
    child.once('close', () => reject(new Error(`the worklet ended at its start:\n${stderr}`)))
  })
  return { pid: child.pid as number, path, kill, stderr: () => stderr, gone }
}

/** An app at the other end of the worklet's pipe. Remembers what it was told. */
export class TestApp extends WorkletApp {
  readonly socket: Socket
  readonly told: { [Name in EventName]?: Events[Name][] } = {}
  readonly #waiting = new Set<() => void>()

  private constructor(socket: Socket) {
    super(socket)
    this.socket = socket
    for (const name of Object.keys(EVENTS) as EventName[]) {
      this.on(name, (payload) => {
        const told = (this.told[name] ??= []) as unknown[]
        told.push(payload)
        for (const wake of this.#waiting) wake()
      })
    }
  }

  static async connect(t: Test, { path }: { path: string }): Promise<TestApp> {
    const socket = connect(path)
    await once(socket, 'connect')
    socket.on('error', () => {}) // the worklet may be killed
    t.teardown(() => socket.destroy(), { order: 40, force: true })
    return new TestApp(socket)
  }

  /** The first event, told already or yet to come, that is meant. */
  event<Name extends EventName>(
    name: Name,
    isMeant: (payload: Events[Name]) => boolean = () => true
  ): Promise<Events[Name]> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = (this.told[name] ?? []).find(isMeant)
        if (found === undefined) return
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** All events of a kind, once there are so many. */
  async events<Name extends EventName>(name: Name, count: number): Promise<Events[Name][]> {
    await this.event(name, () => (this.told[name]?.length ?? 0) >= count)
    return this.told[name] as Events[Name][]
  }
}

/** An app of the older kind, as far as it matters: it knows numbers, and what it writes is its business. */
export class RawApp {
  readonly socket: Socket
  readonly #rpc: RPC

  private constructor(socket: Socket) {
    this.socket = socket
    this.#rpc = new RPC(socket, () => {})
  }

  static async connect(t: Test, { path }: WorkletProcess): Promise<RawApp> {
    const socket = connect(path)
    await once(socket, 'connect')
    t.teardown(() => socket.destroy(), { order: 40, force: true })
    return new RawApp(socket)
  }

  async ask(command: number, data: string): Promise<unknown> {
    const asked = this.#rpc.request(command)
    asked.send(data)
    const reply = await asked.reply()
    return JSON.parse(Buffer.from(reply ?? []).toString())
  }
}
