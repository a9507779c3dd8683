// `publish` and `attend`: what a peer says of people, and of itself. Each is answered by `accepted` or
// `refused`; signatures that do not hold count as opens in vain do.

import { checkAttendance } from '../../protocol/attendance.ts'
import { mapKey } from '../../protocol/bytes.ts'
import type { Attend, Publish } from '../../protocol/directory-channel.ts'
import { RootPeerError, tooMany } from '../../protocol/errors.ts'
import { limits } from '../../limits.ts'
import type { DirectorySession } from '../directory-session.ts'
import { toldAs } from '../told-as.ts'

const IN_VAIN = ['BAD_PROFILE', 'BAD_PROOF']

/** @throws what ends the connection: a request out of place, or too much in vain. */
export function onpublish(session: DirectorySession, { request, profile }: Publish): void {
  session.begin(request)
  const { access } = session.connection.peers.options
  const { visitor } = session.connection
  // As opening a room does: what is kept is somebody's, whom the operator may know.
  const publish = async (): Promise<void> => {
    visitor.admit()
    if (session.publishing >= limits.publishesMax) {
      throw tooMany('profiles that wait for the disk', limits.publishesMax)
    }
    pay(session)
    session.publishing++
    try {
      await session.directory.publish(profile, access.founderOf(visitor))
    } finally {
      session.publishing--
    }
  }
  publish().then(
    () => session.accept(request),
    (err: unknown) => fail(session, request, err)
  )
}

/** @throws as {@link onpublish} */
export function onattend(
  session: DirectorySession,
  { request, identity, signature }: Attend
): void {
  session.begin(request)
  const { attending, connection, directory } = session
  const { handshakeHash, peer } = connection
  const key = mapKey(identity)
  try {
    if (!attending.has(key)) {
      if (attending.size >= limits.attendedMax) throw tooMany('identities', limits.attendedMax)
      pay(session)
      checkAttendance(identity, signature, { handshakeHash, prover: peer })
      attending.set(key, identity)
      directory.attend(identity)
    }
    session.accept(request)
  } catch (err) {
    fail(session, request, err)
  }
}

/** Checking a signature takes much longer than to send one. */
function pay(session: DirectorySession): void {
  if (session.connection.visitor.affordsCheck()) return
  throw new RootPeerError('RATE_LIMITED', 'too many signatures to check in a second: send again')
}

function fail(session: DirectorySession, request: number, err: unknown): void {
  const error = toldAs(err)
  session.refuse(request, error)
  if (IN_VAIN.includes(error.code) && !session.gone) session.connection.strayed()
}
