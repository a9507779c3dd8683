// npm run bench: rounds of every figure, then medians and spread. `-- --json` prints one object,
// `-- --markdown` docs/PERFORMANCE.md, `-- --quick` a little of everything, `-- --rounds N`.

import { parseArgs } from 'node:util'
import type { Figure } from './figure.ts'
import { line, median, toJson } from './figure.ts'
import { report } from './report.ts'
import { FULL, QUICK, round } from './speed.ts'
import type { Round } from './speed.ts'

/** What must hold: the name, what it is made from, and the least (or most) that is good. */
const RATIOS: { name: string; over?: string; of: string; goal?: Figure['goal'] }[] = [
  { name: 'singles/append', of: 'singles', over: 'append', goal: { atLeast: 0.9 } },
  { name: 'batches/append', of: 'batches', over: 'append', goal: { atLeast: 2.2 } },
  { name: 'pages/replication', of: 'pages', over: 'replication', goal: { atLeast: 50 } },
  { name: 'quiet/replication', of: 'quiet', over: 'replication', goal: { atLeast: 20 } },
  { name: 'pages/nativePages', of: 'pages', over: 'nativePages' },
  { name: 'proven/replication', of: 'proven', over: 'replication', goal: { atLeast: 20 } },
  { name: 'sealedSends/append', of: 'sealedSends', over: 'append', goal: { atLeast: 0.8 } },
  { name: 'sendMedianMs', of: 'sendMedianMs', goal: { atMost: 1.5 } },
  { name: 'rooms100', of: 'rooms100', goal: { atLeast: 75_000 } },
  { name: 'rooms1000', of: 'rooms1000', goal: { atLeast: 22_000 } },
  { name: 'fanout', of: 'fanout', goal: { atLeast: 150_000 } }
]

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' }
  }
})

const rounds: Round[] = []
for (let i = 0; i < Number(values.rounds); i++) {
  rounds.push(await round(values.quick ? QUICK : FULL))
  process.stderr.write(`round ${i + 1} of ${values.rounds}\n`)
}

function spread(name: string, each: (round: Round) => number): Figure {
  const all = rounds.map(each)
  return { name, value: median(all), min: Math.min(...all), max: Math.max(...all) }
}

const figures = Object.keys(rounds[0] ?? {}).map((name) => spread(name, (each) => each[name] ?? 0))
// A ratio is made inside a round: what the machine did meanwhile fell on both of its sides.
const ratios = RATIOS.map(({ name, of, over, goal }) => {
  const figure = spread(
    name,
    (each) => (each[of] ?? 0) / (over === undefined ? 1 : (each[over] ?? 1))
  )
  return goal === undefined ? figure : { ...figure, goal }
})

if (values.json) {
  const whole = { rounds: rounds.length, ratios: toJson(ratios), figures: toJson(figures) }
  console.log(JSON.stringify(whole))
} else if (values.markdown) {
  console.log(report(rounds.length, ratios, figures))
} else {
  console.log(`${rounds.length} rounds; median, least and most\n`)
  for (const figure of figures) console.log(line(figure))
  console.log()
  for (const ratio of ratios) console.log(line(ratio))
}
process.exit(0)
