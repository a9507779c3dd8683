// Two roots, and one dies in the middle of many messages. It comes back with its key and nothing else, or
// never, and another takes its place. At the end every reader has every message once and in its author's
// order, the new one has all of it, and what a send took meanwhile is told.

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import createTestnet from 'hyperdht/testnet.js'
import type { Testnet } from 'hyperdht/testnet.js'
import { parseInvite, RootPeerClient } from '../../src/client/client.ts'
import type { Room } from '../../src/client/client.ts'
import { keysOf } from '../../src/protocol/invite.ts'
import type { Waits } from '../../src/client/waits.ts'
import type { RoomKeys } from '../../src/protocol/keys.ts'
import { readRawLog } from './raw-log.ts'
import { RootProcess } from './root-process.ts'

const host = '127.0.0.1'

export interface DyingOptions {
  /** `emptied`: the same key comes back with nothing; `replaced`: a root that was named third stands in. */
  mode: 'emptied' | 'replaced'
  messages: number
  /** Of every client. */
  waits?: Partial<Waits>
  progress?: (what: string) => void
}

export interface DyingFigures {
  mode: string
  messages: number
  /** Median time of a `send`, in milliseconds: with both roots, while one is dead, while one is refilled. */
  before: number
  dead: number
  refilling: number
  refillMs: number
  /** Entries of the refilled root's log beyond one for each message. */
  doubled: number
  /** Everything below must be 0. */
  missedByReaders: number
  shownTwice: number
  outOfOrder: number
  missedByRoot: number
}

const WRITERS = 3
const READERS = 2

export async function dyingRoot(options: DyingOptions): Promise<DyingFigures> {
  const { mode, messages, progress = () => {} } = options
  const scene = await Scene.open(options)
  try {
    const { readers, dying, filled } = scene
    const share = Math.ceil(messages / WRITERS / 10)
    const before = await scene.send(share * 4)
    progress('one dies')
    const noticed = scene.noticed()
    await dying.end('SIGKILL')
    const dead = await scene.send(share * 3)
    await noticed
    if (mode === 'emptied') {
      await dying.lose()
      await dying.start('--restored')
    }
    progress('one is refilled')
    const began = Date.now()
    const refilled = scene.stored(filled, scene.sent).then(() => Date.now())
    let whole = false
    void refilled.then(() => (whole = true))
    const refilling = await scene.send(share * 3, () => whole)
    const refillMs = (await refilled) - began
    const { sent } = scene
    progress('readers are waited for')
    for (const reader of readers) await reader.until(sent.length)
    const log = await scene.stored(filled, sent)
    return {
      mode,
      messages: sent.length,
      before,
      dead,
      refilling,
      refillMs,
      doubled: log.length - new Set(log).size,
      missedByReaders: readers.reduce(
        (sum, { seen }) => sum + sent.filter((id) => !seen.has(id)).length,
        0
      ),
      shownTwice: readers.reduce((sum, { twice }) => sum + twice, 0),
      outOfOrder: readers.reduce((sum, reader) => sum + reader.outOfOrder, 0),
      missedByRoot: sent.length - new Set(log).size
    }
  } finally {
    await scene.close()
  }
}

export function isGood(figures: DyingFigures): boolean {
  const { missedByReaders, shownTwice, outOfOrder, missedByRoot } = figures
  return missedByReaders + shownTwice + outOfOrder + missedByRoot === 0
}

export function printFigures(figures: DyingFigures): string {
  return JSON.stringify(figures, (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value
  )
}

class Scene {
  readonly #folder: string
  readonly #testnet: Testnet
  readonly #mode: DyingOptions['mode']
  readonly #waits: Partial<Waits>
  readonly #roots: readonly RootProcess[]
  readonly #clients: RootPeerClient[] = []
  #keys: RoomKeys | null = null
  readonly writers: Writer[] = []
  readonly readers: Follower[] = []

  private constructor(folder: string, testnet: Testnet, { mode, waits = {} }: DyingOptions) {
    this.#folder = folder
    this.#testnet = testnet
    this.#mode = mode
    this.#waits = waits
    const names = mode === 'emptied' ? ['a', 'b'] : ['a', 'b', 'c']
    this.#roots = names.map((name) => new RootProcess(join(folder, name), this.#bootstrap))
  }

  static async open(options: DyingOptions): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'root-peer-dying-'))
    const scene = new Scene(folder, await createTestnet(3, { host }), options)
    try {
      await scene.#open()
      return scene
    } catch (err) {
      await scene.close()
      throw err
    }
  }

  async #open(): Promise<void> {
    for (const root of this.#roots) await root.start()
    const roots = this.#roots.map(({ key }) => key)
    const first = await this.#client().createRoom({ roots })
    this.#keys = keysOf(parseInvite(first.invite))
    this.writers.push(new Writer(first))
    while (this.writers.length < WRITERS) {
      this.writers.push(new Writer(await this.#client().join(first.invite)))
    }
    while (this.readers.length < READERS) {
      this.readers.push(new Follower(await this.#client().join(first.invite)))
    }
  }

  get dying(): RootProcess {
    return this.#roots[0] as RootProcess
  }

  /** The one that has to be given what was sent before. */
  get filled(): RootProcess {
    return this.#mode === 'emptied' ? this.dying : (this.#roots[2] as RootProcess)
  }

  /** Every writer sends so many, one after the other, and goes on until `over`; the median time of one. */
  async send(count: number, over: () => boolean = () => true): Promise<number> {
    const times = await Promise.all(this.writers.map((writer) => writer.send(count, over)))
    const sorted = times.flat().sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? NaN
  }

  /** Resolves once every client knows that the dying one is gone, or has lost it for another. */
  async noticed(): Promise<void> {
    const rooms = [...this.writers, ...this.readers].map(({ room }) => room)
    await Promise.all(
      this.#mode === 'emptied'
        ? this.#clients.map((client) => once(client, 'root-disconnected'))
        : rooms.map((room) => once(room, 'root-lost'))
    )
  }

  /** Ids of all that was sent and stored. */
  get sent(): string[] {
    return this.writers.flatMap(({ ids }) => ids)
  }

  /** The log of a root once it holds all of these, or lacks some for too long. */
  async stored(root: RootProcess, ids: readonly string[]): Promise<string[]> {
    for (let patience = 240; ; patience--) {
      const log = await readRawLog(root.key, this.#bootstrap, this.#keys as RoomKeys)
      const there = new Set(log)
      if (patience === 0 || ids.every((id) => there.has(id))) return log
      await setTimeout(500) // looking costs the clients time that is being measured
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await Promise.all(this.#roots.map((root) => root.close()))
    await this.#testnet.destroy()
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #bootstrap(): string[] {
    return this.#testnet.bootstrap.map((each) => `${each.host}:${each.port}`)
  }

  #client(): RootPeerClient {
    const bootstrap = this.#bootstrap
    const client = new RootPeerClient({
      bootstrap,
      host,
      rootLostMs: 2000,
      direct: false,
      waits: this.#waits
    })
    this.#clients.push(client)
    return client
  }
}

class Writer {
  readonly room: Room
  readonly ids: string[] = []

  constructor(room: Room) {
    this.room = room
  }

  /** Milliseconds that each took. */
  async send(least: number, over: () => boolean): Promise<number[]> {
    const times: number[] = []
    while (times.length < least || !over()) {
      const began = performance.now()
      const { id } = await this.room.send(`${this.ids.length} `.padEnd(200, '.'))
      times.push(performance.now() - began)
      this.ids.push(id)
    }
    return times
  }
}

class Follower {
  readonly room: Room
  readonly seen = new Set<string>()
  twice = 0
  outOfOrder = 0
  readonly #next = new Map<string, number>()
  #wake: () => void = () => {}

  constructor(room: Room) {
    this.room = room
    void this.#run()
  }

  /** Resolves once so many were shown, or no more come for long. */
  async until(count: number): Promise<void> {
    const patience = new AbortController()
    const late = setTimeout(60_000, undefined, { signal: patience.signal }).catch(() => {})
    while (this.seen.size < count) {
      const more = new Promise<true>((resolve) => {
        this.#wake = () => resolve(true)
      })
      if ((await Promise.race([more, late])) !== true) break
    }
    patience.abort()
  }

  async #run(): Promise<void> {
    for await (const item of this.room.read({ follow: true })) {
      if (!('body' in item)) continue
      const { id, chain, number } = item
      if (this.seen.has(id)) this.twice++
      this.seen.add(id)
      if (number !== (this.#next.get(chain) ?? 0)) this.outOfOrder++
      this.#next.set(chain, number + 1)
      this.#wake()
    }
  }
}
