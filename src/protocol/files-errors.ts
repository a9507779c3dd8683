// The errors of files that travel: one factory per code. The codes are in errors.ts.

import { RootPeerError } from './errors.ts'

export function fileUnknown(): RootPeerError<'FILE_UNKNOWN'> {
  return new RootPeerError(
    'FILE_UNKNOWN',
    'there is no such file here, or its content is not kept any more: look at the folder again'
  )
}

export function fileChanged(expected: number, got: number): RootPeerError<'FILE_CHANGED'> {
  return new RootPeerError(
    'FILE_CHANGED',
    `somebody else has changed it: this would be version ${got}, and ${expected} is the next one`,
    { expected, got }
  )
}

export function badChunk(message: string): RootPeerError<'BAD_CHUNK'> {
  return new RootPeerError('BAD_CHUNK', message)
}

export function badRange(message: string): RootPeerError<'BAD_RANGE'> {
  return new RootPeerError('BAD_RANGE', message)
}
