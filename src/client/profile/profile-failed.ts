// The one error of a profile that its disk or its files have failed.

import { RootPeerError } from '../../protocol/errors.ts'

export function profileFailed(cause: unknown): RootPeerError<'PROFILE_FAILED'> {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new RootPeerError('PROFILE_FAILED', `the profile can't be opened or written: ${reason}`, {
    cause
  })
}
