// One question to somebody's own device: who are you?

import b4a from 'b4a'
import type { AuthorKey } from '../../protocol/bytes.ts'
import { FindBy } from '../../protocol/directory-channel.ts'
import type { Waits } from '../waits.ts'
import type { PersonLinks } from './person-links.ts'

export interface InPerson {
  /** Whether it answered under his key. */
  reached: boolean
  /** Null if it does not say. */
  profile: Uint8Array | null
}

/** Dials once. @param persons null where nobody is spoken to directly. Never throws. */
export async function askInPerson(
  persons: PersonLinks | null,
  identity: AuthorKey,
  { lookupDialMs }: Waits
): Promise<InPerson> {
  const person = persons?.acquire(identity) ?? null
  if (persons === null || person === null) return { reached: false, profile: null }
  try {
    const reached = await person.reached(lookupDialMs)
    if (!reached || !(await person.directory.ready(lookupDialMs))) return { reached, profile: null }
    const people = await person.directory.find(FindBy.identity, identity).catch(() => [])
    const profile = people.find((each) => b4a.equals(each.identity, identity))?.profile ?? null
    return { reached, profile }
  } finally {
    persons.release(person)
  }
}
