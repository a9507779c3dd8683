// A reader that stops reading while much passes through its room: what it costs the root beyond what
// the same traffic costs without it.

import type { Figure } from '../figure.ts'
import { median } from '../figure.ts'
import type { Stage } from '../stage.ts'
import type { Target } from '../wire.ts'
import { MiB } from './units.ts'

const STALLED_MIB_MAX = 16

export async function stalled(stage: Stage, bytes: number, rounds: number): Promise<Figure[]> {
  const root = stage.role('root')
  const writer = stage.role('crowd')
  const reader = stage.role('crowd')
  const { bootstrap } = stage
  const { publicKey } = await root.ask<Target>('start', {
    storage: stage.folder('stalled'),
    bootstrap
  })
  const target = { bootstrap, publicKey }
  const memory = () => root.ask<number>('memory')

  let room = 0
  const pour = (amount: number) => writer.ask('pour', { ...target, room, bytes: amount })
  // The database's own buffers fill up once, whoever reads.
  for (let i = 0; i < 2; i++, room++) await pour(bytes)

  const growth = async (): Promise<number> => {
    const before = await memory()
    await pour(bytes)
    return (await memory()) - before
  }
  const without: number[] = []
  const beside: number[] = []
  // Not in turns: what a reader that is gone gives back would be counted to the round after it.
  for (let i = 0; i < rounds; i++) {
    room++
    await pour(1)
    without.push((await growth()) / MiB)
  }
  for (let i = 0; i < rounds; i++) {
    room++
    await pour(1)
    await reader.ask('stall', { ...target, room })
    beside.push((await growth()) / MiB)
    await reader.ask('hangUp')
  }
  await root.ask('close')
  for (const role of [writer, reader, root]) await role.stop()

  const spread = (values: number[]) => ({ min: Math.min(...values), max: Math.max(...values) })
  const name = `${Math.round(bytes / MiB)} MiB passing`
  const cost = median(beside) - median(without)
  return [
    { name: `${name}, nobody reads`, value: median(without), ...spread(without), unit: 'MiB' },
    { name: `${name}, one stalled`, value: median(beside), ...spread(beside), unit: 'MiB' },
    { name: 'a stalled reader', value: cost, unit: 'MiB', goal: { atMost: STALLED_MIB_MAX } }
  ]
}
