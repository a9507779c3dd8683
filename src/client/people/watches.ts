// Who is watched at which root: one question at each, for all who want to know, asked again whenever the
// channel opens or somebody else is wanted.

import type { AuthorKey, PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import type { Person } from '../../protocol/directory-channel.ts'
import type { Directories } from './directories.ts'
import type { DirectoryLink } from './directory-link.ts'

/** One who wants to know. */
export interface Watcher {
  readonly listed: boolean
  /** Whom by name, in hex, and at which roots besides the client's own. */
  readonly named: ReadonlyMap<string, { identity: AuthorKey; roots: readonly PeerKey[] }>
  changed(directory: DirectoryLink, person: Person): void
  /** More has changed than is told. */
  reset(directory: DirectoryLink): void
  /** What was told there holds no more. */
  closed(directory: DirectoryLink): void
}

export class Watches {
  readonly #directories: Directories
  readonly #watchers = new Set<Watcher>()
  /** What each was asked, as text. */
  readonly #asked = new Map<DirectoryLink, string>()
  #scheduled = false

  constructor(directories: Directories) {
    this.#directories = directories
    directories.on('open', (directory) => {
      this.#asked.delete(directory)
      this.refresh()
    })
    directories.on('closed', (directory) => {
      this.#asked.delete(directory)
      for (const watcher of this.#watchers) watcher.closed(directory)
    })
    directories.on('changed', (directory, people) => {
      for (const person of people) this.#tell(directory, person)
    })
    directories.on('reset', (directory) => {
      for (const watcher of this.#watchers) if (watcher.listed) watcher.reset(directory)
    })
  }

  add(watcher: Watcher): void {
    this.#watchers.add(watcher)
    this.#directories.start()
    this.refresh()
  }

  remove(watcher: Watcher): void {
    if (this.#watchers.delete(watcher)) this.refresh()
  }

  /** Somebody wants to know more, or less. */
  refresh(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      for (const directory of this.#directories.open) this.#ask(directory)
    })
  }

  #ask(directory: DirectoryLink): void {
    const own = this.#directories.isOwn(directory)
    const root = mapKey(directory.link.root)
    const wanted = new Map<string, AuthorKey>()
    let listed = false
    for (const watcher of this.#watchers) {
      listed ||= own && watcher.listed
      for (const [key, { identity, roots }] of watcher.named) {
        // A root that only one friend has named learns of that friend alone.
        if (own || roots.some((each) => mapKey(each) === root)) wanted.set(key, identity)
      }
    }
    const question = [listed, ...[...wanted.keys()].sort()].join()
    if (this.#asked.get(directory) === question) return
    this.#asked.set(directory, question)
    directory.watch({ identities: [...wanted.values()], listed })
  }

  #tell(directory: DirectoryLink, person: Person): void {
    const key = mapKey(person.identity)
    for (const watcher of this.#watchers) {
      if (watcher.listed || watcher.named.has(key)) watcher.changed(directory, person)
    }
  }
}
