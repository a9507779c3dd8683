// What it costs that a root looks at who sends how much: one root, sent to as fast as it goes; windows in
// which it checks every frame alternate with windows in which it checks none. Ratios are made inside a pair.

import type { Figure } from './figure.ts'
import { median, quartiles } from './figure.ts'
import type { Stage } from './stage.ts'
import type { Target } from './wire.ts'

const RATIO_MIN = 0.95

export interface Sizes {
  /** Windows before any counts, and pairs of windows. */
  warmUp: number
  pairs: number
  /** Messages of a window. */
  messages: number
  connections: number
  rooms: number
  /** Of a payload. */
  bytes: number
}

const LOAD = { connections: 4, rooms: 8, bytes: 256 }

export const FULL: Sizes = { warmUp: 8, pairs: 40, messages: 30_000, ...LOAD }
/** The same with few and short windows: to see that it runs. */
export const QUICK: Sizes = { warmUp: 2, pairs: 3, messages: 3000, ...LOAD }

/** What one window has shown. */
interface Seen {
  perSecond: number
  /** Processor time of the root. */
  usPerMessage: number
}

export async function checking(stage: Stage, sizes: Sizes): Promise<Figure[]> {
  const { warmUp, pairs, ...load } = sizes
  const { bootstrap } = stage
  const root = stage.role('checked')
  const started = await root.ask<Target>('start', { storage: stage.folder('root'), bootstrap })
  const members = stage.role('burst')
  await members.ask('start', { ...load, bootstrap, publicKey: started.publicKey })

  const see = async (checks: boolean): Promise<Seen> => {
    await root.ask('checks', checks)
    const before = await root.ask<number>('cpuUs')
    const ms = await members.ask<number>('send')
    const after = await root.ask<number>('cpuUs')
    return {
      perSecond: (load.messages / ms) * 1000,
      usPerMessage: (after - before) / load.messages
    }
  }

  for (let i = 0; i < warmUp; i++) await see(i % 2 === 0)
  const [checked, free]: [Seen[], Seen[]] = [[], []]
  for (let i = 0; i < pairs; i++) {
    // Now one comes first, now the other: what drifts falls on both alike.
    for (const on of i % 2 === 0 ? [false, true] : [true, false]) {
      ;(on ? checked : free).push(await see(on))
    }
    process.stderr.write(`pair ${i + 1} of ${pairs}\n`)
  }
  await members.stop()
  await root.ask('close')

  const ratio = (name: string, each: (on: Seen, off: Seen) => number): Figure => ({
    ...figure(
      name,
      checked.map((on, i) => each(on, free[i] as Seen))
    ),
    goal: { atLeast: RATIO_MIN }
  })
  const messages = (name: string, seen: readonly Seen[]): Figure[] => [
    figure(
      `${name}: messages`,
      seen.map(({ perSecond }) => perSecond)
    ),
    figure(
      `${name}: CPU time a message`,
      seen.map(({ usPerMessage }) => usPerMessage),
      'µs'
    )
  ]
  return [
    ...messages('checked', checked),
    ...messages('unlimited', free),
    ratio('checked/unlimited, by throughput', (on, off) => on.perSecond / off.perSecond),
    ratio('checked/unlimited, by CPU time', (on, off) => off.usPerMessage / on.usPerMessage)
  ]
}

/** The median, and in place of least and most, which only tell of the machine, the quartiles. */
function figure(name: string, values: readonly number[], unit = ''): Figure {
  const [min, max] = quartiles(values)
  return { name, value: median(values), min, max, unit }
}
