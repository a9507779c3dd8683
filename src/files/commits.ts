// The commits of one room's index: changes that arrive while one is being written become the next one.
// Small content, and what is known of all of it, is written before the index refers to it.

import type { RootPeerError } from '../protocol/errors.ts'
import { rootFull, shuttingDown } from '../protocol/errors.ts'
import type { Blob } from '../protocol/files-index.ts'
import type { FileEntry } from '../protocol/files-messages.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import type { Place } from './blobs.ts'
import { bytesIn, bytesOf, grown } from './blobs.ts'
import type { ClaimItem } from './claims.ts'
import { Claims } from './claims.ts'
import { Commit } from './commit.ts'
import type { Content } from './content.ts'
import type { Cores } from './cores.ts'

/** An entry to be stored, and whom to tell what became of it. Exactly one of the last three is called. */
export interface Change {
  key: Uint8Array
  entry: FileEntry
  keep: number
  /** Content that is written with it. */
  chunks: readonly Uint8Array[]
  /** Content that is written already; null where it is in `chunks`, or another entry's. */
  blobs: readonly Blob[] | null
  /** Seq of the entry whose content it takes over; 0 for none. */
  contentOf: number
  /** Synced to disk. */
  stored(seq: number, storedAt: number): void
  /** Nothing of it was stored. */
  refused(err: RootPeerError): void
  /** Nobody knows: the store failed while it was being written. */
  lost(): void
}

export interface CommitsParts {
  store: Store
  cores: Cores
  content: Content
  claims: Claims
  now: () => number
  /** Once a commit, after its sync. */
  committed: () => void
  /** So many bytes of content were cleared. */
  freed: (bytes: number) => void
}

export class Commits {
  readonly #parts: CommitsParts
  #queue: Change[] = []
  #running: Promise<void> | null = null
  #closed = false

  constructor(parts: CommitsParts) {
    this.#parts = parts
  }

  /** Takes a change into the next commit, or refuses it at once. */
  push(change: Change): void {
    const { store } = this.#parts
    if (this.#closed) return change.refused(shuttingDown())
    if (store.failed !== null) return change.lost()
    if (!store.writable) return change.refused(rootFull())
    this.#queue.push(change)
    this.#running ??= this.#run()
  }

  /** Commits and answers what was accepted. What comes later is refused. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate)
    while (this.#queue.length > 0) {
      const changes = this.#take()
      try {
        await this.#write(changes)
      } catch (err) {
        this.#failed(changes, err)
      }
    }
    this.#running = null
  }

  #take(): Change[] {
    let bytes = 0
    let count = 0
    for (const { chunks, entry } of this.#queue) {
      bytes += bytesIn(chunks) + entry.sealed.byteLength
      if (count > 0 && bytes > limits.fileCommitBytesMax) break
      if (++count === limits.fileCommitEntriesMax) break
    }
    return this.#queue.splice(0, count)
  }

  async #write(changes: readonly Change[]): Promise<void> {
    const { cores, content, claims, now } = this.#parts
    await cores.writable()
    if (cores.index === null) throw new Error('no index')
    if (cores.isMostlyDead) await cores.move()
    const storedAt = now()
    const id = Claims.newId()
    const commit = new Commit(cores.index, storedAt)
    const answers: (number | RootPeerError)[] = []
    let claimed: ClaimItem[] = []
    const prepare = async (place: Place): Promise<Uint8Array[]> => {
      const written: Uint8Array[] = []
      const items: ClaimItem[] = []
      let { block, byte } = place
      for (const change of changes) {
        const { key, chunks, contentOf } = change
        const small = grown([], { core: place.core, block, byte }, chunks)
        const blobs = change.blobs ?? (contentOf > 0 ? null : small)
        const answer = await commit.put({ ...change, blobs })
        answers.push(answer)
        if (!isSeq(answer) || chunks.length === 0) continue
        written.push(...chunks)
        block += chunks.length
        byte += bytesIn(chunks)
        items.push({ key, blobs: small })
      }
      claimed = [...items, ...commit.dropped]
      if (claimed.length > 0)
        await claims.keep({ id, since: storedAt, upload: null, items: claimed })
      return written
    }
    try {
      await content.append(prepare)
      await (answers.some(isSeq) ? commit.flush() : commit.abandon())
    } catch (err) {
      await commit.abandon()
      await cores.renew().catch(() => {}) // the store is failing: so will the next
      throw err
    }
    for (const [i, change] of changes.entries()) {
      const answer = answers[i] as number | RootPeerError
      if (isSeq(answer)) change.stored(answer, storedAt)
      else change.refused(answer)
    }
    this.#parts.committed()
    if (claimed.length > 0) this.#clear(id, commit.dropped)
  }

  /** In the background, one after the other; the claim goes when all are cleared. */
  #clear(id: string, dropped: readonly ClaimItem[]): void {
    const { claims, content, freed } = this.#parts
    let left = dropped.length
    const done = async (bytes: number): Promise<void> => {
      if (bytes > 0) freed(bytes)
      if (--left <= 0) await claims.drop(id)
    }
    const clearAll = async (): Promise<void> => {
      if (dropped.length === 0) await done(0)
      for (const { blobs } of dropped) await content.clear(blobs, () => done(bytesOf(blobs)))
    }
    clearAll().catch(() => {}) // the claim is still there: the next open does it
  }

  /** Of a write that found no room, nothing is stored, now or after; of any other, nobody knows. */
  #failed(changes: readonly Change[], err: unknown): void {
    const { code } = this.#parts.store.noteWriteError(err)
    for (const change of changes) {
      if (code === 'DISK_FULL') change.refused(rootFull())
      else change.lost()
    }
  }
}

function isSeq(answer: number | RootPeerError): answer is number {
  return typeof answer === 'number'
}
