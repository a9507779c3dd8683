// npm run test:disk -- --cycles 10: see disk-cycles.ts. Prints one line of figures, and exits with 1 if
// they are not good. Where no small disk can be mounted, it says so.

import { parseArgs } from 'node:util'
import { NO_SMALL_DISK } from '../helpers/small-disk.ts'
import { diskCycles, isGood, printFigures } from './disk-cycles.ts'

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '10' } } })
const cycles = Number(values.cycles)
if (!Number.isSafeInteger(cycles) || cycles < 1) throw new Error('--cycles takes a number from 1')

const figures = await diskCycles({ cycles, progress: (line) => process.stderr.write(`${line}\n`) })
console.log(figures === null ? `skipped: ${NO_SMALL_DISK}` : printFigures(figures))
process.exitCode = figures === null || isGood(figures) ? 0 : 1
