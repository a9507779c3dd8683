// The directories of root peers: those of the roots that the client uses, and those that friends have
// named. Opens none before somebody is looked for.

import { EventEmitter } from 'events'
import type { PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { clientLimits } from '../limits.ts'
import type { RootLink } from '../roots/root-link.ts'
import type { Roots } from '../roots/roots.ts'
import type { Person } from '../../protocol/directory-channel.ts'
import { DirectoryLink } from './directory-link.ts'

interface DirectoriesEvents {
  open: [directory: DirectoryLink]
  closed: [directory: DirectoryLink]
  changed: [directory: DirectoryLink, people: Person[]]
  reset: [directory: DirectoryLink]
  /** The own ones are chosen. */
  chosen: []
}

export interface DirectoriesParts {
  roots: Roots
  /** How long an answer may take, and a root that is still to be reached, in milliseconds. */
  answerMs: number
  patienceMs: number
}

export class Directories extends EventEmitter<DirectoriesEvents> {
  readonly #parts: DirectoriesParts
  readonly #own = new Map<string, DirectoryLink>()
  /** Of roots that friends have named, and how many have. */
  readonly #named = new Map<string, { directory: DirectoryLink; users: number }>()
  #choosing: Promise<void> | null = null
  readonly #waiting = new Set<() => void>()
  #isChosen = false
  #asleep = false
  #closed = false

  constructor(parts: DirectoriesParts) {
    super()
    this.setMaxListeners(0)
    this.#parts = parts
  }

  /** Connects to the client's root peers, if that has not begun. */
  start(): void {
    this.#choosing ??= this.#choose()
  }

  /** Those of the client's root peers, once they are chosen. */
  get own(): DirectoryLink[] {
    return [...this.#own.values()]
  }

  get open(): DirectoryLink[] {
    return this.#all.filter(({ isOpen }) => isOpen)
  }

  /** Whether any may answer yet that is asked now. */
  get isAwaited(): boolean {
    return !this.#isChosen || this.#all.some(({ isPossible }) => isPossible)
  }

  isOwn({ link }: DirectoryLink): boolean {
    return this.#own.has(mapKey(link.root))
  }

  /** The own ones, once they are chosen; those there are if that takes too long. */
  async chosen(): Promise<DirectoryLink[]> {
    this.start()
    await this.within(this.#choosing as Promise<void>)
    return this.own
  }

  /** The own ones that are open; each is waited for, for a while. */
  async answering(): Promise<DirectoryLink[]> {
    const chosen = await this.chosen()
    await Promise.all(chosen.map((each) => each.ready(this.#parts.patienceMs)))
    return chosen.filter(({ isOpen }) => isOpen)
  }

  /** A friend has named this root; false if there are too many of them. */
  use(root: PeerKey): boolean {
    const key = mapKey(root)
    const named = this.#named.get(key)
    if (named !== undefined) {
      named.users++
      return true
    }
    if (this.#named.size >= clientLimits.friendRootsMax) return false
    const own = this.#own.get(key)
    const link = own === undefined ? this.#parts.roots.link(root) : null
    if (own === undefined && link === null) return false
    this.#named.set(key, { directory: own ?? this.#add(link as RootLink), users: 1 })
    return true
  }

  /** Nobody is looked for there any more on account of one who has named it. */
  leave(root: PeerKey): void {
    const key = mapKey(root)
    const named = this.#named.get(key)
    if (named === undefined || --named.users > 0) return
    this.#named.delete(key)
    if (this.#own.has(key)) return
    named.directory.close()
    this.#parts.roots.release(root)
  }

  /** The roots are asleep: no timer runs, and nobody is waited for. */
  suspend(): void {
    this.#asleep = true
    for (const end of [...this.#waiting]) end()
    for (const directory of this.#all) directory.interrupt()
  }

  resume(): void {
    this.#asleep = false
  }

  close(): void {
    this.#closed = true
    this.suspend()
    for (const directory of this.#all) directory.close()
  }

  get #all(): DirectoryLink[] {
    const named = Array.from(this.#named.values(), ({ directory }) => directory)
    return [...new Set([...this.own, ...named])]
  }

  async #choose(): Promise<void> {
    const links = await this.#parts.roots.choose()
    if (this.#closed) return
    for (const link of links) {
      const key = mapKey(link.root)
      const named = this.#named.get(key)
      this.#own.set(key, named?.directory ?? this.#add(link))
      if (named?.directory.isOpen === true) this.emit('open', named.directory)
      link.hurry()
    }
    this.#isChosen = true
    this.emit('chosen')
  }

  #add(link: RootLink): DirectoryLink {
    const directory = new DirectoryLink(link, this.#parts.answerMs)
    directory.on('open', () => this.emit('open', directory))
    directory.on('closed', () => this.emit('closed', directory))
    directory.on('changed', (people) => this.emit('changed', directory, people))
    directory.on('reset', () => this.emit('reset', directory))
    return directory
  }

  /** Resolves when it does, after so many milliseconds, or when nobody is waited for. */
  async within(promise: Promise<void>): Promise<void> {
    if (this.#asleep) return
    let end = (): void => {}
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    const patience = setTimeout(end, this.#parts.patienceMs)
    this.#waiting.add(end)
    await Promise.race([promise, over])
    this.#waiting.delete(end)
    clearTimeout(patience)
  }
}
