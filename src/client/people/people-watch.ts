// What changes of people, for one who watches: as it comes, no more than waits for him, and over all root
// peers. One who is at a second root yet is not told as gone.

import type { AuthorKey, PeerKey } from '../../protocol/bytes.ts'
import { formatKey, mapKey } from '../../protocol/bytes.ts'
import type { Person } from '../../protocol/directory-channel.ts'
import { clientLimits } from '../limits.ts'
import type { DirectoryLink } from './directory-link.ts'
import type { Register } from './register.ts'
import type { PersonChange } from './types.ts'
import type { Watcher } from './watches.ts'

export class PeopleWatch implements Watcher {
  readonly listed: boolean
  readonly named: ReadonlyMap<string, { identity: AuthorKey; roots: readonly PeerKey[] }>
  readonly #register: Register
  /** By identity: the roots that say that he is there. */
  readonly #online = new Map<string, Set<DirectoryLink>>()
  /** By identity: the roots that have a profile of him. */
  readonly #kept = new Map<string, Set<DirectoryLink>>()
  #changes: PersonChange[] = []
  #wake: () => void = () => {}
  #over = false

  constructor(register: Register, identities: readonly AuthorKey[], listed: boolean) {
    this.#register = register
    this.listed = listed
    this.named = new Map(identities.map((identity) => [mapKey(identity), { identity, roots: [] }]))
  }

  changed(directory: DirectoryLink, { identity, profile, online, lastSeen }: Person): void {
    const name = mapKey(identity)
    const isOnline = note(this.#online, name, directory, online)
    const wasKept = this.#kept.has(name)
    const isKept = note(this.#kept, name, directory, profile !== null)
    const seen = this.#register.seenAt(lastSeen)
    if (profile === null) {
      // Another root has him yet, or nobody ever had.
      if (isKept || !(wasKept || online || lastSeen > 0)) return
      return this.#put({ kind: 'gone', key: formatKey(identity), online: isOnline, lastSeen: seen })
    }
    try {
      const read = this.#register.read(profile, identity)
      const standing = { online: isOnline, direct: false, lastSeen: seen }
      if (!read.listed && !this.named.has(name)) return
      this.#put({ kind: 'person', person: this.#register.info(read, standing) })
    } catch {
      // Forged, expired or rolled back: it is not told.
    }
  }

  reset(): void {
    this.#changes = [{ kind: 'again' }]
    this.#wake()
  }

  closed(directory: DirectoryLink): void {
    for (const key of [...this.#online.keys()]) note(this.#online, key, directory, false)
    for (const key of [...this.#kept.keys()]) note(this.#kept, key, directory, false)
    // What changes until it is back is told by nobody.
    if (this.listed) this.reset()
  }

  end(): void {
    this.#over = true
    this.#wake()
  }

  async *changes(): AsyncGenerator<PersonChange> {
    while (true) {
      const next = this.#changes.shift()
      if (next !== undefined) yield next
      else if (this.#over) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #put(change: PersonChange): void {
    if (this.#changes.length >= clientLimits.peopleChangesMax) this.#changes = [{ kind: 'again' }]
    else this.#changes.push(change)
    this.#wake()
  }
}

/** Notes whether a root says so of somebody; whether any does then. */
function note(
  said: Map<string, Set<DirectoryLink>>,
  key: string,
  directory: DirectoryLink,
  is: boolean
): boolean {
  const roots = said.get(key) ?? new Set()
  if (is) roots.add(directory)
  else roots.delete(directory)
  if (roots.size > 0) said.set(key, roots)
  else said.delete(key)
  return roots.size > 0
}
