// The errors of profiles: one factory per code. The codes are in errors.ts.

import { RootPeerError } from './errors.ts'

export function badProfile(message: string): RootPeerError<'BAD_PROFILE'> {
  return new RootPeerError('BAD_PROFILE', message)
}

export function profileExpired(): RootPeerError<'PROFILE_EXPIRED'> {
  return new RootPeerError('PROFILE_EXPIRED', 'the time of this profile is over: publish it again')
}

export function profileStale(expected: number, got: number): RootPeerError<'PROFILE_STALE'> {
  return new RootPeerError(
    'PROFILE_STALE',
    `a newer profile of this identity is known: sequence ${expected}, and this one has ${got}`,
    { expected, got }
  )
}

export function directoryFull(what: string, expected: number): RootPeerError<'DIRECTORY_FULL'> {
  return new RootPeerError('DIRECTORY_FULL', `no more than ${expected} profiles ${what}`, {
    expected
  })
}

export function badHandle(message: string, got: string): RootPeerError<'BAD_HANDLE'> {
  return new RootPeerError('BAD_HANDLE', message, { got: got.slice(0, 100) })
}
