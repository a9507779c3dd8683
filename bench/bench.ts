// npm run bench: rounds of every figure, then medians and spread. `-- --json` prints one object,
// `-- --quick` a little of everything, `-- --rounds N`.

import { parseArgs } from 'node:util'
import { FULL, QUICK, median, round } from './speed.ts'
import type { Round } from './speed.ts'

/** What must hold: the name, what it is made from, and the least (or most) that is good. */
const GOALS: { name: string; over?: string; of: string; atLeast?: number; atMost?: number }[] = [
  { name: 'singles/append', of: 'singles', over: 'append', atLeast: 0.9 },
  { name: 'batches/append', of: 'batches', over: 'append', atLeast: 2.2 },
  { name: 'pages/replication', of: 'pages', over: 'replication', atLeast: 50 },
  { name: 'quiet/replication', of: 'quiet', over: 'replication', atLeast: 20 },
  { name: 'proven/replication', of: 'proven', over: 'replication', atLeast: 20 },
  { name: 'sealedSends/append', of: 'sealedSends', over: 'append', atLeast: 0.8 },
  { name: 'sendMedianMs', of: 'sendMedianMs', atMost: 1.5 },
  { name: 'rooms100', of: 'rooms100', atLeast: 75_000 },
  { name: 'rooms1000', of: 'rooms1000', atLeast: 22_000 },
  { name: 'fanout', of: 'fanout', atLeast: 150_000 }
]

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' }
  }
})

const rounds: Round[] = []
for (let i = 0; i < Number(values.rounds); i++) {
  rounds.push(await round(values.quick ? QUICK : FULL))
  process.stderr.write(`round ${i + 1} of ${values.rounds}\n`)
}

const spread = (each: (figures: Round) => number) => {
  const all = rounds.map(each)
  return { median: median(all), min: Math.min(...all), max: Math.max(...all) }
}
const names = Object.keys(rounds[0] ?? {})
const figures = Object.fromEntries(
  names.map((name) => [name, spread((figure) => figure[name] ?? 0)])
)
const results = GOALS.map(({ name, of, over, atLeast, atMost }) => {
  const value = spread(
    (figure) => (figure[of] ?? 0) / (over === undefined ? 1 : (figure[over] ?? 1))
  )
  const good =
    atLeast === undefined ? value.median <= (atMost ?? Infinity) : value.median >= atLeast
  return { name, ...value, goal: atLeast ?? atMost, good }
})

if (values.json) {
  const ratios = Object.fromEntries(results.map(({ name, ...rest }) => [name, rest]))
  process.stdout.write(`${JSON.stringify({ rounds: rounds.length, ratios, figures })}\n`)
} else {
  const number = (value: number): string =>
    value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)
  const row = (
    name: string,
    { median: middle, min, max }: { median: number; min: number; max: number }
  ) =>
    `${name.padEnd(22)} ${number(middle).padStart(10)} ${`${number(min)} to ${number(max)}`.padStart(24)}`
  console.log(`${rounds.length} rounds; median, least and most\n`)
  for (const name of names) console.log(row(name, figures[name] as never))
  console.log()
  for (const result of results) {
    console.log(
      `${row(result.name, result)}   goal ${result.goal}${result.good ? '' : '   MISSED'}`
    )
  }
}
process.exit(0)
