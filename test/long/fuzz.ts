// npm run test:fuzz -- [--frames 200000] [--rooms SECONDS] [--only root|client|rooms]... [--seed N]: see
// test/fuzz. Prints one line of figures for each part, and exits with 1 if they are not good.

import { parseArgs } from 'node:util'
import { besiegeClient, clientStood, printClientSiege } from '../fuzz/client-siege.ts'
import { printRoomRuns, runRooms } from '../fuzz/room-runs.ts'
import { besiegeRoot, printRootSiege, rootStood } from '../fuzz/root-siege.ts'

const parts = ['root', 'client', 'rooms']
const everyFrames = 10_000

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '200000' },
    rooms: { type: 'string', default: '180' },
    only: { type: 'string', multiple: true, default: parts },
    seed: { type: 'string' }
  }
})
const frames = numberOf('frames', values.frames)
const ms = 1000 * numberOf('rooms', values.rooms)
const seed = values.seed === undefined ? {} : { seed: numberOf('seed', values.seed) }
if (!values.only.every((part) => parts.includes(part))) throw new Error(`--only ${parts.join('|')}`)

if (values.only.includes('root')) {
  const figures = await besiegeRoot({ frames, ...seed, progress: progressOf('root') })
  report(printRootSiege(figures), rootStood(figures))
}
if (values.only.includes('client')) {
  const figures = await besiegeClient({ frames, ...seed, progress: progressOf('client') })
  report(printClientSiege(figures), clientStood(figures))
}
if (values.only.includes('rooms')) {
  const figures = await runRooms({ ms, ...seed, stepsMax: 60 })
  report(printRoomRuns(figures), figures.rows > 0)
}

function report(line: string, good: boolean): void {
  console.log(line)
  if (!good) process.exitCode = 1
}

function progressOf(part: string): (frames: number) => void {
  let next = everyFrames
  return (sent) => {
    if (sent < next) return
    next = sent + everyFrames
    process.stderr.write(`${part}: ${sent} frames\n`)
  }
}

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a number from 1`)
  return value
}
