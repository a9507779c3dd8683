// The way to the owner of a public space: its device, while it is online, as one more keeper of the files.
// Nothing else goes that way.

import type { PeerKey } from '../../protocol/bytes.ts'
import { key32 } from '../../protocol/bytes.ts'
import { RoomLink } from '../roots/room-link.ts'
import { RootLink } from '../roots/root-link.ts'
import type { Network } from '../roots/network.ts'
import type { Inside, Way } from '../way.ts'

export class OwnerWay implements Way {
  readonly #link: RootLink
  readonly #room: RoomLink

  constructor({ keys, files }: Inside, network: Network, agent: string) {
    const owner = key32<PeerKey>(keys.publicKeys.owner, 'the owner of a space')
    this.#link = new RootLink(owner, network, { agent, tickets: [] })
    this.#link.setMaxListeners(0)
    this.#room = new RoomLink(this.#link, keys)
    files.addOwner(this.#room)
    this.#room.start()
    this.#link.start()
  }

  read(): void {} // there are no messages

  unread(): void {}

  broadcast(): void {}

  suspend(): void {
    this.#room.suspend()
    this.#link.suspend()
  }

  resume(): void {
    this.#link.resume()
  }

  close(): void {
    this.#room.close()
    this.#link.close()
  }
}
