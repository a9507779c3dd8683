// Somebody whose key is known: asked himself, and of root peers; the newest profile that holds is his.

import b4a from 'b4a'
import type { AuthorKey } from '../../protocol/bytes.ts'
import type { Person } from '../../protocol/directory-channel.ts'
import { FindBy } from '../../protocol/directory-channel.ts'
import type { SignedProfile } from '../../protocol/profile.ts'
import type { SearchParts } from './handle-search.ts'
import { askInPerson } from './in-person.ts'
import type { PersonInfo } from './types.ts'

/** Null if nobody knows him, or he has taken his profile back. */
export async function findByKey(
  { directories, persons, register, waits }: SearchParts,
  identity: AuthorKey
): Promise<PersonInfo | null> {
  let newest: SignedProfile | null = null
  const standing = { online: false, direct: false, lastSeen: 0 }
  const take = (bytes: Uint8Array | null): void => {
    if (bytes === null) return
    try {
      const profile = register.read(bytes, identity)
      if (newest === null || profile.sequence >= newest.sequence) newest = profile
    } catch {
      // Forged, expired or rolled back: it counts for nothing.
    }
  }
  const asked = async (): Promise<Person[]> => {
    const answering = await directories.answering()
    const answers = answering.map((each) => each.find(FindBy.identity, identity).catch(() => []))
    return (await Promise.all(answers)).flat()
  }
  const [{ reached, profile }, people] = await Promise.all([
    askInPerson(persons, identity, waits),
    asked()
  ])
  if (reached) Object.assign(standing, { online: true, direct: true, lastSeen: register.now })
  take(profile)
  for (const person of people) {
    if (!b4a.equals(person.identity, identity)) continue
    take(person.profile)
    standing.online ||= person.online
    standing.lastSeen = Math.max(standing.lastSeen, person.lastSeen)
  }
  const found = newest as SignedProfile | null
  return found === null || found.withdrawn ? null : register.info(found, standing)
}
