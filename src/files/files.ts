// All files: those of a room are opened on demand, shared while anybody has them open, and closed when
// idle. A room without files costs nothing. Gives up, in time, what no one went on with.

import b4a from 'b4a'
import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { shuttingDown } from '../protocol/errors.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { limits } from '../limits.ts'
import type { Founder } from '../rooms/record.ts'
import type { Store } from '../storage/store.ts'
import { Claims, roomsWithClaims } from './claims.ts'
import { readFilesRecord, roomsWithFiles } from './files-record.ts'
import { Kept } from './kept.ts'
import { Cores } from './cores.ts'
import { RoomFiles } from './room-files.ts'
import type { RoomSpace } from './space.ts'
import { UNLIMITED } from './space.ts'

export interface FilesOptions {
  now: () => number
  /** What rooms may take; without a bound unless given. */
  space?: RoomSpace
  /** So many bytes are not needed on the disk any more. */
  freed?: (bytes: number) => void
  /** Whether a room is kept: files of one that is not are what a crash left of it. */
  isKept?: (id: RoomId) => Promise<boolean>
  /** Time after which the files of a room are closed that nobody has open; `limits.roomIdleMs` unless given. */
  idleMs?: number
}

interface Open {
  files: Promise<RoomFiles>
  loaded: RoomFiles | null
  users: number
  idleSince: number
}

export class Files {
  readonly #store: Store
  readonly #options: FilesOptions
  readonly #open = new Map<string, Open>()
  readonly #closing = new Map<string, Promise<void>>()
  readonly #idle: NodeJS.Timeout
  readonly #sweep: NodeJS.Timeout
  readonly #kept: Kept
  #counting: Promise<void> = Promise.resolve()
  #closed = false

  private constructor(store: Store, kept: Kept, options: FilesOptions) {
    this.#store = store
    this.#kept = kept
    this.#options = options
    const idleMs = options.idleMs ?? limits.roomIdleMs
    this.#idle = setInterval(() => this.#closeIdle(idleMs), idleMs / 2)
    this.#idle.unref()
    this.#sweep = setInterval(() => void this.sweep().catch(() => {}), limits.fileSweepMs)
    this.#sweep.unref()
  }

  static async open(store: Store, options: FilesOptions): Promise<Files> {
    const files = new Files(store, await Kept.open(store), options)
    files.#counting = files.#count().catch(() => {}) // the store is gone: the next start counts
    return files
  }

  /** What the files of all rooms take; too little while they are counted after a crash. */
  get bytesKept(): number {
    return this.#kept.bytes
  }

  /** Rooms whose files are open now. */
  get size(): number {
    return this.#open.size
  }

  /**
   * Opens the files of a room for one user, who must `release` them. Nothing is written for a room that
   * has none.
   *
   * @throws `SHUTTING_DOWN`; what the store throws
   */
  async acquire(id: RoomId): Promise<RoomFiles> {
    const key = mapKey(id)
    while (this.#closing.has(key)) await this.#closing.get(key)
    if (this.#closed) throw shuttingDown()
    let open = this.#open.get(key)
    if (open === undefined) {
      open = { files: this.#load(id), loaded: null, users: 0, idleSince: 0 }
      this.#open.set(key, open)
    }
    open.users++
    open.idleSince = 0
    try {
      open.loaded = await open.files
      return open.loaded
    } catch (err) {
      if (this.#open.get(key) === open) this.#open.delete(key)
      throw err
    }
  }

  /** One user is gone. */
  release(files: RoomFiles): void {
    const open = this.#open.get(mapKey(files.id))
    // After a reopen others go by this name.
    if (open?.loaded === files && --open.users === 0) open.idleSince = this.#options.now()
  }

  /**
   * What the files of a room take that was committed, if they are open; null otherwise.
   *
   * @param key - `mapKey` of the room's id: asked at each commit, which is to cost little
   */
  bytesNow(key: string): number | null {
    return this.#open.get(key)?.loaded?.keptBytes ?? null
  }

  /** What the files of a room take of its space, exactly; opens them if they are not, and there are some. */
  async bytesOf(id: RoomId): Promise<number> {
    if (!this.#open.has(mapKey(id)) && (await readFilesRecord(this.#store, id)) === null) return 0
    const files = await this.acquire(id)
    try {
      return files.bytes
    } finally {
      this.release(files)
    }
  }

  /**
   * Deletes all files of a room; whoever holds them must have been sent away before. Its space is given
   * back to the disk, and to who answered for the room.
   */
  async erase(id: RoomId, founder: Founder | null): Promise<void> {
    const key = mapKey(id)
    this.#closeOne(key)
    while (this.#closing.has(key)) await this.#closing.get(key)
    const claims = new Claims(this.#store, id)
    for (const claim of await claims.all()) await claims.drop(claim.id)
    const counted = !this.#kept.misses(id)
    const bytes = await Cores.erase(this.#store, id)
    if (bytes === 0) return
    if (counted) this.#kept.erased(bytes)
    this.#options.freed?.(bytes)
    this.#options.space?.erased(id, bytes, founder)
  }

  /** Says what a failed write was, and acts on it. */
  noteWriteError(err: unknown): RootPeerError {
    return this.#store.noteWriteError(err)
  }

  /** Gives up uploads that nobody went on with for a day, in rooms that are open and in others. */
  async sweep(): Promise<void> {
    for (const { loaded } of this.#open.values()) await loaded?.expire()
    const until = this.#options.now() - limits.fileUploadTtlMs
    for (const key of await roomsWithClaims(this.#store, until)) {
      const files = await this.acquire(b4a.from(key, 'hex') as unknown as RoomId)
      this.release(files)
    }
  }

  /** Closes the files of all rooms; whoever holds some must have been sent away before. They open again on demand. */
  async rest(): Promise<void> {
    for (const key of [...this.#open.keys()]) this.#closeOne(key)
    await Promise.all(this.#closing.values())
  }

  /** Commits and answers what was accepted, then closes everything. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#idle)
    clearInterval(this.#sweep)
    await this.#counting
    await this.rest()
    await this.#kept.close().catch(() => {}) // then all is counted at the next start
  }

  async #load(id: RoomId): Promise<RoomFiles> {
    const { now, space = UNLIMITED, freed = () => {} } = this.#options
    const files = await RoomFiles.open(id, { store: this.#store, space, freed, now })
    this.#kept.opened(id, files)
    return files
  }

  async #count(): Promise<void> {
    const { isKept } = this.#options
    for await (const id of roomsWithFiles(this.#store)) {
      if (this.#closed) return
      if (!this.#kept.misses(id)) continue
      if (isKept === undefined || (await isKept(id))) await this.bytesOf(id)
      else await this.erase(id, null)
      const key = mapKey(id)
      if (this.#open.get(key)?.users === 0) this.#closeOne(key)
      await this.#closing.get(key)
    }
    this.#kept.complete()
  }

  #closeIdle(idleMs: number): void {
    const until = this.#options.now() - idleMs
    for (const [key, { users, idleSince, loaded }] of this.#open) {
      if (users === 0 && idleSince <= until) this.#closeOne(key)
      else loaded?.content.expire()
    }
  }

  #closeOne(key: string): void {
    const open = this.#open.get(key)
    if (open === undefined) return
    this.#open.delete(key)
    const closing = open.files
      .then((files) => {
        this.#kept.closed(files.id)
        return files.close()
      })
      .catch(() => {}) // it never opened, or the store is gone: nothing to close
      .finally(() => this.#closing.delete(key))
    this.#closing.set(key, closing)
  }
}
