// A root peer in a process of its own, under forged frames of every kind from many connections, while
// honest members go on. What must hold: it lives, nobody's channel is stuck, its memory is bounded.

import HyperDHT from 'hyperdht'
import { keysOf, parseInvite, toGuest, toMember } from '../../src/protocol/invite.ts'
import { parsePeerKey } from '../../src/protocol/bytes.ts'
import { Stage } from '../long/stage.ts'
import { Dice } from './helpers/dice.ts'
import { Honest } from './helpers/honest.ts'
import { MemoryWatch } from './helpers/memory.ts'
import { Raider } from './helpers/raider.ts'

export interface RootSiegeFigures {
  seed: number
  frames: number
  connections: number
  /** Connections that the root ended. */
  cutOff: number
  /** Messages that honest members sent and read meanwhile, and the longest that one took. */
  honest: number
  slowestMs: number
  startMiB: number
  peakMiB: number
  endMiB: number
  alive: boolean
  exitCode: number | null
  ms: number
}

/** Connections at a time: far below what a root allows from one address. */
const raidersMax = 24
/** More than this is a leak: the buffers of all raiders, caches and what the engine has not collected. */
const memoryMiBMax = 600

export async function besiegeRoot(options: {
  frames: number
  seed?: number
  progress?: (frames: number) => void
}): Promise<RootSiegeFigures> {
  const dice = new Dice(options.seed)
  const began = Date.now()
  const stage = await Stage.open()
  try {
    await stage.startRoot()
    const pid = stage.rootPid as number
    const dht = new HyperDHT({ bootstrap: stage.bootstrap, host: '127.0.0.1' })
    // One room that nobody else knows, and one whose members are the raiders too.
    const apart = await Honest.enter('apart', () => stage.client())
    const among = await Honest.enter('among', () => stage.client())
    const shared = parseInvite(among.invite)
    const watch = new MemoryWatch(pid)

    // Not as its owner, who may delete it.
    const rooms = [keysOf(toMember(shared)), keysOf(toGuest(shared))]
    const raider = new Raider(dht, parsePeerKey(stage.key), rooms, dice.fork())
    let failure: unknown = null
    const over = (): boolean =>
      raider.frames >= options.frames || stage.rootPid === null || failure !== null
    const raid = async (own: Dice): Promise<void> => {
      while (!over()) {
        await raider.raid(own)
        options.progress?.(raider.frames)
      }
    }
    const live = async (honest: Honest): Promise<void> => {
      while (!over()) await honest.round()
    }
    const guarded = (work: Promise<void>): Promise<void> =>
      work.catch((err: unknown) => {
        failure ??= err
      })
    await Promise.all([
      ...Array.from({ length: raidersMax }, () => guarded(raid(dice.fork()))),
      guarded(live(apart)),
      guarded(live(among))
    ])
    if (failure === null && stage.rootPid !== null) {
      await guarded(apart.round())
      await guarded(among.round())
    }
    const alive = stage.rootPid === pid
    const endMiB = watch.nowMiB()
    watch.stop()
    await dht.destroy()
    if (failure !== null) {
      const root = alive ? 'the root lives' : 'the root is gone'
      throw new Error(`seed ${dice.seed}: ${root}`, { cause: failure })
    }
    return {
      seed: dice.seed,
      frames: raider.frames,
      connections: raider.connections,
      cutOff: raider.cutOff,
      honest: apart.rounds + among.rounds,
      slowestMs: Math.max(apart.slowestMs, among.slowestMs),
      startMiB: watch.startMiB,
      peakMiB: watch.peakMiB,
      endMiB,
      alive,
      exitCode: await stage.stopRoot(),
      ms: Date.now() - began
    }
  } finally {
    await stage.close()
  }
}

export function rootStood(figures: RootSiegeFigures): boolean {
  return figures.alive && figures.exitCode === 0 && figures.peakMiB <= memoryMiBMax
}

export function printRootSiege(figures: RootSiegeFigures): string {
  const { seed, frames, connections, cutOff, honest, slowestMs, ms } = figures
  const { startMiB, peakMiB, endMiB } = figures
  return (
    `root: seed ${seed}, ${frames} forged frames, ${connections} connections, ${cutOff} cut off; ` +
    `${honest} honest messages, the slowest ${slowestMs} ms; ` +
    `resident ${startMiB} MiB before, ${peakMiB} at most (${memoryMiBMax} allowed), ${endMiB} after; ` +
    `${(ms / 1000).toFixed(0)} s: ${rootStood(figures) ? 'ok' : 'NOT OK'}`
  )
}
