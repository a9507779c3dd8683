// A disk that gets full and has room again, cycle after cycle, under a root peer that is a process of its
// own. One room is kept whole; another is filled, and what it lets go of waits for a compaction. Three kinds
// of cycle, in turn: the reserve is reached; a write finds no room; a compaction finds none.

import { appendFile, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import HyperDHT from 'hyperdht'
import createTestnet from 'hyperdht/testnet.js'
import { RootPeerClient } from '../../src/client/client.ts'
import type { Room } from '../../src/client/client.ts'
import { randomBytes } from '../../src/protocol/derive.ts'
import { limits } from '../../src/limits.ts'
import { mountSmallDisk } from '../helpers/small-disk.ts'
import { RootProcess } from './root-process.ts'

export const KINDS = ['reserve', 'write', 'compaction'] as const
export type Kind = (typeof KINDS)[number]

export interface DiskFigures {
  cycles: number
  receipts: number
  /** Times that everything was read from the first message to the last while the disk was full. */
  readsWhileFull: number
  /** The longest from room on the disk to the next receipt. */
  longestMs: number
  /** Everything below must be 0. */
  missing: number
  doubled: number
  readsFailed: number
  ms: number
}

export interface DiskOptions {
  cycles: number
  progress?: (line: string) => void
}

const MiB = 2 ** 20
const DISK_MIB = 256
const BODY_BYTES = 64 * 1024
/** What the filled room keeps, and what is sent to it so that a compaction is worth it on a short disk. */
const KEPT_BYTES = 4 * MiB
const WASTE_BYTES = 16 * MiB
const READS_WHILE_FULL = 3

/** Null where no small disk can be mounted. */
export async function diskCycles({ cycles, progress }: DiskOptions): Promise<DiskFigures | null> {
  const folder = await mkdtemp(join(tmpdir(), 'root-peer-disk-'))
  const unmount = mountSmallDisk(folder, DISK_MIB)
  if (unmount === null) {
    await rm(folder, { recursive: true })
    return null
  }
  const host = '127.0.0.1'
  const testnet = await createTestnet(3, { host })
  const nodes = testnet.bootstrap.map((each) => `${each.host}:${each.port}`)
  const root = new RootProcess(join(folder, 'root'), nodes)
  const clients: { client: RootPeerClient; dht: HyperDHT }[] = []
  const client = (): RootPeerClient => {
    const dht = new HyperDHT({ bootstrap: testnet.bootstrap, host })
    const made = new RootPeerClient({ dht, direct: false, roots: [root.key] })
    clients.push({ client: made, dht })
    return made
  }
  try {
    // No quota is to be in the way of a full disk.
    const most = String(1e12)
    const quotas = ['max-storage', 'bytes-per-key', 'bytes-per-address', 'bytes-per-second']
    const flags = quotas.flatMap((name) => [`--${name}`, most])
    await root.start('--http-port', '0', ...flags)
    const writer = client()
    const kept = await writer.createRoom()
    const filled = await writer.createRoom()
    const reading = await client().join(kept.invite)
    await filled.send('begin')
    await filled.setRetention({ bytes: KEPT_BYTES })
    const run = new Run({ folder, kept, filled, reading })
    const began = performance.now()
    for (let i = 0; i < cycles; i++) {
      const kind = KINDS[i % KINDS.length] as Kind
      const took = await run.cycle(kind)
      progress?.(`cycle ${i + 1}, ${kind}: room again after ${took.toFixed(0)} ms`)
    }
    return { ...(await run.end()), cycles, ms: performance.now() - began }
  } finally {
    await Promise.all(clients.map((each) => each.client.close()))
    await Promise.all(clients.map((each) => each.dht.destroy()))
    await root.close()
    await testnet.destroy()
    unmount()
    await rm(folder, { recursive: true, force: true })
  }
}

export function isGood({ missing, doubled, readsFailed, ...rest }: DiskFigures): boolean {
  const failed = missing + doubled + readsFailed
  return failed === 0 && rest.receipts > 0 && rest.readsWhileFull >= rest.cycles
}

export function printFigures(figures: DiskFigures): string {
  const { cycles, receipts, readsWhileFull, longestMs, missing, doubled, readsFailed, ms } = figures
  return (
    `disk: full ${cycles} times, ${receipts} receipts, all read ${readsWhileFull} times while full; ` +
    `a receipt ${(longestMs / 1000).toFixed(1)} s after there was room, at the latest; ` +
    `${missing} missing, ${doubled} doubled, ${readsFailed} reads failed; ` +
    `${(ms / 1000).toFixed(0)} s: ${isGood(figures) ? 'ok' : 'NOT OK'}`
  )
}

class Run {
  readonly #folder: string
  readonly #kept: Room
  readonly #filled: Room
  readonly #reading: Room
  readonly #receipts = new Set<string>()
  #readsWhileFull = 0
  #readsFailed = 0
  #longestMs = 0

  constructor(parts: { folder: string; kept: Room; filled: Room; reading: Room }) {
    this.#folder = parts.folder
    this.#kept = parts.kept
    this.#filled = parts.filled
    this.#reading = parts.reading
  }

  /** Resolves with how long it took from room on the disk to the next receipt. */
  async cycle(kind: Kind): Promise<number> {
    await Promise.all(Array.from({ length: 8 }, () => this.#keep()))
    await this.#waste(WASTE_BYTES)
    const full = Promise.race([refusedForSpace(this.#kept), refusedForSpace(this.#filled)])
    const work = { on: true }
    const filling = kind === 'compaction' ? Promise.resolve() : this.#fill(work)
    const reserve = kind === 'reserve' ? limits.diskReserveBytes / 2 : 0
    await this.#leave(reserve)
    // Where nobody writes, the root finds out by itself, and its compaction is the first to need room.
    if (kind === 'compaction') await sleep(limits.diskCheckMs * 3)
    const waiting = Array.from({ length: 4 }, () => this.#keep())
    for (const each of [filling, ...waiting]) each.catch(() => {}) // awaited below
    await full
    for (let i = 0; i < READS_WHILE_FULL; i++) {
      await this.#leave(reserve) // also of what the root has given back meanwhile
      await this.#readAll()
      if ((await this.#free()) < limits.diskReserveBytes) this.#readsWhileFull++
    }
    const receipt = Promise.race(waiting)
    await rm(this.#ballast)
    const at = performance.now()
    await receipt
    const took = performance.now() - at
    this.#longestMs = Math.max(this.#longestMs, took)
    work.on = false
    await Promise.all([...waiting, filling])
    return took
  }

  async end(): Promise<Omit<DiskFigures, 'cycles' | 'ms'>> {
    const { missing, doubled } = await this.#readAll()
    return {
      receipts: this.#receipts.size,
      readsWhileFull: this.#readsWhileFull,
      longestMs: this.#longestMs,
      missing,
      doubled,
      readsFailed: this.#readsFailed
    }
  }

  async #keep(): Promise<void> {
    const { id } = await this.#kept.send(randomBytes(BODY_BYTES))
    this.#receipts.add(id)
  }

  /** Sends so much to the room that lets go of it. */
  async #waste(bytes: number): Promise<void> {
    const count = Math.ceil(bytes / BODY_BYTES)
    await Promise.all(
      Array.from({ length: count }, () => this.#filled.send(randomBytes(BODY_BYTES)))
    )
  }

  async #fill(work: { on: boolean }): Promise<void> {
    const fill = async (): Promise<void> => {
      while (work.on) await this.#filled.send(randomBytes(BODY_BYTES))
    }
    await Promise.all(Array.from({ length: 16 }, fill))
  }

  get #ballast(): string {
    return join(this.#folder, 'ballast')
  }

  async #free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder)
    return bavail * bsize
  }

  /** Leaves so much of the disk, whatever else is being written there. */
  async #leave(bytes: number): Promise<void> {
    const size = Math.max(0, (await this.#free()) - bytes)
    // That the root takes what we were about to is a full disk, too.
    await appendFile(this.#ballast, new Uint8Array(size)).catch(() => {})
  }

  /** Reads everything; whatever had a receipt before is there. */
  async #readAll(): Promise<{ missing: number; doubled: number }> {
    const before = [...this.#receipts]
    const shown = new Set<string>()
    let doubled = 0
    for await (const item of this.#reading.read({ from: 0 })) {
      if (!('body' in item)) throw item.error
      if (shown.has(item.id)) doubled++
      shown.add(item.id)
    }
    const missing = before.filter((id) => !shown.has(id)).length
    if (missing + doubled > 0) this.#readsFailed++
    return { missing, doubled }
  }
}

/** Resolves when a root has no room on its disk for something of this room. */
function refusedForSpace(room: Room): Promise<void> {
  return new Promise((resolve) => {
    const look = ({ code }: { code: string }): void => {
      if (code !== 'DISK_FULL') return
      room.off('refused', look)
      resolve()
    }
    room.on('refused', look)
  })
}
