// What a visitor is told of an error: nothing of the inside.

import { RootPeerError, wireCodeOf, wireNumber } from '../../protocol/errors.ts'

export function toldAs(err: unknown): { code: number; detail: string } {
  const code = wireCodeOf(err)
  if (!(err instanceof RootPeerError) || code === 'UNKNOWN') {
    return { code: wireNumber('UNAVAILABLE'), detail: 'this can not be answered now' }
  }
  return { code: wireNumber(code), detail: err.message }
}
