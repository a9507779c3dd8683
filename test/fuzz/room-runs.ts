// Rows of steps, each from an empty room, until the time is used up. A row in which the model and the
// real thing differ is shrunk and thrown, with its seed.

import * as fc from 'fast-check'
import { RoomRig } from './helpers/room-rig.ts'
import { RoomModel } from './room-model.ts'
import { steps } from './room-steps.ts'

export interface RoomRunsFigures {
  seed: number
  rows: number
  steps: number
  ms: number
}

/** Rows for one seed, and the time that shrinking one that failed may take. */
const rowsPerSeed = 3
const shrinkMs = 60_000

export async function runRooms(options: {
  ms: number
  seed?: number
  stepsMax?: number
}): Promise<RoomRunsFigures> {
  const { ms, seed = Date.now() % 0x7fffffff, stepsMax = 30 } = options
  const began = Date.now()
  const figures = { seed, rows: 0, steps: 0, ms: 0 }
  const rows = fc.commands(steps, { maxCommands: stepsMax, size: 'max' })
  const holds = fc.asyncProperty(rows, async (row) => {
    const rig = await RoomRig.open()
    try {
      await fc.asyncModelRun(() => ({ model: new RoomModel(), real: rig }), row)
    } finally {
      await rig.destroy()
    }
    figures.rows++
    figures.steps += [...row].length
  })
  for (let at = seed; Date.now() - began < ms; at++) {
    const interrupt = { interruptAfterTimeLimit: shrinkMs, markInterruptAsFailure: true }
    await fc.assert(holds, { seed: at, numRuns: rowsPerSeed, ...interrupt })
  }
  figures.ms = Date.now() - began
  return figures
}

export function printRoomRuns({ seed, rows, steps: taken, ms }: RoomRunsFigures): string {
  return `rooms: seed ${seed}, ${rows} rows of ${taken} steps, ${(ms / 1000).toFixed(0)} s: ok`
}
