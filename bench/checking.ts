// What it costs that a root looks at who sends how much: one root, and three crews that send to it in turn,
// as fast as it goes: one whose every frame is checked, and two that are not. Ratios are made inside a
// round; what the two tell of each other is how far the rest is to be trusted.

import type { Figure } from './figure.ts'
import { median, quartiles } from './figure.ts'
import type { Stage } from './stage.ts'
import type { Target } from './wire.ts'

const RATIO_MIN = 0.95

export interface Sizes {
  /** Rounds before any counts, and those that do. */
  warmUp: number
  rounds: number
  /** Messages of a window, which are sent at once. */
  messages: number
  connections: number
  rooms: number
  /** Of a payload. */
  bytes: number
}

const LOAD = { connections: 4, rooms: 8, bytes: 256 }

export const FULL: Sizes = { warmUp: 40, rounds: 300, messages: 4000, ...LOAD }
/** The same with few and short windows: to see that it runs. */
export const QUICK: Sizes = { warmUp: 2, rounds: 3, messages: 1000, ...LOAD }

const CREWS = ['checked', 'unlimited', 'unlimited again'] as const
type Crew = (typeof CREWS)[number]

/** What one window has shown; processor time of the root in microseconds a message. */
interface Seen {
  perSecond: number
  loopUs: number
  allUs: number
}

export async function checking(stage: Stage, sizes: Sizes): Promise<Figure[]> {
  const { warmUp, rounds, ...load } = sizes
  const { bootstrap } = stage
  const root = stage.role('checked')
  const started = await root.ask<Target>('start', { storage: stage.folder('root'), bootstrap })
  const members = stage.role('burst')
  for (const crew of CREWS) {
    await root.ask('checks', crew === 'checked')
    await members.ask('start', { ...load, bootstrap, publicKey: started.publicKey })
  }

  const see = async (crew: Crew): Promise<Seen> => {
    const before = await root.ask<{ all: number; loop: number }>('cpu')
    const ms = await members.ask<number>('send', CREWS.indexOf(crew))
    const after = await root.ask<{ all: number; loop: number }>('cpu')
    return {
      perSecond: (load.messages / ms) * 1000,
      loopUs: (after.loop - before.loop) / load.messages,
      allUs: (after.all - before.all) / load.messages
    }
  }

  const seen: Record<Crew, Seen>[] = []
  for (let i = 0; i < warmUp + rounds; i++) {
    const round: Partial<Record<Crew, Seen>> = {}
    // Each is the first, the second and the last as often: what drifts falls on all alike.
    for (let j = 0; j < CREWS.length; j++) {
      const crew = CREWS[(i + j) % CREWS.length] as Crew
      round[crew] = await see(crew)
    }
    if (i >= warmUp) seen.push(round as Record<Crew, Seen>)
    if (i % 50 === 49) process.stderr.write(`round ${i + 1} of ${warmUp + rounds}\n`)
  }
  await members.stop()
  await root.ask('close')

  const figures: Figure[] = []
  for (const crew of ['checked', 'unlimited'] as const) {
    const of = (key: keyof Seen): number[] => seen.map((round) => round[crew][key])
    figures.push(
      figure(`${crew}: messages`, of('perSecond')),
      figure(`${crew}: CPU time of the event loop`, of('loopUs'), 'µs'),
      figure(`${crew}: CPU time of all threads`, of('allUs'), 'µs')
    )
  }
  const ratios = (
    name: string,
    of: (round: Record<Crew, Seen>) => [Seen, Seen],
    goal: Pick<Figure, 'goal'>
  ): void => {
    const each = (how: string, ratio: (on: Seen, off: Seen) => number): void => {
      const values = seen.map((round) => ratio(...of(round)))
      figures.push({ ...figure(`${name}, by ${how}`, values), ...goal })
    }
    each('throughput', (on, off) => on.perSecond / off.perSecond)
    each('event loop', (on, off) => off.loopUs / on.loopUs)
    each('all threads', (on, off) => off.allUs / on.allUs)
  }
  ratios(
    'checked/unlimited',
    ({ checked, unlimited, 'unlimited again': again }) => [checked, between(unlimited, again)],
    { goal: { atLeast: RATIO_MIN } }
  )
  ratios('unlimited/unlimited', ({ unlimited, 'unlimited again': again }) => [again, unlimited], {})
  return figures
}

/** Of two crews that are alike, what one would have shown. */
function between(a: Seen, b: Seen): Seen {
  return {
    perSecond: 2 / (1 / a.perSecond + 1 / b.perSecond),
    loopUs: (a.loopUs + b.loopUs) / 2,
    allUs: (a.allUs + b.allUs) / 2
  }
}

/** The median, and in place of least and most, which only tell of the machine, the quartiles. */
function figure(name: string, values: readonly number[], unit = ''): Figure {
  const [min, max] = quartiles(values)
  return { name, value: median(values), min, max, unit }
}
