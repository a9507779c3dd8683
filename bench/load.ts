// npm run bench:load: many rooms, many connections, a reader that stalls, a siege; what each costs.
// `-- --json` prints one object, `-- --markdown` the table that ends
// docs/PERFORMANCE.md, `-- --quick` a little of everything, `-- --only PART` one part. Exits 1 if a goal is missed.

import { parseArgs } from 'node:util'
import { limits } from '../src/limits.ts'
import type { Figure } from './figure.ts'
import { isGood, line, toJson } from './figure.ts'
import { connections } from './load/connections.ts'
import { kept } from './load/kept.ts'
import { siege } from './load/siege.ts'
import { stalled } from './load/stalled.ts'
import { MB, MiB } from './load/units.ts'
import { table } from './report.ts'
import { onStage } from './stage.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' }
  }
})

const sizes = values.quick
  ? { rooms: [10, 300], connections: 200, passing: 32 * MiB, rounds: 1, hostile: 90, siegeMs: 3000 }
  : {
      rooms: [100, 1000, 10_000],
      connections: 2000,
      passing: 200 * MB,
      rounds: 3,
      hostile: 1000,
      siegeMs: limits.silenceMs * 3
    }

const parts: Record<string, () => Promise<Figure[]>> = {
  rooms: () =>
    onStage(async (stage) => {
      const { figures, storage } = await kept(stage, sizes.rooms)
      return [...figures, ...(await connections(stage, storage, sizes.connections))]
    }),
  stalled: () => onStage((stage) => stalled(stage, sizes.passing, sizes.rounds)),
  siege: () => onStage((stage) => siege(stage, sizes.hostile, sizes.siegeMs))
}

const figures: Figure[] = []
for (const [name, part] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue
  process.stderr.write(`${name} …\n`)
  for (const figure of await part()) {
    figures.push(figure)
    if (!values.json && !values.markdown) console.log(line(figure))
  }
}
if (values.markdown) console.log(`\n${table(figures)}`)
if (values.json) console.log(JSON.stringify({ figures: toJson(figures) }))
process.exit(figures.every(isGood) ? 0 : 1)
