// Everybody who is listed, over all root peers as one list in the order of their identities, each once: the
// newest that any root has of him.

import b4a from 'b4a'
import type { AuthorKey } from '../../protocol/bytes.ts'
import type { Person } from '../../protocol/directory-channel.ts'
import { hostileRoot } from '../../protocol/errors.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { SignedProfile } from '../../protocol/profile.ts'
import type { DirectoryLink } from './directory-link.ts'
import type { Register, Standing } from './register.ts'
import type { PersonInfo } from './types.ts'

/** Where one root's list stands. */
class Place {
  readonly #directory: DirectoryLink
  readonly #page: Person[] = []
  #after: AuthorKey | null = null
  #end = false

  constructor(directory: DirectoryLink) {
    this.#directory = directory
  }

  /** The next of this root; null at its end. Throws what the root answers. */
  async next(): Promise<Person | null> {
    while (this.#page.length === 0 && !this.#end) {
      const { people, end } = await this.#directory.page(this.#after, wireLimits.peopleMax)
      for (const person of people) {
        if (this.#after !== null && b4a.compare(person.identity, this.#after) <= 0) {
          throw hostileRoot('a list of people that is not in order')
        }
        this.#after = person.identity
      }
      if (people.length === 0 && !end) throw hostileRoot('a page of people with nobody on it')
      this.#page.push(...people)
      this.#end = end
    }
    return this.#page[0] ?? null
  }

  taken(): void {
    this.#page.shift()
  }
}

/** Throws if none of the roots goes on; one that fails is done without. */
export async function* listPeople(
  directories: readonly DirectoryLink[],
  register: Register
): AsyncGenerator<PersonInfo> {
  const places = new Set(directories.map((each) => new Place(each)))
  let failure: Error | null = null
  let whole = 0
  while (places.size > 0) {
    const heads: { place: Place; person: Person }[] = []
    for (const place of [...places]) {
      try {
        const person = await place.next()
        if (person !== null) heads.push({ place, person })
        else {
          whole++
          places.delete(place)
        }
      } catch (err) {
        failure = err instanceof Error ? err : new Error(String(err))
        places.delete(place)
      }
    }
    const first = heads.reduce<Person | null>(
      (least, { person }) =>
        least === null || b4a.compare(person.identity, least.identity) < 0 ? person : least,
      null
    )
    if (first === null) break
    const same = heads.filter(({ person }) => b4a.equals(person.identity, first.identity))
    for (const { place } of same) place.taken()
    const info = merged(
      same.map(({ person }) => person),
      register
    )
    if (info !== null) yield info
  }
  if (whole === 0 && failure !== null) throw failure
}

/** Null if none of them says anything that holds, or asks to be listed. */
function merged(people: readonly Person[], register: Register): PersonInfo | null {
  let newest: SignedProfile | null = null
  const standing: Standing = { online: false, direct: false, lastSeen: 0 }
  for (const { identity, profile, online, lastSeen } of people) {
    standing.online ||= online
    standing.lastSeen = Math.max(standing.lastSeen, lastSeen)
    if (profile === null) continue
    try {
      const read: SignedProfile = register.read(profile, identity)
      if (newest === null || read.sequence > newest.sequence) newest = read
    } catch {
      // A root that hands over what does not hold does not keep others from being listed.
    }
  }
  return newest === null || newest.withdrawn || !newest.listed
    ? null
    : register.info(newest, standing)
}
