// A process that has nothing but signals: says what it is told, ends as it is asked to. Its third
// descriptor is open as long as it lives.

import { writeSync } from 'node:fs'
import { Interruption } from '../../bin/interruption.ts'

const interruption = new Interruption()
if (process.argv[2] === 'reload') interruption.onhangup(() => say('reload'))
const alive = setInterval(() => {}, 1000)
say('here')
await interruption.wait()
say(interruption.received ?? '')
clearInterval(alive)
process.exit(interruption.exitCode ?? 0)

function say(what: string): void {
  writeSync(3, `${what}\n`)
}
