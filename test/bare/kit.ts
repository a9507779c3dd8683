// Stands in for Bare Kit: gives a bundle its pipe and its arguments as Bare Kit does on a phone, then
// loads it. Arguments: the bundle, then the worklet's own. The pipe is file descriptor 3.

import BarePipe from 'bare-pipe'

declare const Bare: { argv: string[] }

const [bundle = '', ...args] = Bare.argv.splice(0).slice(2)
Bare.argv.push(...args)
Object.assign(globalThis, { BareKit: { IPC: new BarePipe(3) } })
await import(bundle)
