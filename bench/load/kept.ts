// Many rooms kept: how long a start takes and what it costs, before anyone connects.

import type { Figure } from '../figure.ts'
import type { Stage } from '../stage.ts'
import type { Target } from '../wire.ts'
import { MB } from './units.ts'

const READY_MS_MAX = 1500
const RESIDENT_MB_MAX = 130

export interface Kept {
  figures: Figure[]
  /** The largest of the folders, for whoever needs rooms that exist. */
  storage: string
}

/** @param counts rooms kept, ascending: goals are for the most. */
export async function kept(stage: Stage, counts: readonly number[]): Promise<Kept> {
  const figures: Figure[] = []
  let storage = ''
  for (const [i, count] of counts.entries()) {
    storage = stage.folder(`kept-${count}`)
    const keeper = stage.role('keeper')
    await keeper.ask('keep', { storage, rooms: count })
    await keeper.stop()

    const root = stage.role('root')
    const { bootstrap } = stage
    const { readyMs } = await root.ask<Target & { readyMs: number }>('start', {
      storage,
      bootstrap
    })
    const resident = (await root.ask<number>('settledMemory')) / MB
    await root.ask('close')
    await root.stop()

    const last = i === counts.length - 1
    const name = `rooms kept: ${count}`
    figures.push({
      name: `${name}, ready`,
      value: readyMs,
      unit: 'ms',
      ...(last && { goal: { atMost: READY_MS_MAX } })
    })
    figures.push({
      name: `${name}, resident`,
      value: resident,
      unit: 'MB',
      ...(last && { goal: { atMost: RESIDENT_MB_MAX } })
    })
  }
  return { figures, storage }
}
