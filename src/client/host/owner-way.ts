// The way to the owner of a public space: its device, while it is online, as one more keeper of the files.
// Nothing else goes that way. On the same connection as whatever else we have to do with that person.

import { RoomLink } from '../roots/room-link.ts'
import type { PersonLink, PersonLinks } from '../people/person-links.ts'
import type { Inside, Way } from '../way.ts'

export class OwnerWay implements Way {
  readonly #persons: PersonLinks
  readonly #person: PersonLink
  readonly #room: RoomLink

  constructor({ keys, files }: Inside, persons: PersonLinks, person: PersonLink) {
    this.#persons = persons
    this.#person = person
    this.#room = new RoomLink(person.link, keys)
    files.addOwner(this.#room)
    this.#room.start()
  }

  read(): void {} // there are no messages

  unread(): void {}

  broadcast(): void {}

  suspend(): void {
    this.#room.suspend()
  }

  resume(): void {}

  close(): void {
    this.#room.close()
    this.#persons.release(this.#person)
  }
}
