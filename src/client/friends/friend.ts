// One friend: how he stands, by his own device first and then by the word of root peers. Dials while there
// is a link for him; asks nobody.

import b4a from 'b4a'
import type { AuthorKey, PeerKey } from '../../protocol/bytes.ts'
import { formatKey } from '../../protocol/bytes.ts'
import type { Person } from '../../protocol/directory-channel.ts'
import { FindBy } from '../../protocol/directory-channel.ts'
import type { Handle } from '../../protocol/handle.ts'
import type { SignedProfile } from '../../protocol/profile.ts'
import { readProfile } from '../../protocol/profile.ts'
import { clientLimits } from '../limits.ts'
import type { DirectoryLink } from '../people/directory-link.ts'
import type { PersonLink } from '../people/person-links.ts'
import type { Register } from '../people/register.ts'
import type { FriendNote } from './friend-note.ts'
import type { FriendInfo, FriendStatus } from './types.ts'

export interface FriendParts {
  register: Register
  /** How long he is being checked, in milliseconds. */
  checkMs: number
  /** Addresses by which he was reached. */
  addresses: () => FriendNote['addresses']
  /** Whether a root peer may yet say how he stands. */
  isAwaited: () => boolean
  /** Something that people see is different. */
  changed: () => void
  /** Something that is kept is different. */
  noted: () => void
}

const { friendDoubtMs, friendRetryMinMs, friendRetryMaxMs, friendRootsEach } = clientLimits

export class Friend {
  readonly identity: AuthorKey
  readonly handle: Handle | null
  readonly addedAt: number
  readonly #parts: FriendParts
  /** What roots that were asked have said: whether he is there. */
  readonly #word = new Map<DirectoryLink, boolean>()
  #profile: SignedProfile | null = null
  #bytes: Uint8Array | null
  #sequence: number
  #lastSeen: number
  #addresses: FriendNote['addresses']
  #person: PersonLink | null = null
  /** Roots that have said that he is there, before his link broke. */
  readonly #doubted = new Set<DirectoryLink>()
  /** Whether he has not answered since he is being checked. */
  #unanswered = false
  /** Runs while he is being checked. */
  #checking: ReturnType<typeof setTimeout> | null = null
  #shown = ''
  #asleep = false
  readonly #onup = (): void => this.#reached()
  readonly #ondown = (): void => this.#lost()
  readonly #onmissed = (): void => this.#missed()
  readonly #onopen = (): void => void this.#ask()

  constructor(note: FriendNote, handle: Handle | null, parts: FriendParts) {
    this.identity = note.identity
    this.handle = handle
    this.addedAt = note.addedAt
    this.#bytes = note.profile
    this.#lastSeen = note.lastSeen
    this.#addresses = note.addresses
    this.#parts = parts
    // Shown though its time may be over: what he was known as.
    if (note.profile !== null) this.#profile = this.#open(note.profile)
    this.#sequence = Math.max(note.sequence, this.#profile?.sequence ?? 0)
  }

  get note(): FriendNote {
    const own = this.#parts.addresses()
    return {
      identity: this.identity,
      handle: this.handle?.name ?? null,
      addedAt: this.addedAt,
      sequence: this.#sequence,
      profile: this.#bytes,
      lastSeen: this.#lastSeen,
      addresses: own.length > 0 ? own : this.#addresses
    }
  }

  get isDirect(): boolean {
    return this.#person !== null
  }

  /** Root peers that he has named, and that are asked about him. */
  get roots(): PeerKey[] {
    return this.#profile?.roots.slice(0, friendRootsEach) ?? []
  }

  get status(): FriendStatus {
    if (this.#isUp) return 'online'
    if (this.#checking !== null) return 'checking'
    if ([...this.#word.values()].includes(true)) return 'online'
    return this.#lastSeen > 0 ? 'offline' : 'unknown'
  }

  get info(): FriendInfo {
    const { register } = this.#parts
    const { status } = this
    const lastSeen = status === 'online' ? register.now : register.seenAt(this.#lastSeen)
    const standing = { online: status === 'online', direct: this.#isUp, lastSeen }
    const person = this.#profile === null ? null : register.info(this.#profile, standing)
    return {
      key: formatKey(this.identity),
      handle: this.handle?.name ?? person?.handle ?? null,
      name: person?.name ?? null,
      about: person?.about ?? null,
      pinned: person?.pinned ?? false,
      alarm: person?.alarm ?? null,
      status,
      direct: this.#isUp,
      lastSeen,
      addedAt: this.addedAt,
      roots: person?.roots ?? []
    }
  }

  /** There is a link for him from now on. */
  attach(person: PersonLink | null): void {
    if (person === null || this.#person !== null) return
    this.#person = person
    person.link.on('up', this.#onup)
    person.link.on('down', this.#ondown)
    person.link.on('missed', this.#onmissed)
    person.directory.on('open', this.#onopen)
    if (this.#isUp) this.#reached()
    if (person.directory.isOpen) void this.#ask()
  }

  /** Gives the link back. */
  detach(): PersonLink | null {
    const person = this.#person
    this.#person = null
    person?.link.off('up', this.#onup)
    person?.link.off('down', this.#ondown)
    person?.link.off('missed', this.#onmissed)
    person?.directory.off('open', this.#onopen)
    return person
  }

  /** He is being checked: until he answers or does not, but not for ever. */
  check(): void {
    if (this.#isUp || this.#checking !== null || this.#asleep) return
    this.#unanswered = this.#person === null && this.#word.size > 0
    const ms = this.#doubted.size > 0 ? friendDoubtMs : this.#parts.checkMs
    this.#checking = setTimeout(() => this.#stopChecking(), ms)
    this.#settle()
  }

  /** A root peer says how he stands. */
  told(directory: DirectoryLink, { profile, online, lastSeen }: Person): void {
    const before = this.#word.get(directory) ?? false
    const doubted = this.#doubted.delete(directory)
    this.#word.set(directory, online)
    if (profile !== null) this.#learn(profile)
    this.#see(this.#parts.register.seenAt(lastSeen))
    if (online && !before) this.#person?.link.anew()
    // Without a link there is nothing else to wait for; nor if the root has lost him as we have.
    this.#unanswered ||= this.#person === null || (doubted && !online)
    this.#settle()
  }

  /** What a root has said holds no more. */
  untold(directory: DirectoryLink): void {
    this.#doubted.delete(directory)
    this.#word.delete(directory)
    this.#settle()
  }

  /** Fewer may say how he stands than might have. */
  unawaited(): void {
    this.#settle()
  }

  /** No timer runs, and nobody knows how he stands. */
  suspend(): void {
    this.#asleep = true
    this.#word.clear()
    this.#stopChecking()
  }

  /** @param begun whether anybody wants to know. */
  resume(begun: boolean): void {
    this.#asleep = false
    if (begun) this.check()
  }

  /** A profile of his that was found elsewhere. */
  met(profile: Uint8Array): void {
    this.#learn(profile)
    this.#tell()
  }

  get #isUp(): boolean {
    return (this.#person?.link.up ?? null) !== null
  }

  #reached(): void {
    if (this.#person !== null) this.#person.link.pace = 0
    this.#doubted.clear()
    this.#see(this.#parts.register.now)
    this.#parts.noted()
    this.#stopChecking()
  }

  #lost(): void {
    this.#see(this.#parts.register.now)
    this.#parts.noted()
    // What roots have said before is older than that.
    for (const [directory, online] of this.#word) if (online) this.#doubted.add(directory)
    this.check()
    // They have lost him, too, and were quicker.
    this.#unanswered ||= this.#word.size > 0 && this.#doubted.size === 0
    this.#settle()
  }

  #missed(): void {
    if (this.#person === null) return
    const { link } = this.#person
    link.pace = Math.min(friendRetryMaxMs, Math.max(friendRetryMinMs, 2 * link.pace))
    this.#unanswered = true
    this.#settle()
  }

  /** Done with checking, once he did not answer, and roots have said what they know, none of it in doubt. */
  #settle(): void {
    const isHeard = this.#word.size > 0 || !this.#parts.isAwaited()
    if (this.#unanswered && isHeard && this.#doubted.size === 0) this.#stopChecking()
    else this.#tell()
  }

  #stopChecking(): void {
    if (this.#checking !== null) clearTimeout(this.#checking)
    this.#checking = null
    this.#doubted.clear()
    this.#tell()
  }

  /** He says himself who he is now. */
  async #ask(): Promise<void> {
    try {
      const people = (await this.#person?.directory.find(FindBy.identity, this.identity)) ?? []
      const own = people.find(({ identity }) => b4a.equals(identity, this.identity))
      if (own !== undefined && own.profile !== null) this.met(own.profile)
    } catch {
      // He went away meanwhile, or does not say.
    }
  }

  #learn(bytes: Uint8Array): void {
    try {
      const profile = this.#parts.register.read(bytes, this.identity)
      if (profile.sequence <= this.#sequence && this.#profile !== null) return
      this.#profile = profile
      this.#bytes = profile.bytes
      this.#sequence = profile.sequence
      this.#parts.noted()
    } catch {
      // Forged, expired or rolled back: what was known stands.
    }
  }

  #open(bytes: Uint8Array): SignedProfile | null {
    try {
      return readProfile(bytes, this.handle)
    } catch {
      return null
    }
  }

  #see(time: number): void {
    if (time <= this.#lastSeen) return
    this.#lastSeen = time
  }

  #tell(): void {
    const { status, direct, name, handle } = this.info
    const shown = [status, direct, name, handle, this.#sequence].join('\n')
    if (shown === this.#shown) return
    this.#shown = shown
    this.#parts.changed()
  }
}
