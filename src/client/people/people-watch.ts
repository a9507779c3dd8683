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
  #changes: PersonChange[] = []
  #wake: () => void = () => {}
  #over = false

  constructor(register: Register, identities: readonly AuthorKey[], listed: boolean) {
    this.#register = register
    this.listed = listed
    this.named = new Map(identities.map((identity) => [mapKey(identity), { identity, roots: [] }]))
  }

  changed(directory: DirectoryLink, { identity, profile, online, lastSeen }: Person): void {
    const isOnline = this.#note(mapKey(identity), directory, online)
    const seen = this.#register.seenAt(lastSeen)
    if (profile === null) {
      return this.#put({ kind: 'gone', key: formatKey(identity), online: isOnline, lastSeen: seen })
    }
    try {
      const read = this.#register.read(profile, identity)
      const standing = { online: isOnline, direct: false, lastSeen: seen }
      if (!read.listed && !this.named.has(mapKey(identity))) return
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
    for (const [key, roots] of this.#online) {
      if (roots.delete(directory) && roots.size === 0) this.#online.delete(key)
    }
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

  #note(key: string, directory: DirectoryLink, online: boolean): boolean {
    const roots = this.#online.get(key) ?? new Set()
    if (online) roots.add(directory)
    else roots.delete(directory)
    if (roots.size > 0) this.#online.set(key, roots)
    else this.#online.delete(key)
    return roots.size > 0
  }

  #put(change: PersonChange): void {
    if (this.#changes.length >= clientLimits.peopleChangesMax) this.#changes = [{ kind: 'again' }]
    else this.#changes.push(change)
    this.#wake()
  }
}
