// Direct links to people, by their identity key: one each, shared by whoever is looked up and is a friend.
// On it are the control and the directory channel of the person's own device.

import b4a from 'b4a'
import type { AuthorKey, KeyPair, PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { clientLimits } from '../limits.ts'
import type { Network } from '../roots/network.ts'
import { RootLink } from '../roots/root-link.ts'
import { DirectoryLink } from './directory-link.ts'

export interface PersonLinksParts {
  network: Network
  agent: string
  identity: KeyPair
  /** How long an answer may take, in milliseconds. */
  answerMs: number
}

export class PersonLink {
  readonly identity: AuthorKey
  readonly link: RootLink
  readonly directory: DirectoryLink
  users = 0
  readonly #waiting = new Set<() => void>()

  constructor(identity: AuthorKey, { network, agent, answerMs }: PersonLinksParts) {
    this.identity = identity
    // The key of the device is the identity: whoever answers under it is this person.
    this.link = new RootLink(identity as Uint8Array as PeerKey, network, {
      agent,
      tickets: [],
      frameBytesMax: clientLimits.personFrameBytesMax
    })
    this.link.setMaxListeners(0)
    this.directory = new DirectoryLink(this.link, answerMs)
  }

  /** Dials now; resolves with whether anybody answered, or once so many milliseconds are over. */
  reached(ms: number): Promise<boolean> {
    if (this.link.up !== null || this.link.isAsleep) return Promise.resolve(this.link.up !== null)
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(patience)
        this.#waiting.delete(end)
        this.link.off('up', end)
        this.link.off('missed', end)
        this.directory.off('closed', end)
        resolve(this.link.up !== null)
      }
      const patience = setTimeout(end, ms)
      this.link.on('up', end)
      this.link.on('missed', end)
      this.directory.on('closed', end)
      this.#waiting.add(end)
      this.link.hurry()
    })
  }

  /** Hangs up, and nobody is waited for. */
  suspend(): void {
    this.link.suspend()
    this.directory.interrupt()
    for (const end of [...this.#waiting]) end()
  }

  close(): void {
    this.directory.close()
    this.link.close()
  }
}

export class PersonLinks {
  readonly #parts: PersonLinksParts
  readonly #links = new Map<string, PersonLink>()
  /** Those that nobody wants now, each until it is hung up on. */
  readonly #idle = new Map<PersonLink, ReturnType<typeof setTimeout>>()
  #asleep = false
  #closed = false

  constructor(parts: PersonLinksParts) {
    this.#parts = parts
  }

  /** The link to somebody, dialled from now on; null for ourselves, and once all is closed. */
  acquire(identity: AuthorKey): PersonLink | null {
    if (this.#closed || b4a.equals(identity, this.#parts.identity.publicKey)) return null
    const key = mapKey(identity)
    let person = this.#links.get(key)
    if (person === undefined) {
      person = new PersonLink(identity, this.#parts)
      this.#links.set(key, person)
      if (this.#asleep) person.suspend()
      else person.link.start()
    }
    this.#keep(person)
    person.users++
    return person
  }

  /** Hangs up, if nobody else wants it: after a moment, since who was looked up is often asked for more. */
  release(person: PersonLink): void {
    if (--person.users > 0) return
    if (this.#asleep || this.#closed || person.link.up === null) return this.#hangUp(person)
    const timer = setTimeout(() => this.#hangUp(person), clientLimits.personLingerMs)
    this.#idle.set(person, timer)
  }

  suspend(): void {
    this.#asleep = true
    for (const person of [...this.#idle.keys()]) this.#hangUp(person)
    for (const person of this.#links.values()) person.suspend()
  }

  resume(): void {
    this.#asleep = false
    for (const { link } of this.#links.values()) link.resume()
  }

  close(): void {
    this.#closed = true
    for (const person of [...this.#links.values()]) this.#hangUp(person)
  }

  #hangUp(person: PersonLink): void {
    this.#keep(person)
    this.#links.delete(mapKey(person.identity))
    person.close()
  }

  #keep(person: PersonLink): void {
    clearTimeout(this.#idle.get(person))
    this.#idle.delete(person)
  }
}
