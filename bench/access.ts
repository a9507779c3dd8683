// npm run bench:access: what it costs that a root bounds who sends how much. `-- --json` prints one object,
// `-- --markdown` a table, `-- --quick` few and short windows, `-- --rounds N`. Exits 1 if a goal is missed.

import { parseArgs } from 'node:util'
import { checking, FULL, QUICK } from './checking.ts'
import { isGood, line, toJson } from './figure.ts'
import { table } from './report.ts'
import { onStage } from './stage.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' }
  }
})

const sizes = values.quick ? QUICK : FULL
const figures = await onStage((stage) =>
  checking(stage, { ...sizes, rounds: Number(values.rounds ?? sizes.rounds) })
)
if (values.json) console.log(JSON.stringify({ figures: toJson(figures) }))
else if (values.markdown) console.log(table(figures))
else for (const figure of figures) console.log(line(figure))
process.exit(figures.every(isGood) ? 0 : 1)
