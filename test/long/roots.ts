// npm run test:roots -- --messages 10000: see dying-root.ts. Prints one line of figures for each way, and
// exits with 1 if a message was missed, doubled or out of order. The times are told, not judged.

import { parseArgs } from 'node:util'
import { dyingRoot, isGood, printFigures } from './dying-root.ts'

const { values } = parseArgs({ options: { messages: { type: 'string', default: '10000' } } })
const messages = Number(values.messages)
if (!Number.isSafeInteger(messages) || messages < 1) throw new Error('--messages takes a number')

for (const mode of ['emptied', 'replaced'] as const) {
  const figures = await dyingRoot({
    mode,
    messages,
    progress: (what) => process.stderr.write(`${mode}: ${what}\n`)
  })
  console.log(printFigures(figures))
  if (!isGood(figures)) process.exitCode = 1
}
