import test from 'brittle'
import { isGood, killRounds, printFigures } from './kill-rounds.ts'

test(
  'kill -9 during parallel sends to 8 rooms loses and doubles nothing',
  { timeout: 90_000 },
  async (t) => {
    const figures = await killRounds({ rounds: 3 })
    t.comment(printFigures(figures))
    t.ok(isGood(figures), printFigures(figures))
    t.ok(figures.underway > 0, 'there was something to lose')
  }
)
