// Everything a test of the client needs around it: a private DHT, real root peers in this process that
// can be stopped and started again, and clients. All of it ends with the test.

import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'brittle'
import { RootPeerClient } from '../../../src/client/client.ts'
import type { ClientOptions, ReadMessage, Room, Unreadable } from '../../../src/client/client.ts'
import type { ReadOptions } from '../../../src/client/room-options.ts'
import type { Waits } from '../../../src/client/waits.ts'
import { formatKey } from '../../../src/protocol/bytes.ts'
import { RootPeer } from '../../../src/root-peer.ts'
import { createDht } from '../../helpers/dht.ts'
import type { PrivateDht } from '../../helpers/dht.ts'
import { tmpFolder } from '../../helpers/tmp.ts'

const host = '127.0.0.1'

/** Waits for a machine on which all answer at once: a fifth of the usual, or less. */
export const quick: Partial<Waits> = Object.freeze({
  connectMs: 1500,
  stragglerMs: 400,
  directHoldMs: 2000,
  rootPatienceMs: 500,
  refillMinMs: 200,
  refillTurnMs: 1000,
  refillYieldMs: 200
})

export class TestRoot {
  readonly storage: string
  readonly #dht: PrivateDht
  readonly #network: string | undefined
  #peer: RootPeer | null = null
  key = ''

  constructor(storage: string, dht: PrivateDht, network: string | undefined) {
    this.storage = storage
    this.#dht = dht
    this.#network = network
  }

  get peer(): RootPeer {
    if (this.#peer === null) throw new Error('this root peer is stopped')
    return this.#peer
  }

  async start(options: { restored?: boolean } = {}): Promise<void> {
    this.#peer = new RootPeer({
      storage: this.storage,
      bootstrap: this.#dht.bootstrap,
      host,
      port: 0,
      ...(this.#network === undefined ? {} : { network: this.#network }),
      ...options
    })
    await this.#peer.ready()
    this.key = formatKey(this.#peer.publicKey)
  }

  async stop(): Promise<void> {
    const peer = this.#peer
    this.#peer = null
    await peer?.close()
  }

  /** Resolves once the DHT knows of it, so that it can be found by topic. */
  async announced(): Promise<void> {
    if (this.#peer !== null) await once(this.#peer, 'online')
  }
}

export class World {
  readonly dht: PrivateDht
  readonly #t: Test
  #roots = 0

  private constructor(t: Test, dht: PrivateDht) {
    this.#t = t
    this.dht = dht
  }

  static async create(t: Test): Promise<World> {
    return new World(t, await createDht(t))
  }

  /** A root peer; not started if `start` is false. */
  async root(options: { network?: string; start?: boolean } = {}): Promise<TestRoot> {
    const storage = join(await tmpFolder(this.#t), `root-${this.#roots++}`)
    const root = new TestRoot(storage, this.dht, options.network)
    this.#t.teardown(() => root.stop(), { order: 200, force: true })
    if (options.start !== false) await root.start()
    return root
  }

  client(options: ClientOptions = {}): RootPeerClient {
    const own = options.dht === undefined && options.swarm === undefined
    const client = new RootPeerClient({
      direct: false, // what comes from root peers is what most tests are about
      ...(own ? { bootstrap: this.dht.bootstrap, host } : {}),
      ...options
    })
    this.#t.teardown(() => client.close(), { order: 100, force: true })
    return client
  }
}

export type Item = ReadMessage | Unreadable

/** All that a read gives. */
export async function readAll(room: Room, options: ReadOptions = {}): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of room.read(options)) items.push(item)
  return items
}

/** The next `count` that a read gives; it goes on where it was left. */
export async function take(reading: AsyncGenerator<Item>, count: number): Promise<Item[]> {
  const items: Item[] = []
  while (items.length < count) {
    const { value, done } = await reading.next()
    if (done === true) break
    items.push(value)
  }
  return items
}

/** The body as text, with a mark on what is not plain and proven. */
export function tell(item: Item): string {
  if (!('body' in item)) return `!${item.error.code}`
  const { proven, fork, late } = item
  const marks = [proven ? '' : 'unproven', fork ? 'fork' : '', late ? 'late' : '']
  return [Buffer.from(item.body).toString(), ...marks.filter(Boolean)].join(' ')
}

export const tellAll = (items: readonly Item[]): string[] => items.map(tell)

export async function sendEach(room: Room, bodies: readonly string[]): Promise<number[]> {
  const receipts = await Promise.all(bodies.map((body) => room.send(body)))
  return receipts.map(({ index }) => index)
}

export const names = (count: number, from = 0, name = 'm'): string[] =>
  Array.from({ length: count }, (_, i) => `${name}${from + i}`)
