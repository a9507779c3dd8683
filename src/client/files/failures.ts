// What can go wrong with files at a client, and what of it passes by itself.

import { RootPeerError } from '../../protocol/errors.ts'
import { clientLimits } from '../limits.ts'
import type { StopSignal } from '../reading/reader-options.ts'

/** Whether trying again may help: the root went away, or has too much to do. */
export function passes(err: unknown): boolean {
  if (!(err instanceof RootPeerError)) return false
  return ['UNAVAILABLE', 'SHUTTING_DOWN', 'RATE_LIMITED'].includes(err.code)
}

export function isCode(err: unknown, code: string): boolean {
  return err instanceof RootPeerError && err.code === code
}

export function aborted(): RootPeerError<'ABORTED'> {
  return new RootPeerError('ABORTED', 'it was given up, as asked for')
}

export function closed(): RootPeerError<'CLOSED'> {
  return new RootPeerError('CLOSED', 'this room was closed')
}

export function fileNotFound(path: string): RootPeerError<'FILE_UNKNOWN'> {
  return new RootPeerError('FILE_UNKNOWN', `there is no such file here: ${path}`, { got: path })
}

/** Throws `ABORTED` if it was given up. */
export function stopIf(signal: StopSignal | undefined): void {
  if (signal?.aborted === true) throw aborted()
}

/** A pause before the next attempt, each longer than the one before; ended early if it is given up. */
export function pause(attempt: number, signal: StopSignal | undefined): Promise<void> {
  const { retryMinMs, retryMaxMs } = clientLimits
  const ms =
    Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(attempt, 16)) * (0.5 + Math.random() / 2)
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}
