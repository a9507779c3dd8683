import test from 'brittle'
import { quick } from '../client/helpers/world.ts'
import { dyingRoot, isGood, printFigures } from './dying-root.ts'

for (const mode of ['emptied', 'replaced'] as const) {
  test(
    `one of two roots dies and is ${mode}: nothing is missed or doubled`,
    { timeout: 120_000 },
    async (t) => {
      const figures = await dyingRoot({ mode, messages: 1500, waits: quick })
      t.comment(printFigures(figures))
      t.ok(isGood(figures), printFigures(figures))
      t.ok(
        figures.doubled < 200,
        `${figures.doubled} entries of ${figures.messages} twice in the log`
      )
    }
  )
}
