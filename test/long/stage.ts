// What the long suites play on: a private DHT on 127.0.0.1, a root peer as a process of its own that can
// be killed, and clients that live on. Signals nothing but the process it started itself, by its id.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import HyperDHT from 'hyperdht'
import type NoiseSecretStream from '@hyperswarm/secret-stream'
import createTestnet from 'hyperdht/testnet.js'
import type { Testnet } from 'hyperdht/testnet.js'
import { RootPeerClient } from '../../src/client/client.ts'

const host = '127.0.0.1'
const command = fileURLToPath(new URL('../../bin/root-peer.js', import.meta.url))

export class Stage {
  readonly #testnet: Testnet
  readonly #folder: string
  readonly #clients: { client: RootPeerClient; dht: HyperDHT }[] = []
  readonly #streams = new Set<NoiseSecretStream>()
  #root: ChildProcess | null = null
  readonly #onexit = (): void => void this.#root?.kill('SIGKILL')
  /** Key of the root peer, in z32; known once it was started. */
  key = ''

  private constructor(testnet: Testnet, folder: string) {
    this.#testnet = testnet
    this.#folder = folder
    process.on('exit', this.#onexit) // it must not outlive us, however we end
  }

  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'root-peer-long-'))
    return new Stage(await createTestnet(3, { host }), folder)
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map(({ client }) => client.close()))
    await Promise.all(this.#clients.map(({ dht }) => dht.destroy()))
    if (this.#root !== null) await this.#end('SIGTERM')
    process.off('exit', this.#onexit)
    await this.#testnet.destroy()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** `HOST:PORT` of the private DHT. */
  get bootstrap(): string[] {
    return this.#testnet.bootstrap.map((each) => `${each.host}:${each.port}`)
  }

  /** Starts the root peer, on the same folder each time; resolves once it serves. */
  async startRoot(): Promise<void> {
    const bootstrap = this.bootstrap.flatMap((each) => ['--bootstrap', each])
    const root = spawn(
      process.execPath,
      [
        command,
        'start',
        '--json',
        '--http-port',
        '0',
        '--storage',
        join(this.#folder, 'root')
      ].concat(['--host', host], bootstrap),
      { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } }
    )
    this.#root = root
    this.key = await new Promise<string>((resolve, reject) => {
      root.once('close', (code) => reject(new Error(`the root peer ended with ${code}`)))
      createInterface({ input: root.stdout }).on('line', (line) => {
        const { msg, publicKey } = JSON.parse(line) as { msg?: string; publicKey?: string }
        if (msg === 'ready' && publicKey !== undefined) resolve(publicKey)
      })
    })
  }

  /**
   * kill -9. Nobody tells the clients: a stream notices after some 13 s that nobody is there any more.
   *
   * @param noticed the clients' streams are cut, as they are where the network says so at once.
   */
  async killRoot(noticed: boolean): Promise<void> {
    await this.#end('SIGKILL')
    if (noticed) for (const stream of this.#streams) stream.destroy()
  }

  /** Process id of the root peer; null once it has ended, by whatever. */
  get rootPid(): number | null {
    const root = this.#root
    return root === null || root.exitCode !== null || root.signalCode !== null
      ? null
      : (root.pid ?? null)
  }

  /** Asks the root peer to end; its exit code. */
  async stopRoot(): Promise<number | null> {
    const root = this.#root
    await this.#end('SIGTERM')
    return root?.exitCode ?? null
  }

  /** A client on a DHT node of its own. */
  client(): RootPeerClient {
    const dht = new HyperDHT({ bootstrap: this.#testnet.bootstrap, host })
    const connect = dht.connect.bind(dht)
    dht.connect = (key, options) => {
      const stream = connect(key, options)
      this.#streams.add(stream)
      stream.once('close', () => this.#streams.delete(stream))
      return stream
    }
    const client = new RootPeerClient({ dht, direct: false, roots: [this.key] })
    this.#clients.push({ client, dht })
    return client
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const root = this.#root
    this.#root = null
    if (root === null || root.exitCode !== null) return
    const gone = once(root, 'close')
    root.kill(signal)
    await gone
  }
}
