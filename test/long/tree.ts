// npm run test:tree -- [--folder DIR] [--kills N]: the project's own node_modules through a root peer that
// is killed three times. Prints one line of figures, and exits with 1 if something came down otherwise.

import path from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryRoot } from '../helpers/fixtures.ts'
import { treeRounds } from './tree-rounds.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: path.join(repositoryRoot, 'node_modules') },
    kills: { type: 'string', default: '2' }
  }
})
const { files, bytes, kills, upSeconds, downSeconds, different, skipped } = await treeRounds(
  values.folder,
  Number(values.kills)
)
for (const name of skipped.slice(0, 20)) console.error(`left out: ${name}`)
for (const name of different.slice(0, 20)) console.error(`different: ${name}`)
console.log(
  `${files} files, ${(bytes / 1e6).toFixed(1)} MB, ${kills} kills: up in ${upSeconds.toFixed(1)} s, down in ${downSeconds.toFixed(1)} s, ${different.length} different, ${skipped.length} left out`
)
process.exitCode = different.length === 0 && skipped.length === 0 ? 0 : 1
