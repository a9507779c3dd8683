// How an error is told: one line for people on stderr, one JSON line for programs, a stack only for who
// asked for it. Never prints what a stranger sent without making it visible.

import { inspect } from 'node:util'
import { RootPeerError } from '../src/protocol/errors.ts'
import { badConfig, exitCodeOf, internal, reasonOf } from '../src/errors.ts'
import { visible } from './display.ts'
import { PipeClosed, writeJson } from './output.ts'

/** How the user wants to be told. */
export interface Manner {
  json: boolean
  debug: boolean
}

/** Tells an error that ends the command; resolves with the exit code. */
export async function report(problem: unknown, { json, debug }: Manner): Promise<number> {
  if (problem instanceof PipeClosed) return 0
  const typed = typedError(problem)
  process.stderr.write(`${lineOf(typed)}\n`)
  if (debug) process.stderr.write(`${inspect(problem)}\n`)
  if (json) await tellPrograms(typed)
  return exitCodeOf(typed)
}

async function tellPrograms(err: RootPeerError): Promise<void> {
  try {
    await writeJson({ error: describe(err) })
  } catch {
    // Nobody reads stdout any more: people were told.
  }
}

/** Tells an error that nobody caught. The process is to exit at once. */
export function reportCrash(err: unknown, { debug }: Manner): void {
  if (err instanceof PipeClosed) return
  process.stderr.write(`${lineOf(typedError(err))}\n`)
  if (debug) process.stderr.write(`${inspect(err)}\n`)
}

/** `root-peer: CODE: message`, whatever the message holds. */
export function lineOf(err: RootPeerError): string {
  return `root-peer: ${err.code}: ${visible(err.message.replace(/\s*\n\s*/g, ' '))}`
}

/** An error as programs read it. */
export function describe({ code, message }: RootPeerError): { code: string; message: string } {
  return { code, message }
}

/** An address that can't be bound to is a wrong setting; any other error stays what it is. */
export function bindingError(
  err: unknown,
  { host, port }: { host: string | undefined; port: number | undefined }
): unknown {
  const code = (err as NodeJS.ErrnoException | null)?.code ?? ''
  if (err instanceof RootPeerError || !/^E(ADDR|ACCES$)/.test(code)) return err
  const where = `${host ?? 'any address'}${port === undefined ? '' : `, port ${port}`}`
  return badConfig(`can't bind to ${where} (${reasonOf(err)}): see --host and --port`)
}

function typedError(err: unknown): RootPeerError {
  if (err instanceof RootPeerError) return err
  return internal(`${reasonOf(err)}. This should not happen: please report it, with --debug`, err)
}
