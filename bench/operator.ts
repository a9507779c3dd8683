// npm run bench:operator: what it costs a busy root peer to be watched. `-- --json` prints one object,
// `-- --markdown` a table, `-- --quick` few and short windows, `-- --pairs N`, `-- --pace MESSAGES` a
// second. Exits 1 if the goal is missed.

import { parseArgs } from 'node:util'
import { isGood, line, toJson } from './figure.ts'
import { table } from './report.ts'
import { onStage } from './stage.ts'
import { FULL, QUICK, watching } from './watching.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    pace: { type: 'string' }
  }
})

const sizes = values.quick ? QUICK : FULL
const figures = await onStage((stage) =>
  watching(stage, {
    ...sizes,
    pairs: Number(values.pairs ?? sizes.pairs),
    pace: Number(values.pace ?? sizes.pace)
  })
)
if (values.json) console.log(JSON.stringify({ figures: toJson(figures) }))
else if (values.markdown) console.log(table(figures))
else for (const figure of figures) console.log(line(figure))
process.exit(figures.every(isGood) ? 0 : 1)
