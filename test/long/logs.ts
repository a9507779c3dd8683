// npm run test:logs -- FOLDER: passes every line of every *.txt of a folder, see pass-logs.ts. Prints one
// line of figures, and exits with 1 if anything came out other than it went in.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { passLogs, printFigures } from './pass-logs.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Which folder? npm run test:logs -- FOLDER')
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .sort()
  .map((name) => join(folder, name))

const figures = await passLogs(files, (name) => process.stderr.write(`${name}\n`))
console.log(printFigures(figures))
process.exitCode = figures.wrong === 0 && figures.lines > 0 ? 0 : 1
