// `find` and `list`: questions about people, each answered by one `people`.

import type { Find, ListPeople } from '../../protocol/directory-channel.ts'
import { limits } from '../../limits.ts'
import type { DirectorySession } from '../directory-session.ts'

/** @throws what ends the connection: a request out of place, or too many unanswered. */
export function onfind(session: DirectorySession, { request, by, key }: Find): void {
  session.begin(request)
  session.answer(() => {
    const people = session.directory.find(by, key)
    session.send.people({ request, people, end: true })
  })
}

/** @throws as {@link onfind} */
export function onlist(session: DirectorySession, { request, after, limit }: ListPeople): void {
  session.begin(request)
  session.answer(() => {
    const page = session.directory.list(after, Math.min(limit, limits.peopleMax))
    session.send.people({ request, ...page })
  })
}
