// Who claims a handle: asked of root peers, and of everybody who announces its topic, each dialled by key.
// Anybody can announce anything, so what is asked, how much and for how long is bounded, and what was left
// out is said.

import b4a from 'b4a'
import type { AuthorKey, PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import type { Person } from '../../protocol/directory-channel.ts'
import { FindBy } from '../../protocol/directory-channel.ts'
import type { Handle } from '../../protocol/handle.ts'
import type { SignedProfile } from '../../protocol/profile.ts'
import { clientLimits } from '../limits.ts'
import type { Network } from '../roots/network.ts'
import type { Waits } from '../waits.ts'
import type { Directories } from './directories.ts'
import type { DirectoryLink } from './directory-link.ts'
import { askInPerson } from './in-person.ts'
import { Outlet } from './outlet.ts'
import type { PersonLinks } from './person-links.ts'
import type { Pins } from './pins.ts'
import type { Register, Standing } from './register.ts'
import type { Found, PersonInfo, Search } from './types.ts'

export interface SearchParts {
  network: Network
  directories: Directories
  /** Null where nobody is spoken to directly. */
  persons: PersonLinks | null
  register: Register
  pins: Pins
  waits: Waits
}

/** One who claims the handle, or may. */
interface Claimant {
  identity: AuthorKey
  /** The newest, whatever handle it names. */
  profile: SignedProfile | null
  standing: Standing
  /** Whether he waits to be dialled, is being asked, or was. */
  dial: 'waiting' | 'asking' | 'done'
  given: boolean
}

const { lookupDialsAtOnce, lookupDialsMax, lookupStrangersMax, lookupSeenMax, lookupPinnedMs } =
  clientLimits

export class HandleSearch implements Search {
  readonly all: Promise<Found>
  readonly #parts: SearchParts
  readonly #handle: Handle
  readonly #pinned: AuthorKey | null
  readonly #claimants = new Map<string, Claimant>()
  /** Those that root peers have named, and the one that is pinned. */
  readonly #vouched: Claimant[] = []
  /** Those that only announce themselves. */
  readonly #strangers: Claimant[] = []
  readonly #outlet = new Outlet()
  readonly #timers: ReturnType<typeof setTimeout>[] = []
  #dials = 0
  #dialling = 0
  #strangersDialled = 0
  #uncounted = 0
  #asking = 2
  #over = false
  #cut = false
  #end: (found: Found) => void = () => {}

  /** @param chosen is told who it is, where there is no doubt. */
  constructor(
    parts: SearchParts,
    handle: Handle,
    chosen: (identity: AuthorKey) => Promise<void> = () => Promise.resolve()
  ) {
    this.#parts = parts
    this.#handle = handle
    this.#pinned = parts.pins.of(handle.hash)?.identity ?? null
    const ended = new Promise<Found>((resolve) => {
      this.#end = resolve
    })
    this.all = ended.then((found) => this.#conclude(found, chosen))
    this.all.catch(() => {}) // whoever asks for it is told
    this.#start()
  }

  stop(): void {
    this.#cut = true
    this.#finish()
  }

  [Symbol.asyncIterator](): AsyncGenerator<PersonInfo> {
    return this.#outlet.items()
  }

  #start(): void {
    const { waits } = this.#parts
    this.#timers.push(setTimeout(() => this.#finish(), waits.searchMs))
    if (this.#pinned === null) this.#outlet.release()
    else {
      this.#timers.push(setTimeout(() => this.#outlet.release(), lookupPinnedMs))
      this.#vouched.push(this.#claimant(this.#pinned))
    }
    const asked = (): void => {
      this.#asking--
      this.#pump()
    }
    void this.#askRoots().then(asked, asked)
    void this.#askTopic().then(asked, asked)
    this.#pump()
  }

  async #askRoots(): Promise<void> {
    const directories = await this.#parts.directories.answering()
    await Promise.all(directories.map((each) => this.#askRoot(each).catch(() => {})))
  }

  async #askRoot(directory: DirectoryLink): Promise<void> {
    const questions = [directory.find(FindBy.handle, this.#handle.hash)]
    // A crowd at the handle does not hide the one that is pinned.
    if (this.#pinned !== null) questions.push(directory.find(FindBy.identity, this.#pinned))
    for (const answer of questions) {
      for (const person of await answer.catch(() => [])) if (!this.#over) this.#vouch(person)
    }
  }

  async #askTopic(): Promise<void> {
    const { network, persons } = this.#parts
    if (persons === null) return
    for await (const key of network.lookup(this.#handle.topic)) {
      if (this.#over) return
      this.#meet(key)
      if (this.#claimants.size + this.#uncounted >= lookupSeenMax) return
    }
  }

  /** A root peer says that somebody claims it. */
  #vouch({ identity, profile, online, lastSeen }: Person): void {
    if (profile === null || !this.#take(identity, profile)) return
    const claimant = this.#claimant(identity)
    const { standing } = claimant
    standing.online ||= online
    standing.lastSeen = Math.max(standing.lastSeen, lastSeen)
    const place = this.#strangers.indexOf(claimant)
    if (place !== -1) this.#strangers.splice(place, 1)
    if (claimant.dial === 'waiting' && !this.#vouched.includes(claimant)) {
      this.#vouched.push(claimant)
    }
    if (claimant.dial === 'done') this.#settled(claimant)
    this.#pump()
  }

  /** Somebody announces the topic, which anybody can. */
  #meet(key: PeerKey): void {
    if (this.#claimants.has(mapKey(key))) return
    if (this.#strangersDialled + this.#strangers.length >= lookupStrangersMax) {
      this.#uncounted++
      return
    }
    this.#strangers.push(this.#claimant(key as Uint8Array as AuthorKey))
    this.#pump()
  }

  #claimant(identity: AuthorKey): Claimant {
    const key = mapKey(identity)
    const standing = { online: false, direct: false, lastSeen: 0 }
    const fresh: Claimant = { identity, profile: null, standing, dial: 'waiting', given: false }
    const claimant = this.#claimants.get(key) ?? fresh
    this.#claimants.set(key, claimant)
    return claimant
  }

  /** Whether it is a profile of him that may be shown, newer than what is there. */
  #take(identity: AuthorKey, bytes: Uint8Array): boolean {
    try {
      const profile = this.#parts.register.read(bytes, identity)
      const claimant = this.#claimant(identity)
      if (profile.sequence >= (claimant.profile?.sequence ?? 0)) claimant.profile = profile
      return true
    } catch {
      return false // forged, expired or rolled back: whoever hands it over is no witness
    }
  }

  #pump(): void {
    while (!this.#over && this.#dialling < lookupDialsAtOnce && this.#dials < lookupDialsMax) {
      const next = this.#vouched.shift() ?? this.#strangers.shift()
      if (next === undefined) break
      if (next.profile === null && next !== this.#claimants.get(this.#pinnedName)) {
        this.#strangersDialled++
      }
      this.#dials++
      this.#dialling++
      next.dial = 'asking'
      void this.#dial(next).finally(() => {
        this.#dialling--
        this.#settled(next)
        this.#pump()
      })
    }
    if (this.#dials >= lookupDialsMax)
      for (const each of this.#vouched.splice(0)) this.#settled(each)
    const waiting =
      this.#vouched.length + (this.#dials < lookupDialsMax ? this.#strangers.length : 0)
    if (this.#asking === 0 && this.#dialling === 0 && waiting === 0) this.#finish()
  }

  async #dial({ identity, standing }: Claimant): Promise<void> {
    const { persons, waits, register } = this.#parts
    const { reached, profile } = await askInPerson(persons, identity, waits)
    if (reached) Object.assign(standing, { online: true, direct: true, lastSeen: register.now })
    // One that does not say who he is: what a root peer has of him stands.
    if (profile !== null) this.#take(identity, profile)
  }

  /** All that can be asked about him was. */
  #settled(claimant: Claimant): void {
    claimant.dial = 'done'
    const info = this.#shown(claimant)
    const isPinned = this.#claimants.get(this.#pinnedName) === claimant
    if (info !== null && !claimant.given && !this.#over) {
      claimant.given = true
      this.#outlet.put(info, isPinned)
    }
    if (isPinned && info !== null) this.#outlet.release()
  }

  /** Null for one who does not claim the handle, as far as is known. */
  #shown({ profile, standing }: Claimant): PersonInfo | null {
    if (profile === null || profile.withdrawn || profile.handle === null) return null
    if (!b4a.equals(profile.handle, this.#handle.hash)) return null
    return this.#parts.register.info(profile, standing)
  }

  get #pinnedName(): string {
    return this.#pinned === null ? '' : mapKey(this.#pinned)
  }

  #finish(): void {
    if (this.#over) return
    for (const timer of this.#timers) clearTimeout(timer)
    const claimants = [...this.#claimants.values()]
    // Those that a root peer has vouched for are shown though they did not answer in time.
    for (const each of claimants)
      if (each.dial !== 'done' && each.profile !== null) this.#settled(each)
    this.#over = true
    this.#outlet.end()
    const people = claimants.flatMap((each) => this.#shown(each) ?? [])
    const unasked = claimants.filter(({ dial, profile }) => dial !== 'done' && profile === null)
    this.#end({ people: people.sort(inOrder), leftOut: unasked.length + this.#uncounted })
  }

  /** The only one who claims it is taken for its owner, from now on. */
  async #conclude(found: Found, chosen: (identity: AuthorKey) => Promise<void>): Promise<Found> {
    const { people, leftOut } = found
    const [only] = people
    if (only === undefined || people.length > 1 || leftOut > 0 || this.#cut) return found
    if (this.#pinned !== null) return found
    const claimant = [...this.#claimants.values()].find((each) => this.#shown(each) !== null)
    if (claimant !== undefined) await chosen(claimant.identity)
    return { people: [{ ...only, pinned: true }], leftOut }
  }
}

/** The one that is pinned, then those who are there, then as their keys are. */
function inOrder(one: PersonInfo, other: PersonInfo): number {
  const rank = ({ pinned, online }: PersonInfo): number => (pinned ? 2 : 0) + (online ? 1 : 0)
  return rank(other) - rank(one) || (one.key < other.key ? -1 : 1)
}
