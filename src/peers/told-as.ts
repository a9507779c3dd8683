// What a stranger is told of an error: never a path, nor anything else of the inside.

import type { RootPeerError } from '../protocol/errors.ts'
import { rootFull, unavailable, wireCodeOf } from '../protocol/errors.ts'

export function toldAs(err: unknown): RootPeerError {
  const code = wireCodeOf(err)
  if (code === 'UNKNOWN') return unavailable()
  return code === 'DISK_FULL' ? rootFull() : (err as RootPeerError)
}
