// Public spaces at a client: the way to the owner of somebody else's, and keeping and serving one's own.

import type { AuthorKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { Invite } from '../../protocol/invite.ts'
import { Access } from '../../protocol/keys.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import type { FilesParts } from '../files/room-files.ts'
import type { Profile } from '../profile/profile.ts'
import type { PersonLinks } from '../people/person-links.ts'
import type { Inside, Way } from '../way.ts'
import type { Host } from './host.ts'
import { Keeper } from './keeper.ts'
import { OwnerWay } from './owner-way.ts'
import type { ServedSpace } from './served.ts'
import { SpaceStore } from './space-store.ts'

export interface SpacesParts {
  host: Host
  profile: Profile | null
  /** Null where nobody is spoken to directly. */
  persons: PersonLinks | null
}

/** What keeps the files of a room; called once, with what they are made from. */
export type Keep = (files: FilesParts) => void

export class Spaces {
  readonly #parts: SpacesParts
  /** Our own, while it is served. */
  #served: Keeper | null = null
  /** Those on their way out: the profile is closed after them. */
  readonly #closing: Promise<void>[] = []

  constructor(parts: SpacesParts) {
    this.#parts = parts
  }

  /** Ways into a space beside its roots: to the device of another owner. Null for any other room. */
  ways(invite: Invite): ((inside: Inside) => Way)[] | null {
    const { persons } = this.#parts
    if (invite.kind !== 'space') return null
    const person = persons?.acquire(invite.identity as AuthorKey) ?? null
    if (persons === null || person === null) return []
    return [(inside) => new OwnerWay(inside, persons, person)]
  }

  /**
   * Keeps our own space on this device, and serves it from now on.
   *
   * @throws `LESSER_INVITE` for somebody else's; `NO_PROFILE` without a place to keep it in.
   */
  async keep(keys: RoomKeys): Promise<Keep> {
    const { host, profile } = this.#parts
    checkOwn(keys)
    if (profile === null) {
      throw new RootPeerError('NO_PROFILE', 'what is served is kept in a profile: give one')
    }
    await Promise.all(this.#closing)
    const store = await SpaceStore.open(profile)
    return (files) => {
      const keeper = new Keeper(store, files, profile)
      this.#served = keeper
      const served: ServedSpace = {
        id: keys.id,
        store,
        get isWhole() {
          return keeper.isWhole
        }
      }
      host.serve(served)
    }
  }

  /** Throws `LESSER_INVITE` for somebody else's; `UNEXPECTED` for our own that is open and not served. */
  checkServed(keys: RoomKeys): void {
    checkOwn(keys)
    if (this.#isServed(keys)) return
    throw new RootPeerError('UNEXPECTED', 'this space is open and not served: close it first')
  }

  /** A room was left. */
  left(keys: RoomKeys): void {
    if (this.#served === null || !this.#isServed(keys)) return
    this.#parts.host.serve(null)
    this.#closing.push(this.#served.close())
    this.#served = null
  }

  #isServed({ id }: RoomKeys): boolean {
    const { space } = this.#parts.host
    return space !== null && mapKey(space.id) === mapKey(id)
  }

  /** After the rooms. */
  async close(): Promise<void> {
    await Promise.all(this.#closing)
  }
}

function checkOwn({ access }: RoomKeys): void {
  if (access === Access.owner) return
  throw new RootPeerError('LESSER_INVITE', 'a device serves its own space, and no other')
}
