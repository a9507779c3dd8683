// Public spaces at a client: the way to the owner of somebody else's, and keeping and serving one's own.

import { mapKey } from '../../protocol/bytes.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { Invite } from '../../protocol/invite.ts'
import { Access } from '../../protocol/keys.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import type { FilesParts } from '../files/room-files.ts'
import type { Profile } from '../profile/profile.ts'
import type { Network } from '../roots/network.ts'
import type { Inside, Way } from '../way.ts'
import type { Host } from './host.ts'
import { Keeper } from './keeper.ts'
import { OwnerWay } from './owner-way.ts'
import type { ServedSpace } from './served.ts'
import { SpaceStore } from './space-store.ts'

export interface SpacesParts {
  network: Network
  host: Host
  profile: Profile | null
  agent: string
  /** Whether we speak to others' devices, and they to ours. */
  direct: boolean
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
  ways({ kind }: Invite, { access }: RoomKeys): ((inside: Inside) => Way)[] | null {
    const { network, agent, direct } = this.#parts
    if (kind !== 'space') return null
    if (access !== Access.guest || !direct) return []
    return [(inside) => new OwnerWay(inside, network, agent)]
  }

  /**
   * Keeps our own space on this device, and serves it from now on.
   *
   * @throws `LESSER_INVITE` for somebody else's; `NO_PROFILE` without a place to keep it in.
   */
  async keep({ id, access }: RoomKeys): Promise<Keep> {
    const { host, profile } = this.#parts
    if (access !== Access.owner) {
      throw new RootPeerError('LESSER_INVITE', 'a device serves its own space, and no other')
    }
    if (profile === null) {
      throw new RootPeerError('NO_PROFILE', 'what is served is kept in a profile: give one')
    }
    await Promise.all(this.#closing)
    const store = await SpaceStore.open(profile)
    return (files) => {
      const keeper = new Keeper(store, files, profile)
      this.#served = keeper
      const served: ServedSpace = {
        id,
        store,
        get isWhole() {
          return keeper.isWhole
        }
      }
      host.serve(served)
    }
  }

  /** A room was left. */
  left({ id }: RoomKeys): void {
    const { host } = this.#parts
    const keeper = this.#served
    if (keeper === null || host.space === null || mapKey(host.space.id) !== mapKey(id)) return
    this.#served = null
    host.serve(null)
    this.#closing.push(keeper.close())
  }

  /** After the rooms. */
  async close(): Promise<void> {
    await Promise.all(this.#closing)
  }
}
