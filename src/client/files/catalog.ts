// The entries of a room's files as its roots have them: asked for, opened and proven. Many that are asked
// for at once are one question. Never writes, and reads no content.

import b4a from 'b4a'
import type { AuthorKey, FolderHash, PathKey, Signature } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import type { OpenedEntry } from '../../protocol/entry.ts'
import { openEntry, outranks } from '../../protocol/entry.ts'
import { badFrame } from '../../protocol/errors.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import type { FileEntries, FilesSenders, StoredFile } from '../../protocol/files-channel.ts'
import { isCertified } from '../../protocol/keys.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { FilesLink } from './files-link.ts'

/** An entry, opened, and where it was found. */
export interface Located {
  entry: OpenedEntry
  stored: StoredFile
  link: FilesLink
}

/** What a root has under a key and is no entry, and why. */
export interface Unreadable {
  key: PathKey
  error: RootPeerError
}

/** A page of a folder. */
export interface CatalogPage {
  found: Located[]
  unreadable: Unreadable[]
  /** Where the next one begins; null if this was the last. */
  next: Uint8Array | null
}

/** Keys in one question: as many entries as fit one answer, however large each is. */
const STAT_MAX = Math.floor(wireLimits.fileAnswerBytesMax / wireLimits.fileEntryBytesMax)

interface Batch {
  keys: Map<string, PathKey>
  answer: Promise<Map<string, Located>>
}

export class Catalog {
  readonly #keys: RoomKeys
  /** Authors whose certificate was checked, in hex. */
  readonly #members = new Set<string>()
  /** What is asked of a root in this turn. */
  readonly #batches = new Map<FilesLink, Batch>()

  constructor(keys: RoomKeys) {
    this.#keys = keys
  }

  /**
   * What stands under a key at this root; null if nothing does.
   *
   * @throws `BAD_ENTRY`, `NOT_OPENED`; `UNAVAILABLE` if the root goes away.
   */
  async stat(link: FilesLink, key: PathKey): Promise<Located | null> {
    let batch = this.#batches.get(link)
    if (batch === undefined || batch.keys.size >= STAT_MAX) {
      const keys = new Map<string, PathKey>()
      const answer = Promise.resolve().then(() => {
        if (this.#batches.get(link)?.keys === keys) this.#batches.delete(link)
        return this.#stat(link, keys)
      })
      batch = { keys, answer }
      this.#batches.set(link, batch)
    }
    const name = mapKey(key)
    batch.keys.set(name, key)
    const stored = (await batch.answer).get(name)
    return stored === undefined ? null : stored
  }

  /** As `stat`, of whichever of these roots has the entry that holds. */
  async newest(links: readonly FilesLink[], key: PathKey): Promise<Located | null> {
    const found = await Promise.all(links.map((link) => this.stat(link, key)))
    let best: Located | null = null
    for (const each of found) {
      if (each === null) continue
      if (best === null || outranks(each.entry, best.entry)) best = each
    }
    return best
  }

  /** A page of a folder, in the order of keys. What does not open is told beside what does. */
  async list(
    link: FilesLink,
    { folder, after, limit }: { folder: FolderHash; after: Uint8Array | null; limit: number }
  ): Promise<CatalogPage> {
    const { entries, end } = await this.#ask(link, (send, request) =>
      send.list({ request, folder, after, limit })
    )
    const found: Located[] = []
    const unreadable: Unreadable[] = []
    let last = after
    for (const stored of entries) {
      const own = stored.key.subarray(32)
      if (
        !b4a.equals(stored.key.subarray(0, 32), folder) ||
        (last && b4a.compare(own, last) <= 0)
      ) {
        throw badFrame('a folder with what is not in it, or out of order')
      }
      last = own
      try {
        found.push(this.open(link, stored))
      } catch (err) {
        unreadable.push({ key: stored.key as PathKey, error: err as RootPeerError })
      }
    }
    return { found, unreadable, next: end || entries.length === 0 ? null : last }
  }

  /** The older entries that are kept of a key, newest first. */
  async versions(link: FilesLink, key: PathKey): Promise<Located[]> {
    const { entries } = await this.#ask(link, (send, request) => send.versions({ request, key }))
    return entries.map((stored) => this.open(link, stored))
  }

  /** Opens and proves what a root has given. Throws `BAD_ENTRY`, `NOT_OPENED`. */
  open(link: FilesLink, stored: StoredFile): Located {
    const key = b4a.from(stored.key) as PathKey
    const entry = openEntry(this.#keys, key, stored, (keys, author, certificate) =>
      this.#isMember(keys, author, certificate)
    )
    return { entry, stored: { ...stored, key, sealed: b4a.from(stored.sealed) }, link }
  }

  #isMember(keys: RoomKeys, author: AuthorKey, certificate: Signature): boolean {
    const name = mapKey(author)
    if (this.#members.has(name)) return true
    if (!isCertified(keys, author, certificate)) return false
    this.#members.add(name)
    return true
  }

  async #stat(link: FilesLink, keys: Map<string, PathKey>): Promise<Map<string, Located>> {
    const found = new Map<string, Located>()
    const { entries } = await this.#ask(link, (send, request) =>
      send.stat({ request, keys: [...keys.values()] })
    )
    for (const stored of entries) found.set(mapKey(stored.key), this.open(link, stored))
    return found
  }

  /** One question, when there is room for it. Throws `UNAVAILABLE`, or why the root refused it. */
  async #ask(
    link: FilesLink,
    send: (send: FilesSenders, request: number) => boolean
  ): Promise<FileEntries> {
    await link.questions.enter()
    try {
      return await new Promise<FileEntries>((resolve, reject) => {
        const request = link.ask(
          {
            entries: (answer) => {
              link.done(request)
              // What it holds lies in the frame that it came in.
              resolve(answer)
            },
            failed: reject
          },
          send
        )
      })
    } finally {
      link.questions.leave()
    }
  }
}
