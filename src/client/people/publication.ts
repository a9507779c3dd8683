// The own profile at root peers: each that lacks it is handed it whenever its channel opens, and told that
// we are here. Signs it anew before its time is over.

import b4a from 'b4a'
import type { AuthorKey, KeyPair, PeerKey } from '../../protocol/bytes.ts'
import { FindBy } from '../../protocol/directory-channel.ts'
import { profileStale } from '../../protocol/directory-errors.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import { readProfile } from '../../protocol/profile.ts'
import { clientLimits } from '../limits.ts'
import type { Directories } from './directories.ts'
import type { DirectoryLink } from './directory-link.ts'
import type { OwnProfileNote } from './own-profile.ts'

export interface PublicationParts {
  own: OwnProfileNote
  identity: KeyPair
  directories: Directories
  /** Whether roots are told that we are here. */
  present: boolean
  now: () => number
  published: (root: string, sequence: number) => void
  refused: (root: string, error: RootPeerError) => void
  /** Something else is published from now on, or nothing. */
  changed: () => void
}

/** What became of it at one root. */
export type Outcome = { root: string; error: RootPeerError | null }

export class Publication {
  readonly #parts: PublicationParts
  /** What is under way at each: one after the other. */
  readonly #bringing = new Map<DirectoryLink, Promise<Outcome>>()
  readonly #attending = new Set<DirectoryLink>()
  #renewing: Promise<boolean> | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #asleep = false
  #closed = false

  constructor(parts: PublicationParts) {
    this.#parts = parts
    parts.directories.on('open', (directory) => void this.bring(directory))
    parts.directories.on('closed', (directory) => this.#attending.delete(directory))
  }

  /** The roots that a profile names. */
  get roots(): PeerKey[] {
    return this.#parts.directories.own.map(({ link }) => link.root)
  }

  /** Something was published before: it stays so. */
  start(): void {
    const { own, directories, changed } = this.#parts
    if (own.record === null) return
    changed()
    directories.start()
    this.#schedule()
  }

  /** Something else is to be published: who asks for it brings it. */
  changed(): void {
    this.#parts.changed()
    this.#schedule()
  }

  /** Looks whether it is due, now and from now on. */
  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const { due } = this.#parts.own
    if (due === null || this.#asleep || this.#closed) return
    const ms = Math.max(1000, Math.min(due - this.#parts.now(), clientLimits.profileDueMs))
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#tick()
    }, ms)
  }

  async #tick(): Promise<void> {
    try {
      if (await this.#renew()) {
        for (const each of this.#parts.directories.open) void this.bring(each)
      }
    } catch {
      // The profile folder fails: it is tried again.
    }
    this.#schedule()
  }

  suspend(): void {
    this.#asleep = true
    this.#schedule()
  }

  resume(): void {
    this.#asleep = false
    this.#schedule()
  }

  close(): void {
    this.#closed = true
    this.#schedule()
  }

  /** Hands it over, if this root lacks it, and says that we are here. Never throws. */
  bring(directory: DirectoryLink): Promise<Outcome> {
    const before = this.#bringing.get(directory) ?? Promise.resolve()
    const next = before.then(() => this.#bring(directory))
    this.#bringing.set(directory, next)
    return next
  }

  /** To all that are open, and each that opens soon. */
  async bringAll(): Promise<Outcome[]> {
    const directories = await this.#parts.directories.answering()
    return Promise.all(directories.map((directory) => this.bring(directory)))
  }

  /** Nobody is to think any more that we are here. */
  depart(): void {
    for (const directory of this.#attending) directory.reopen()
  }

  /** Signs it anew if it is time; resolves with whether it was. */
  #renew(): Promise<boolean> {
    this.#renewing ??= this.#sign().finally(() => {
      this.#renewing = null
    })
    return this.#renewing
  }

  async #sign(): Promise<boolean> {
    const { own, now, changed } = this.#parts
    const { due, record } = own
    if (due === null || record === null) return false
    // Or it was signed before anybody knew where our public space is kept.
    if (due > now() && (!record.rootless || this.roots.length === 0)) return false
    await own.renew(this.roots, now())
    changed()
    return true
  }

  async #bring(directory: DirectoryLink): Promise<Outcome> {
    const { directories, own, identity, present } = this.#parts
    const { name: root } = directory.link
    try {
      if (!directories.isOwn(directory)) return { root, error: null }
      await this.#renew()
      const { record } = own
      if (record === null) return { root, error: null }
      if (!(await this.#has(directory))) await directory.publish(record.bytes)
      if (record === own.record) this.#parts.published(root, record.sequence)
      if (present && !record.withdrawn && !this.#attending.has(directory)) {
        this.#attending.add(directory)
        await directory.attend(identity)
      }
      return { root, error: null }
    } catch (err) {
      const error = typed(err)
      if (error.code !== 'UNAVAILABLE') this.#parts.refused(root, error)
      return { root, error }
    }
  }

  /** Whether a root has it already. Throws `PROFILE_STALE` if it has a newer one. */
  async #has(directory: DirectoryLink): Promise<boolean> {
    const { own, identity } = this.#parts
    const key = identity.publicKey as AuthorKey
    for (const { identity: of, profile } of await directory.find(FindBy.identity, key)) {
      if (profile === null || own.record === null || !b4a.equals(of, key)) continue
      if (b4a.equals(profile, own.record.bytes)) return true
      const { sequence } = readProfile(profile)
      if (sequence > own.record.sequence) throw profileStale(sequence, own.record.sequence)
    }
    return false
  }
}

function typed(err: unknown): RootPeerError {
  if (err instanceof RootPeerError) return err
  return new RootPeerError('UNKNOWN', err instanceof Error ? err.message : String(err))
}
