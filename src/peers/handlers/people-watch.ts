// `watch`: changes of people from now on, in place of what was watched before.

import { mapKey } from '../../protocol/bytes.ts'
import type { WatchPeople } from '../../protocol/directory-channel.ts'
import { Watcher } from '../../directory/watchers.ts'
import type { DirectorySession } from '../directory-session.ts'

/** @throws what ends the connection: a request out of place. */
export function onwatchpeople(session: DirectorySession, message: WatchPeople): void {
  const { request, identities, listed } = message
  session.begin(request)
  if (identities.length === 0 && !listed) return session.watch(request, null)
  session.watch(request, new Watcher(identities.map(mapKey), listed, () => session.drained()))
}
