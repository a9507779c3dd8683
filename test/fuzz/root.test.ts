import test from 'brittle'
import { besiegeRoot, printRootSiege, rootStood } from './root-siege.ts'

const frames = 2000

test(
  'a root under forged frames lives and serves honest members',
  { timeout: 90_000 },
  async (t) => {
    const figures = await besiegeRoot({ frames })
    t.comment(printRootSiege(figures))
    t.ok(rootStood(figures), printRootSiege(figures))
    t.ok(figures.frames >= frames)
    t.ok(figures.cutOff > 0, 'some of it was noticed')
    t.ok(figures.honest > 4, 'there was somebody to harm')
  }
)
