// One commit of the index: what each change makes of the entry under its key, and what content nobody
// refers to after it. Owns the rules of versions and of what is kept; never writes content itself.

import type { Batch } from 'hyperbee'
import { fileChanged, fileUnknown } from '../protocol/files-errors.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import type { Blob } from '../protocol/files-index.ts'
import {
  currentKey,
  decodeFileRecord,
  encodeFileRecord,
  olderKey
} from '../protocol/files-index.ts'
import type { FileEntry } from '../protocol/files-messages.ts'
import { bytesOf, nameOf } from './blobs.ts'
import type { ClaimItem } from './claims.ts'
import type { Found, IndexCore, IndexTotals } from './index-core.ts'

/** What stands under a key from this commit on. */
export interface NewEntry {
  key: Uint8Array
  entry: FileEntry
  /** Older entries that are kept. */
  keep: number
  /** Its content; null for that of the entry of the same key that `contentOf` names. */
  blobs: readonly Blob[] | null
  contentOf: number
}

export class Commit {
  readonly #index: IndexCore
  readonly #batch: Batch<Uint8Array, Uint8Array>
  readonly #storedAt: number
  readonly #dropped: ClaimItem[] = []
  #totals: IndexTotals

  constructor(index: IndexCore, storedAt: number) {
    this.#index = index
    this.#batch = index.batch()
    this.#storedAt = storedAt
    this.#totals = index.totals
  }

  /** Content that nobody refers to any more once this is written. */
  get dropped(): readonly ClaimItem[] {
    return this.#dropped
  }

  /**
   * Puts an entry in the place of the one before.
   *
   * @returns its seq; an error if it is refused, and then nothing has changed
   */
  async put(change: NewEntry): Promise<number | RootPeerError> {
    const { key, entry } = change
    const blobs = change.blobs ?? (await this.#contentOf(change))
    if (blobs === null) return fileUnknown()
    let before: Found | null = null
    let stale: RootPeerError | null = null
    const seq = this.#batch.version
    const record = { storedAt: this.#storedAt, entry, blobs }
    const value = encodeFileRecord(record)
    await this.#batch.put(currentKey(key), value, {
      cas: (previous) => {
        before = { ...decodeFileRecord(previous.value), key, seq: previous.seq }
        const { version } = before.entry
        if (entry.version <= version) stale = fileChanged(version + 1, entry.version)
        return stale === null
      }
    })
    if (stale !== null) return stale
    this.#count({ ...record, key, seq }, 1)
    if (change.blobs !== null) this.#countContent(bytesOf(blobs))
    if (!entry.deleted) this.#countFile(1)
    if (before !== null) await this.#replace(before, change.keep, blobs)
    return seq
  }

  /** Writes all of it; resolves once it is synced. */
  async flush(): Promise<void> {
    await this.#index.putTotals(this.#batch, this.#totals)
    await this.#batch.flush()
    this.#index.committed(this.#totals)
  }

  /** Nothing was put. */
  async abandon(): Promise<void> {
    await this.#batch.close()
  }

  async #contentOf({ key, contentOf, entry }: NewEntry): Promise<readonly Blob[] | null> {
    const found = await this.#index.at(key, contentOf)
    if (found === null || found.entry.size !== entry.size) return null
    // That it was stored once is not enough: its content must be kept still.
    const name = nameOf(found.blobs)
    const node = await this.#batch.get(currentKey(key))
    const kept = await this.#index.older(key, this.#batch)
    const standing = node === null ? [] : [decodeFileRecord(node.value)]
    const isKept = [...standing, ...kept].some(({ blobs }) => nameOf(blobs) === name)
    return isKept ? found.blobs : null
  }

  /** What an entry has replaced becomes the newest of the older ones, of which so many are kept. */
  async #replace(before: Found, keep: number, standing: readonly Blob[]): Promise<void> {
    const { key } = before
    const older = [before, ...(await this.#index.older(key, this.#batch))]
    if (!before.entry.deleted) this.#countFile(-1)
    if (keep > 0) {
      await this.#batch.put(olderKey(key, before.entry.version), encodeFileRecord(before))
    }
    const kept = new Set([standing, ...older.slice(0, keep).map(({ blobs }) => blobs)].map(nameOf))
    for (const each of older.slice(keep)) {
      if (each !== before) await this.#batch.del(olderKey(key, each.entry.version))
      this.#count(each, -1)
      const name = nameOf(each.blobs)
      if (kept.has(name)) continue
      kept.add(name) // two of them may have shared it
      if (each.blobs.length > 0) this.#dropped.push({ key, blobs: each.blobs })
      this.#countContent(-bytesOf(each.blobs))
    }
  }

  #count(found: Found, sign: number): void {
    const bytes = found.entry.sealed.byteLength + 65 + 24 + 12 * found.blobs.length
    const liveBytes = Math.max(0, this.#totals.liveBytes + sign * bytes)
    this.#totals = { ...this.#totals, liveBytes }
  }

  #countFile(count: number): void {
    this.#totals = { ...this.#totals, files: this.#totals.files + count }
  }

  #countContent(bytes: number): void {
    this.#totals = { ...this.#totals, contentBytes: this.#totals.contentBytes + bytes }
  }
}
