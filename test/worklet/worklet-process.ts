// A worklet as a process of its own, under Bare or Node: listens on a path, and serves whoever connects
// as an app. Arguments: the path, then the worklet's own. Says "listening" on stdout. Ends with the test
// that started it, however that ended: file descriptor 3 is a pipe that closes then.

import { Worklet } from '../../src/worklet/start.ts'

interface Globals {
  Bare?: { argv: string[]; exit(): never }
}

const { Bare } = globalThis as Globals
const { createServer } = Bare === undefined ? await import('node:net') : await import('bare-pipe')
const [path = '', ...args] = (Bare?.argv ?? process.argv).slice(2)

const worklet = new Worklet(args)
const lifeline =
  Bare === undefined
    ? new (await import('node:net')).Socket({ fd: 3 })
    : new (await import('bare-pipe')).default(3)
lifeline.on('end', () => (Bare ?? process).exit())
lifeline.on('data', () => {}) // read, so that its end is seen

createServer((pipe) => worklet.attach(pipe)).listen(path, () => console.log('listening'))
