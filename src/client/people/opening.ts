// Everything that people and friends are made from, put together once, when the client opens.

import type { AuthorKey, KeyPair } from '../../protocol/bytes.ts'
import { formatKey } from '../../protocol/bytes.ts'
import { parseHandle } from '../../protocol/handle.ts'
import type { Profile } from '../profile/profile.ts'
import type { Network } from '../roots/network.ts'
import type { Roots } from '../roots/roots.ts'
import type { ClientOptions } from '../client-options.ts'
import type { FriendsParts } from '../friends/friends.ts'
import { waitsOf } from '../waits.ts'
import { Directories } from './directories.ts'
import { OwnProfileNote } from './own-profile.ts'
import { PersonLinks } from './person-links.ts'
import { Pins } from './pins.ts'
import { Publication } from './publication.ts'
import { Register } from './register.ts'
import { Seen } from './seen.ts'
import type { PeopleEvents } from './types.ts'
import { Watches } from './watches.ts'

/** This device, as others reach it under its owner's identity. */
export interface OwnDevice {
  /** What is given to whoever asks who we are; null for nothing. */
  publish(profile: Uint8Array | null): void
  /** Resolves once others can reach it, or never will. */
  readonly reachable: Promise<void>
  /** Where it is announced, so that it is found by handle; null for nowhere. */
  announce(topic: Uint8Array | null): void
}

export interface OpeningParts {
  network: Network
  roots: Roots
  profile: Profile | null
  identity: KeyPair
  device: OwnDevice
  agent: string
  options: ClientOptions
}

/** What is told of people without being asked for: see `PeopleEvents`. */
export interface PeopleSigns {
  changed(event: PeopleEvents['handle-changed'][0]): void
  published(event: PeopleEvents['published'][0]): void
  refused(event: PeopleEvents['refused'][0]): void
}

/** What is open of people and friends, put to sleep and closed as one. */
export interface OpenPeople extends FriendsParts {
  /** What is found out and done, from now on; and what was published before stays so. */
  start(events: PeopleSigns): void
  suspend(): void
  resume(): void
  close(): void
}

export async function openPeople(parts: OpeningParts): Promise<OpenPeople> {
  const { network, roots, profile, identity, device, agent, options } = parts
  const { direct = true, present = true, now = Date.now } = options
  const waits = waitsOf(options.waits)
  let signs: PeopleSigns = { changed: () => {}, published: () => {}, refused: () => {} }
  const seen = new Seen()
  const pins = new Pins(profile, seen)
  const own = new OwnProfileNote(profile, identity)
  await Promise.all([pins.load(), own.load()])
  const register = new Register({
    seen,
    pins,
    own: identity.publicKey as AuthorKey,
    now,
    alarmed: ({ handle, identity: pinned }, key) =>
      signs.changed({ handle, pinned: formatKey(pinned), key: formatKey(key) })
  })
  const { answerMs, peopleMs: patienceMs } = waits
  const directories = new Directories({ roots, answerMs, patienceMs })
  const persons = direct ? new PersonLinks({ network, agent, identity, answerMs }) : null
  const publication = new Publication({
    own,
    identity,
    directories,
    present,
    now,
    published: (root, sequence) => signs.published({ root, sequence }),
    refused: (root, error) => signs.refused({ root, error }),
    changed: () => {
      const { record } = own
      const isShown = record !== null && !record.withdrawn
      if (isShown && record.handle !== null) register.learn(parseHandle(record.handle))
      if (!direct || !present) return
      device.publish(isShown ? record.bytes : null)
      const handle = isShown ? record.handle : null
      device.announce(handle === null ? null : parseHandle(handle).topic)
    }
  })
  const watches = new Watches(directories)
  return {
    network,
    directories,
    persons,
    register,
    pins,
    waits,
    identity,
    own,
    publication,
    watches,
    profile,
    device,
    start: (events) => {
      signs = events
      if (present) publication.start()
    },
    suspend: () => {
      publication.suspend()
      persons?.suspend()
      directories.suspend()
    },
    resume: () => {
      directories.resume()
      persons?.resume()
      publication.resume()
    },
    close: () => {
      publication.close()
      persons?.close()
      directories.close()
    }
  }
}
