// npm run test:kill -- --rounds 100 [--patient]: see kill-rounds.ts. Prints one line of figures, and
// exits with 1 if they are not good.

import { parseArgs } from 'node:util'
import { isGood, killRounds, printFigures } from './kill-rounds.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    patient: { type: 'boolean', default: false }
  }
})
const rounds = Number(values.rounds)
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1')

const figures = await killRounds({
  rounds,
  patient: values.patient,
  progress: (round) => {
    if (process.stderr.isTTY || round % 10 === 0) process.stderr.write(`round ${round}\n`)
  }
})
console.log(printFigures(figures))
process.exitCode = isGood(figures) ? 0 : 1
