// What a command about files is told to look at: a room by its invite, one's own public space, or that of a
// person. Finds out who that is; opens nothing else.

import type { RootPeerClient, Room } from '../src/client/client.ts'
import { looksLikeKey } from '../src/client/people/people.ts'
import { parseInvite, RootPeerError } from '../src/protocol/protocol.ts'
import { short } from './display.ts'

/** The word for one's own space. */
const OWN = 'space'

export interface Place {
  /** Root peers that it names. */
  readonly roots: number
  /** Whether it is a space, where its owner's device is asked too. */
  readonly isSpace: boolean
  /** Whether it is ours, and so nothing without an identity that stays. */
  readonly isOwn?: boolean
  /** @param rooted whether it was said at which root peers to look. */
  enter(client: RootPeerClient, signal: AbortSignal, rooted: boolean): Promise<Room>
}

/**
 * An invite; `space`; a key, or a handle that has an @ in it.
 *
 * @throws `BAD_INVITE` for anything else
 */
export function placeOf(text: string): Place {
  if (text === OWN) return { ...SERVED, enter: (client) => client.space() }
  if (looksLikeKey(text) || (text.includes('@') && !text.startsWith('rp-'))) return personOf(text)
  const { kind, roots } = parseInvite(text)
  const isSpace = kind === 'space'
  return { roots: roots.length, isSpace, enter: (client) => client.join(text) }
}

/** The space of a person, by handle or key. */
export function personOf(text: string): Place {
  return {
    roots: 0,
    isSpace: true,
    enter: async (client, signal, rooted) => {
      // For a key nobody need have published a profile, which says only where else to look.
      if (rooted && looksLikeKey(text)) return client.space(text)
      return client.space(await find(client, text, signal))
    }
  }
}

/** This device's own space, served from it. */
export const SERVED: Place = Object.freeze({
  roots: 0,
  isSpace: true,
  isOwn: true,
  enter: (client: RootPeerClient) => client.space(undefined, { serve: true })
})

async function find(
  client: RootPeerClient,
  text: string,
  signal: AbortSignal
): Promise<{ key: string; roots: readonly string[] }> {
  if (looksLikeKey(text)) return (await client.people.find(text)) ?? { key: text, roots: [] }
  const search = client.people.lookup(text, { signal })
  for await (const person of search) if (person.pinned) return person
  const { people } = await search.all
  const [only, ...others] = people
  if (only === undefined) {
    throw new RootPeerError('HANDLE_UNKNOWN', `nobody who can be reached claims ${text}`)
  }
  if (others.length === 0 && only.alarm === null) return only
  const keys = people.map(({ key }) => short(key)).join(', ')
  throw new RootPeerError(
    'HANDLE_CLAIMED',
    `who ${text} is can't be told for sure: ${keys}. Give the key instead`
  )
}
