// The directory: profiles that people have handed in, who of them is here, and who wants to know. Opened on
// the store, asked by the peers; never knows what a connection is, nor what a profile says to people.

import type { AuthorKey } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { profileStale } from '../protocol/directory-errors.ts'
import type { Person as ToldPerson } from '../protocol/directory-messages.ts'
import { FindBy } from '../protocol/directory-messages.ts'
import { rootFull } from '../protocol/errors.ts'
import type { SignedProfile } from '../protocol/profile.ts'
import { checkTime, readProfile } from '../protocol/profile.ts'
import type { Counters } from '../counters.ts'
import { limits } from '../limits.ts'
import type { Founder } from '../rooms/record.ts'
import type { Store } from '../storage/store.ts'
import { People } from './people.ts'
import type { Person } from './person.ts'
import { buried, isShown, personOf, told } from './person.ts'
import { Records } from './records.ts'
import { Shares } from './shares.ts'
import { Watchers } from './watchers.ts'

export interface DirectoryOptions {
  /** Profiles that may be kept. */
  most: number
  counters: Counters
  now: () => number
  /** By which things are deleted: see `rooms/clock.ts`. */
  believed: () => number
}

/** Of all people: kept, listed, here now. */
export interface PeopleCounts {
  kept: number
  listed: number
  here: number
}

export class Directory {
  readonly watchers: Watchers = new Watchers()
  readonly #options: DirectoryOptions
  readonly #records: Records
  readonly #people = new People()
  readonly #shares: Shares
  /** Connections of each identity that is here. */
  readonly #here = new Map<string, number>()
  /** The write that is under way of an identity: of two profiles the second waits for the first. */
  readonly #writing = new Map<string, Promise<void>>()
  /** Who came or went, and that is not written down. */
  readonly #moved = new Set<string>()
  readonly #ticking: NodeJS.Timeout
  /** When the time of somebody is over, at the earliest. */
  #nextEnd = 0

  static async open(store: Store, options: DirectoryOptions): Promise<Directory> {
    const records = new Records(store)
    return new Directory(records, await records.read(), options)
  }

  private constructor(records: Records, people: readonly Person[], options: DirectoryOptions) {
    this.#records = records
    this.#options = options
    this.#shares = new Shares(this.#people, options.most)
    for (const person of people) {
      this.#people.put(person)
      this.#shares.add(person)
    }
    this.#tidy()
    this.#ticking = setInterval(() => {
      this.#tidy()
      this.flush().catch(() => {}) // full, or failing: the store says so itself
    }, limits.seenFlushMs)
    this.#ticking.unref()
  }

  get counts(): PeopleCounts {
    return { kept: this.#people.size, listed: this.#people.listed, here: this.#here.size }
  }

  /** How many profiles may be kept from now on; what is kept stays. */
  limit(most: number): void {
    this.#shares.most = most
  }

  /**
   * Takes a profile, whoever brings it; resolves once it is on disk. Bytes that are kept already are taken
   * again.
   *
   * @throws `BAD_PROFILE`, `PROFILE_EXPIRED`, `PROFILE_STALE`, `DIRECTORY_FULL`, or what the store makes of
   * a failure
   */
  async publish(signed: Uint8Array, founder: Founder): Promise<void> {
    try {
      const profile = readProfile(signed)
      checkTime(profile, this.#options.now())
      await this.#inTurn(mapKey(profile.identity), (key) => this.#accept(key, profile, founder))
      this.#options.counters.profilesPublished++
    } catch (err) {
      this.#options.counters.profilesRefused++
      throw err
    }
  }

  /** One more connection of this identity. */
  attend(identity: AuthorKey): void {
    const key = mapKey(identity)
    const connections = this.#here.get(key) ?? 0
    this.#here.set(key, connections + 1)
    if (connections === 0) this.#move(key, true)
  }

  /** One less. */
  leave(identity: AuthorKey): void {
    const key = mapKey(identity)
    const connections = this.#here.get(key) ?? 0
    if (connections > 1) this.#here.set(key, connections - 1)
    else if (this.#here.delete(key)) this.#move(key, false)
  }

  /** Whom an identity is, or who claims a handle: nobody where nothing is known. */
  find(by: FindBy, key: Uint8Array): ToldPerson[] {
    this.#tidy()
    if (by === FindBy.handle) {
      return this.#people.claimants(mapKey(key)).map((person) => this.#tell(person.key))
    }
    const name = mapKey(key)
    const isKnown = this.#people.get(name) !== null || this.#here.has(name)
    return isKnown ? [this.#tell(name)] : []
  }

  /** At most so many of those who are listed, behind `after`. */
  list(after: AuthorKey | null, limit: number): { people: ToldPerson[]; end: boolean } {
    this.#tidy()
    const { people, end } = this.#people.page(after === null ? null : mapKey(after), limit)
    return { people: people.map(({ key }) => this.#tell(key)), end }
  }

  /** How somebody stands, for a watcher who asked for them by name, or for all who are listed. */
  stateOf(key: string, named: boolean): ToldPerson {
    if (named || this.#people.get(key)?.listed === true) return this.#tell(key)
    return told(key, null, { isHere: false, now: 0 })
  }

  /** Writes down who was here, and when. */
  async flush(): Promise<void> {
    if (!this.#records.writable) return
    const moved = [...this.#moved]
    this.#moved.clear()
    const people = moved.flatMap((key) => this.#people.get(key) ?? [])
    if (people.length > 0) await this.#records.note(people, [])
    if (this.#here.size > 0) await this.#records.beat(this.#options.now())
  }

  /** Who is here has left before. */
  async close(): Promise<void> {
    clearInterval(this.#ticking)
    this.watchers.close()
    await Promise.all(this.#writing.values())
    await this.flush().catch(() => {}) // the store has failed, or is full
  }

  async #accept(key: string, profile: SignedProfile, founder: Founder): Promise<void> {
    const known = this.#people.get(key)
    if (known !== null) {
      if (known.profile !== null && isEqual(known.profile, profile.bytes)) return
      if (profile.sequence <= known.sequence) {
        throw profileStale(known.sequence, profile.sequence)
      }
    }
    if (!this.#records.writable) throw rootFull()
    const now = this.#options.now()
    const person = personOf(profile, { known, founder, now })
    if (this.#here.has(key)) Object.assign(person, { isHere: true, seenAt: now })
    this.#shares.take(person, known)
    try {
      await this.#records.keep(person)
    } catch (err) {
      this.#shares.giveBack(person, known)
      throw err
    }
    // They may have come or gone meanwhile.
    if (person.isHere !== this.#here.has(key)) {
      Object.assign(person, { isHere: !person.isHere, seenAt: this.#options.now() })
      this.#moved.add(key)
    }
    this.#put(person)
  }

  /** One profile of an identity after the other. */
  async #inTurn(key: string, work: (key: string) => Promise<void>): Promise<void> {
    const before = this.#writing.get(key) ?? Promise.resolve()
    const done = before.then(() => work(key))
    const settled = done.catch(() => {})
    this.#writing.set(key, settled)
    try {
      await done
    } finally {
      if (this.#writing.get(key) === settled) this.#writing.delete(key)
    }
  }

  #put(person: Person): void {
    const before = this.#people.get(person.key)
    this.#people.put(person)
    this.#nextEnd = Math.min(this.#nextEnd, endOf(person))
    this.watchers.changed(person.key, person.listed || before?.listed === true)
  }

  #move(key: string, isHere: boolean): void {
    const person = this.#people.get(key)
    if (person !== null) {
      person.isHere = isHere
      person.seenAt = this.#options.now()
      this.#moved.add(key)
    }
    this.watchers.changed(key, person?.listed === true)
  }

  #tell(key: string): ToldPerson {
    const isHere = this.#here.has(key)
    return told(key, this.#people.get(key), { isHere, now: this.#options.now() })
  }

  /** Lets go of profiles whose time is over, and of what is remembered of those before. */
  #tidy(): void {
    const now = this.#options.believed()
    if (now < this.#nextEnd) return
    this.#nextEnd = Infinity
    const changed: Person[] = []
    const gone: string[] = []
    for (const person of this.#people.all()) {
      const isOver = endOf(person) <= now && !this.#writing.has(person.key)
      if (!isOver) this.#nextEnd = Math.min(this.#nextEnd, endOf(person))
      else if (person.forgetAt <= now) gone.push(person.key)
      else changed.push(buried(person))
    }
    for (const person of changed) this.#put(person)
    for (const key of gone) this.#forget(key)
    if (changed.length + gone.length === 0) return
    this.#records.note(changed, gone).catch(() => {}) // the next start finds them again
  }

  #forget(key: string): void {
    const person = this.#people.get(key)
    if (person === null) return
    this.#people.remove(person)
    this.#shares.remove(person)
    if (isShown(person)) this.watchers.changed(key, person.listed)
  }
}

/** When there is something to be done about somebody. */
function endOf({ profile, withdrawn, validUntil, forgetAt }: Person): number {
  return profile === null || withdrawn ? forgetAt : Math.min(validUntil, forgetAt)
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && one.every((byte, at) => byte === other[at])
}
