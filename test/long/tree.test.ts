import path from 'node:path'
import test from 'brittle'
import { repositoryRoot } from '../helpers/fixtures.ts'
import { treeRounds } from './tree-rounds.ts'

test(
  'a tree of files survives kill -9 of the root peer, up and down',
  { timeout: 120_000 },
  async (t) => {
    const figures = await treeRounds(path.join(repositoryRoot, 'src'), 1)
    t.ok(figures.files > 100)
    t.is(figures.kills, 2)
    t.alike(figures.skipped, [])
    t.alike(figures.different, [])
  }
)
