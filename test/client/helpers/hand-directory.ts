// A directory made by hand, for a root peer or a person's device that is made by hand: it says of people what
// a test tells it to.

import b4a from 'b4a'
import type Protomux from 'protomux'
import type { AuthorKey, KeyPair } from '../../../src/protocol/bytes.ts'
import type { Announcement } from '../../../src/protocol/control.ts'
import {
  addDirectoryMessages,
  DIRECTORY_FEATURE,
  DIRECTORY_PROTOCOL,
  directoryHandshake,
  FindBy
} from '../../../src/protocol/directory-channel.ts'
import type {
  DirectorySenders,
  Find,
  ListPeople,
  Person,
  Publish,
  WatchPeople
} from '../../../src/protocol/directory-channel.ts'
import { parseHandle } from '../../../src/protocol/handle.ts'
import { readProfile, signProfile } from '../../../src/protocol/profile.ts'
import type { Profile } from '../../../src/protocol/profile.ts'
import type { Manners } from './hand-root.ts'

const DAY_MS = 86_400_000

export class HandDirectory {
  /** What it knows, by identity or handle alike. */
  people: Person[] = []
  readonly found: Find[] = []
  readonly published: Publish[] = []
  readonly watched: WatchPeople[] = []
  /** Instead of one page with all of them. */
  onlist: ((send: DirectorySenders, asked: ListPeople) => void) | null = null
  #send: DirectorySenders | null = null
  #told: () => void = () => {}

  get manners(): Manners {
    const features: Announcement['features'] = [DIRECTORY_FEATURE]
    return { announcement: { features }, onmux: (mux) => this.serve(mux) }
  }

  serve(mux: Protomux): void {
    mux.pair({ protocol: DIRECTORY_PROTOCOL }, () => {
      const channel = mux.createChannel<null, null>({
        protocol: DIRECTORY_PROTOCOL,
        handshake: directoryHandshake
      })
      if (channel === null) return
      const send = addDirectoryMessages(channel, {
        publish: (publish) => {
          this.published.push({ ...publish, profile: b4a.from(publish.profile) })
          send.accepted({ request: publish.request })
          this.#told()
        },
        attend: ({ request }) => void send.accepted({ request }),
        find: (find) => {
          this.found.push(find)
          send.people({ request: find.request, people: this.#who(find), end: true })
        },
        list: (asked) => {
          if (this.onlist !== null) return this.onlist(send, asked)
          send.people({ request: asked.request, people: this.people, end: true })
        },
        watch: (watch) => {
          this.watched.push(watch)
          this.#told()
        }
      })
      this.#send = send
      channel.open(null)
    })
  }

  /** Tells of a change, to whoever has asked last. */
  tell(people: Person[]): void {
    this.#send?.changed({ request: this.watched.at(-1)?.request ?? 0, people })
  }

  /** Resolves once it was asked to watch, or handed a profile. */
  async said(): Promise<void> {
    await new Promise<void>((resolve) => (this.#told = resolve))
  }

  #who({ by, key }: Find): Person[] {
    if (by === FindBy.identity) return this.people.filter((each) => b4a.equals(each.identity, key))
    return this.people.filter(({ profile }) => {
      if (profile === null) return false
      try {
        const { handle } = readProfile(profile)
        return handle !== null && b4a.equals(handle, key)
      } catch {
        return true // it says so of whatever it was told to
      }
    })
  }
}

/** A profile that holds, unless a test says otherwise. */
export function signed(
  identity: KeyPair,
  handle: string,
  more: Partial<Omit<Profile, 'identity' | 'handle'>> = {}
): Uint8Array {
  const now = Date.now()
  return signProfile(
    identity,
    {
      handle: parseHandle(handle).hash,
      sequence: now,
      validUntil: now + DAY_MS,
      listed: true,
      withdrawn: false,
      roots: [],
      fields: { name: 'made by hand', about: '' },
      ...more
    },
    null
  )
}

export function personOf(
  { publicKey }: KeyPair,
  profile: Uint8Array | null,
  more: Partial<Person> = {}
): Person {
  const identity = publicKey as AuthorKey
  return { identity, profile, online: false, lastSeen: Date.now() - 60_000, ...more }
}
