import test from 'brittle'
import { quick } from '../client/helpers/world.ts'
import { dyingRoot, isGood, printFigures } from './dying-root.ts'

// The other way, and more of both: npm run test:roots.
test(
  'one of two roots dies and comes back empty: nothing is missed or doubled',
  { timeout: 120_000 },
  async (t) => {
    const figures = await dyingRoot({ mode: 'emptied', messages: 800, waits: quick })
    t.comment(printFigures(figures))
    t.ok(isGood(figures), printFigures(figures))
    t.ok(
      figures.doubled < 200,
      `${figures.doubled} entries of ${figures.messages} twice in the log`
    )
  }
)
