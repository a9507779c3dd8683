// The files of one room that is open: its index, its content, what is being stored and who watches.
// Settles at opening what a crash has left. Knows of no network.

import b4a from 'b4a'
import type { RoomId } from '../protocol/bytes.ts'
import { ChunksHash } from '../protocol/chunks-hash.ts'
import { badChunk } from '../protocol/files-errors.ts'
import type { Blob } from '../protocol/files-index.ts'
import type { FileWatch, StoredFile } from '../protocol/files-messages.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import { bytesOf, nameOf } from './blobs.ts'
import type { ChangeSink } from './change-follower.ts'
import { ChangeFollower } from './change-follower.ts'
import type { Claim, ClaimItem } from './claims.ts'
import { Claims } from './claims.ts'
import type { Change } from './commits.ts'
import { Commits } from './commits.ts'
import { Content } from './content.ts'
import { Cores } from './cores.ts'
import type { Found } from './index-core.ts'
import { toStored } from './index-core.ts'
import type { Reservation, RoomSpace } from './space.ts'
import type { Upload } from './upload.ts'
import { Uploads } from './uploads.ts'

export interface RoomFilesParts {
  store: Store
  space: RoomSpace
  /** So many bytes are not needed on the disk any more. */
  freed: (bytes: number) => void
  now: () => number
}

export class RoomFiles {
  readonly id: RoomId
  readonly cores: Cores
  readonly content: Content
  readonly uploads: Uploads
  readonly #space: RoomSpace
  readonly #now: () => number
  readonly #claims: Claims
  readonly #commits: Commits
  #resting = new Set<ChangeFollower>()
  #users = 0
  #unused: (() => void)[] = []

  private constructor(id: RoomId, parts: RoomFilesParts, cores: Cores) {
    const { store, space, now, freed } = parts
    this.id = id
    this.cores = cores
    this.#space = space
    this.#now = now
    this.content = new Content(cores, now)
    this.#claims = new Claims(store, id)
    this.uploads = new Uploads({
      claims: this.#claims,
      content: this.content,
      reserve: (bytes) => this.reserve(bytes),
      sync: () => store.sync(),
      now
    })
    this.#commits = new Commits({
      store,
      cores,
      content: this.content,
      claims: this.#claims,
      now,
      committed: () => this.#committed(),
      freed: (bytes) => {
        space.freed(id, bytes)
        freed(bytes)
      }
    })
  }

  static async open(id: RoomId, parts: RoomFilesParts): Promise<RoomFiles> {
    const cores = await Cores.open(parts.store, id, parts.now)
    const files = new RoomFiles(id, parts, cores)
    try {
      await files.#settle()
    } catch (err) {
      await cores.close()
      throw err
    }
    return files
  }

  /** What the files take of the room's space: index, content, and what was reserved for uploads. */
  get bytes(): number {
    return this.keptBytes + this.uploads.bytes
  }

  /** What was committed of that. */
  get keptBytes(): number {
    const { index } = this.cores
    return index === null ? 0 : index.byteLength + index.totals.contentBytes
  }

  /** What stands in the index. */
  get totals(): { entries: number; contentBytes: number } {
    const { files = 0, contentBytes = 0 } = this.cores.index?.totals ?? {}
    return { entries: files, contentBytes }
  }

  /** Seq that the next entry will not be below. */
  get length(): number {
    return this.cores.index?.length ?? 0
  }

  /** @throws `ROOM_FULL` */
  reserve(bytes: number): Reservation {
    return this.#space.reserve(this.id, bytes)
  }

  /** Takes a change into the next commit, or refuses it at once. */
  put(change: Change): void {
    this.#commits.push(change)
  }

  /** The hash over the chunks that an upload holds. */
  async hashOf(blobs: readonly Blob[]): Promise<Uint8Array> {
    const hash = new ChunksHash()
    for await (const leaf of this.content.leaves(blobs)) hash.addLeaf(leaf)
    return hash.value
  }

  /** Checks that an upload holds what its sender says. Throws `BAD_CHUNK`. */
  async check(upload: Upload, size: number, hash: Uint8Array): Promise<void> {
    await upload.settled()
    const held = bytesOf(upload.blobs)
    if (held !== size || held !== upload.size) {
      throw badChunk(`${held} bytes are here of ${upload.size}, and the entry says ${size}`)
    }
    if (!b4a.equals(hash, await this.hashOf(upload.blobs))) {
      throw badChunk('the chunks that are here are not those that the hash is over: begin anew')
    }
  }

  /** The entries of these seqs, or with 0 those that stand. */
  async findAll(wanted: readonly { key: Uint8Array; seq: number }[]): Promise<(Found | null)[]> {
    const { index } = this.cores
    if (index === null) return wanted.map(() => null)
    if (wanted.every(({ seq }) => seq > 0)) return index.atAll(wanted)
    return Promise.all(
      wanted.map(({ key, seq }) => (seq === 0 ? index.get(key) : index.at(key, seq)))
    )
  }

  /** The entries that stand under these keys; what there is none of is left out. */
  async stat(keys: readonly Uint8Array[]): Promise<StoredFile[]> {
    const found = await this.findAll(keys.map((key) => ({ key, seq: 0 })))
    return found.flatMap((each) => (each === null ? [] : [toStored(each)]))
  }

  async list(folder: Uint8Array, after: Uint8Array | null, limit: number): Promise<StoredFile[]> {
    const { index } = this.cores
    return index === null ? [] : (await index.list(folder, after, limit)).map(toStored)
  }

  async versions(key: Uint8Array): Promise<StoredFile[]> {
    const { index } = this.cores
    return index === null ? [] : (await index.older(key)).map(toStored)
  }

  /** A follower of changes; close it when its reader is gone. */
  follow(watch: FileWatch, sink: ChangeSink): ChangeFollower {
    return new ChangeFollower(this.cores, sink, watch, (follower) => this.#resting.add(follower))
  }

  forget(follower: ChangeFollower): void {
    follower.close()
    this.#resting.delete(follower)
  }

  /** Keeps the cores open until what it gives is called. */
  use(): () => void {
    this.#users++
    return () => {
      if (--this.#users === 0) for (const resolve of this.#unused.splice(0)) resolve()
    }
  }

  /** Ends what is left over: uploads nobody went on with, and holds of readers that do not read on. */
  async expire(): Promise<void> {
    this.content.expire()
    await this.uploads.expire(this.#now() - limits.fileUploadTtlMs)
  }

  /** Commits and answers what was accepted, then closes the cores. */
  async close(): Promise<void> {
    this.#resting.clear()
    await this.uploads.close()
    await this.#commits.close()
    await this.content.settled()
    if (this.#users > 0) await new Promise<void>((resolve) => this.#unused.push(resolve))
    await this.cores.close()
  }

  #committed(): void {
    const resting = this.#resting
    this.#resting = new Set()
    for (const follower of resting) follower.pump()
  }

  async #settle(): Promise<void> {
    await this.cores.discard()
    const until = this.#now() - limits.fileUploadTtlMs
    for (const claim of await this.#claims.all()) {
      const loose: ClaimItem[] = []
      for (const item of claim.items) if (!(await this.#isReferred(item))) loose.push(item)
      const [item] = loose
      if (claim.upload !== null && item !== undefined && claim.since > until) {
        const blobs = await this.#held(item.blobs)
        if (this.#restore({ ...claim, items: [{ key: item.key, blobs }] }, claim.upload.size))
          continue
      }
      for (const { blobs } of loose) await this.content.clear(blobs, async () => {})
      await this.#claims.drop(claim.id)
    }
  }

  /** False if the room has no space for it any more. */
  #restore(claim: Claim, size: number): boolean {
    try {
      this.uploads.restore(claim, size)
      return true
    } catch {
      return false
    }
  }

  async #isReferred({ key, blobs }: ClaimItem): Promise<boolean> {
    const { index } = this.cores
    if (index === null || blobs.length === 0) return false
    const standing = await index.get(key)
    const kept = [...(standing === null ? [] : [standing]), ...(await index.older(key))]
    return kept.some((each) => nameOf(each.blobs) === nameOf(blobs))
  }

  /** What was written down before it was appended may never have been. */
  async #held(blobs: readonly Blob[]): Promise<Blob[]> {
    const held: Blob[] = []
    for (const blob of blobs) {
      const core = await this.cores.core(blob.core)
      if (blob.blockOffset >= core.length) continue
      const lost = blob.blockOffset + blob.blockLength - core.length
      if (lost <= 0) held.push(blob)
      else {
        const byteLength = core.byteLength - blob.byteOffset
        held.push({ ...blob, blockLength: blob.blockLength - lost, byteLength })
      }
    }
    return held
  }
}
