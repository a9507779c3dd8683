// The directory channel of one visitor: this device knows one person, its owner, and says so.

import b4a from 'b4a'
import type { Channel } from 'protomux'
import type { AuthorKey } from '../../protocol/bytes.ts'
import {
  addDirectoryMessages,
  DIRECTORY_PROTOCOL,
  directoryHandshake,
  FindBy
} from '../../protocol/directory-channel.ts'
import type { DirectorySenders, Find, Person } from '../../protocol/directory-channel.ts'
import { unexpected } from '../../protocol/errors.ts'
import type { Served, VisitorLine } from './served.ts'
import { toldAs } from './told-as.ts'

export class DirectorySession {
  readonly #line: VisitorLine
  readonly #send: DirectorySenders
  /** The request that watches our owner; null if none does. */
  #watching: number | null = null

  /** Opens our side; null if the visitor has it open already, or is gone. */
  static open(line: VisitorLine): DirectorySession | null {
    const channel = line.mux.createChannel<null, null>({
      protocol: DIRECTORY_PROTOCOL,
      handshake: directoryHandshake,
      onclose: (_, closed) => (closed.userData as DirectorySession).#onclose()
    })
    if (channel === null) return null
    return new DirectorySession(line, channel)
  }

  private constructor(line: VisitorLine, channel: Channel<null, null>) {
    this.#line = line
    channel.userData = this
    const { served } = line
    const refuse = ({ request }: { request: number }): void => {
      line.strayed()
      this.#send.refused({ request, ...toldAs(unexpected('this device keeps no directory')) })
    }
    this.#send = addDirectoryMessages(channel, {
      find: ({ request, ...sought }) => {
        line.asked()
        const people = isSought(sought, served) ? [ownerOf(served)] : []
        this.#send.people({ request, people, end: true })
      },
      watch: ({ request, identities }) => {
        line.asked()
        const own = identities.some((identity) => b4a.equals(identity, served.identity))
        this.#watching = own ? request : null
        this.changed()
      },
      list: refuse,
      publish: refuse,
      attend: refuse
    })
    channel.open(null)
  }

  /** Our owner's profile is another. */
  changed(): void {
    const request = this.#watching
    if (request !== null) this.#send.changed({ request, people: [ownerOf(this.#line.served)] })
  }

  #onclose(): void {
    this.#watching = null
  }
}

function isSought({ by, key }: Pick<Find, 'by' | 'key'>, { identity, profile }: Served): boolean {
  if (by === FindBy.identity) return b4a.equals(key, identity)
  const handle = profile?.handle ?? null
  return handle !== null && b4a.equals(key, handle)
}

function ownerOf({ identity, profile, now }: Served): Person {
  return {
    identity: identity as AuthorKey,
    profile: profile?.bytes ?? null,
    online: true,
    lastSeen: now()
  }
}
