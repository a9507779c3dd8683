// Hostile connections by the hundred: half frames, floods, readers that never read. The root lives, its
// memory stays under a bound made from its limits, and an honest member sends and reads.

import { limits } from '../../src/limits.ts'
import type { Figure } from '../figure.ts'
import { median } from '../figure.ts'
import type { Stage } from '../stage.ts'
import type { Target } from '../wire.ts'
import { MiB } from './units.ts'

const HISTORY_ROOMS = 4
const HISTORY_BYTES = 32 * MiB
const HONEST_MESSAGES = 50

/** What an open connection may cost beyond what `limits` count. */
const CONNECTION_BYTES = 128 * 1024
/** Garbage between two collections, and the database's own buffers. */
const SLACK_BYTES = 192 * MiB

/** What all that strangers make a root keep may come to, over what it is resident with at rest. */
export function boundBytes(connections: number): number {
  return (
    limits.outputBytesMax + limits.intakeBytesMax + connections * CONNECTION_BYTES + SLACK_BYTES
  )
}

export async function siege(stage: Stage, count: number, forMs: number): Promise<Figure[]> {
  const root = stage.role('root')
  const writer = stage.role('crowd')
  const hostile = stage.role('hostile')
  const honest = stage.role('client')
  const { bootstrap } = stage
  const { publicKey } = await root.ask<Target>('start', {
    storage: stage.folder('siege'),
    bootstrap,
    connectionsPerAddress: limits.connectionsMax
  })
  const target = { bootstrap, publicKey }
  const rooms = Array.from({ length: HISTORY_ROOMS }, (_, i) => i)
  for (const room of rooms) await writer.ask('pour', { ...target, room, bytes: HISTORY_BYTES })
  const before = await root.ask<number>('memory')
  const peaceful = await converse()

  await hostile.ask('attack', { ...target, each: Math.floor(count / 3), rooms })
  const times: number[] = []
  const until = performance.now() + forMs
  do times.push(...(await converse()))
  while (performance.now() < until)
  const { reached, cutOff } = await hostile.ask<{ reached: number; cutOff: number }>('state')
  // Answers at all only if it is alive.
  const peak = await root.ask<number>('peak')
  await hostile.ask('stop')
  await root.ask('close')
  for (const role of [hostile, honest, writer, root]) await role.stop()

  const name = `hostile: ${count}`
  const atMost = Math.round(boundBytes(count) / MiB)
  return [
    { name: `${name}, memory`, value: (peak - before) / MiB, unit: 'MiB', goal: { atMost } },
    { name: `${name}, came through`, value: reached, unit: 'times' },
    { name: `${name}, cut off`, value: cutOff, unit: 'times' },
    { name: `${name}, honest sends before`, value: median(peaceful), unit: 'ms' },
    { name: `${name}, honest sends`, value: median(times), unit: 'ms' },
    { name: `${name}, honest sends, worst`, value: Math.max(...times), unit: 'ms' }
  ]

  /** One member sends, another reads all of it: milliseconds of each send. */
  function converse(): Promise<number[]> {
    return honest.ask<number[]>('converse', { ...target, messages: HONEST_MESSAGES, bytes: 256 })
  }
}
