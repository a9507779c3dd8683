// Where a worklet starts: with Bare Kit by itself, on the pipe and with the arguments that it gives;
// elsewhere by `startWorklet`.

import type { Pipe } from './pipe.ts'
import { Worklet } from './worklet.ts'

export { Worklet } from './worklet.ts'
export { readSettings } from './settings.ts'

/** What Bare and Bare Kit put into the global object. */
interface BareGlobals {
  Bare?: { argv: string[]; on(event: 'suspend' | 'resume', listener: () => void): unknown }
  BareKit?: { IPC: Pipe }
}

/**
 * Starts a worklet and serves the app at the other end of the pipe.
 *
 * @param args see `readSettings`. What is wrong with them is told to the app.
 */
export function startWorklet(ipc: Pipe, args: readonly string[]): Worklet {
  const worklet = new Worklet(args)
  const { Bare } = globalThis as BareGlobals
  // Both end in the client, which tells its rooms what fails; nothing is left to be done here.
  Bare?.on('suspend', () => void worklet.suspend().catch(() => {}))
  Bare?.on('resume', () => void worklet.resume().catch(() => {}))
  worklet.attach(ipc)
  return worklet
}

const { Bare, BareKit } = globalThis as BareGlobals
if (Bare !== undefined && BareKit !== undefined) startWorklet(BareKit.IPC, Bare.argv)
