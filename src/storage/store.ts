// The corestore's one owner: nobody else opens the database or touches the data folder. Owns what is
// durable, the generation, and whether writing is allowed. Never knows what a core is for.

import { EventEmitter } from 'node:events'
import path from 'node:path'
import type { KeyPair } from '@hyperswarm/secret-stream'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { Counters } from '../counters.ts'
import { diskFull, reasonOf, storeFailed, storeSyncFailed } from '../errors.ts'
import { limits } from '../limits.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { claim, leave } from './claim.ts'
import { Database } from './database.ts'
import type { Peeked } from './database.ts'
import { Disk } from './disk.ts'
import type { DiskSpace } from './disk.ts'
import { writeState } from './generation.ts'
import type { StoreState } from './generation.ts'
import {
  DATABASE_FILES,
  closeCorestore,
  corestoreFolder,
  databaseFolder,
  isFull,
  isRefusedBatch,
  lock,
  openCorestore
} from './opening.ts'
import type { Notes } from './notes.ts'
import { Reclaim } from './reclaim.ts'
import type { StoreEvents, StoreOptions } from './store-options.ts'
import { nodeFiles, syncContent, syncFolder } from './sync.ts'
import { usedBytes } from './usage.ts'
import type { SyncFiles } from './sync.ts'

export type { StoreEvents, StoreOptions } from './store-options.ts'

export class Store extends EventEmitter<StoreEvents> {
  readonly directory: string
  /** False if acknowledged writes may be lost in a power cut. */
  readonly durable: boolean
  /** Raised whenever the storage may have gone back in time: cores written under a lower one have ended. */
  readonly generation: number
  /** Derived from the corestore's primary key: the same after every restart. */
  readonly keyPair: KeyPair
  readonly #state: StoreState
  readonly #disk: Disk
  readonly #reclaim: Reclaim
  readonly #files: SyncFiles
  readonly #counters: Counters
  readonly #oncorestore: (corestore: Corestore) => void
  #database: Database
  #failed: Error | null = null
  #reopening: Promise<void> | null = null
  #closing: Promise<void> | null = null

  /**
   * Opens the store of a folder, made if missing. On a failure nothing stays open or locked, and nothing
   * was deleted.
   *
   * @throws STORE_LOCKED, STORE_COPIED, STORE_NEWER, STORE_NOT_WRITABLE, STORE_DAMAGED, DISK_FULL,
   * STORE_SYNC_FAILED
   */
  static async open(options: StoreOptions): Promise<Store> {
    const directory = path.resolve(options.directory)
    const { previous, state, storage } = await claim(directory, {
      restored: options.restored === true
    })
    const files = options.syncFiles ?? nodeFiles
    const corestore = await openCorestore(directory, storage)
    let store: Store | null = null
    try {
      // What an unclean end left in the page cache is about to be served, so it must not vanish any more.
      if (previous?.clean !== true) {
        await syncContent(files, databaseFolder(directory), DATABASE_FILES)
      }
      await syncContent(files, corestoreFolder(directory), /^CORESTORE$/)
      await syncFolder(files, directory)
      const keyPair = await corestore.createKeyPair('root-peer')
      store = new Store(options, { directory, state, corestore, keyPair })
      await store.sync()
      await store.#reclaim.remember()
      await store.#disk.start()
      return store
    } catch (err) {
      await (store === null ? closeCorestore(corestore) : store.#database.close()).catch(() => {})
      if (err instanceof RootPeerError) throw err
      throw isFull(err) ? diskFull(directory, err) : storeSyncFailed(err)
    }
  }

  private constructor(
    options: StoreOptions,
    parts: { directory: string; state: StoreState; corestore: Corestore; keyPair: KeyPair }
  ) {
    super()
    this.directory = parts.directory
    this.durable = options.fsync !== false
    this.generation = parts.state.generation
    this.keyPair = parts.keyPair
    this.#state = parts.state
    this.#files = options.syncFiles ?? nodeFiles
    this.#counters = options.counters ?? new Counters()
    this.#oncorestore = options.oncorestore ?? (() => {})
    this.#database = this.#holding(parts.corestore)
    this.#disk = new Disk({
      directory: parts.directory,
      reserveBytes: options.diskReserveBytes ?? limits.diskReserveBytes,
      checkMs: options.diskCheckMs ?? limits.diskCheckMs,
      ...(options.freeBytes && { freeBytes: options.freeBytes })
    })
    this.#reclaim = new Reclaim({
      compact: () => this.#database.compact(),
      usedBytes: () => usedBytes(databaseFolder(this.directory)),
      notes: () => this.notes,
      short: () => !this.#disk.writable,
      failed: (err) => void (this.#failed === null && this.noteWriteError(err))
    })
    this.#disk.on('read-only', (reason) => this.emit('read-only', reason))
    this.#disk.on('read-only', () => this.#reclaim.look())
    this.#disk.on('writable', () => this.emit('writable'))
    this.#disk.on('space', () => this.emit('space'))
  }

  /** Replaced by {@link Store.reopen}: read it anew each time. */
  get corestore(): Corestore {
    return this.#database.corestore
  }

  /** Replaced by {@link Store.reopen}: read it anew each time. */
  get notes(): Notes {
    return this.#database.notes
  }

  /** The last openings of the folder, ours at the end: a version that knew nothing of it was not in between. */
  get openings(): readonly string[] {
    return this.#state.openings
  }

  /** False while there is no room on the disk, after a failed sync, and from closing on. */
  get writable(): boolean {
    return this.#disk.writable && this.#failed === null && this.#closing === null
  }

  /** Set once a sync or the database failed: nothing may be acknowledged any more. */
  get failed(): Error | null {
    return this.#failed
  }

  /** True after a write failed for want of room: all further writes fail until {@link Store.reopen}. */
  get needsReopen(): boolean {
    return this.#disk.needsReopen
  }

  /**
   * A core by its name, made if missing. It is ready, and no write to it shows anywhere before it is
   * durable, unless `synced` is false: then whoever tells of it sees to that. The caller closes it.
   * @throws what {@link Store.noteWriteError} makes of it
   */
  openCore(name: string, { synced = true }: { synced?: boolean } = {}): Promise<Hypercore> {
    return this.#database.openCore(name, { durable: this.durable && synced })
  }

  /** The end of a core, without opening it; null if there is no such core. */
  peek(key: Uint8Array): Promise<Peeked | null> {
    return this.#database.peek(key)
  }

  /** Removes a core that nobody has open, with all that is in it. */
  removeCore(key: Uint8Array): Promise<void> {
    return this.#database.removeCore(key)
  }

  /** So many bytes of blocks were cleared, or removed: the disk gets them back when it is worth it. */
  freed(bytes: number): void {
    this.#reclaim.freed(bytes)
  }

  /** Resolves when nothing is being given back to the disk. */
  reclaimed(): Promise<void> {
    return this.#reclaim.settled()
  }

  /**
   * Resolves after a sync that began after this call; at once where the store is not durable.
   *
   * @throws STORE_SYNC_FAILED for ever after a failure, STORE_FAILED once closed
   */
  async sync(): Promise<void> {
    if (this.#failed !== null) throw this.#failed
    if (this.durable) await this.#database.sync.request()
  }

  /**
   * Asks the disk whether it is there: reads, and where the store is durable, syncs. It may never answer,
   * which is an answer too.
   *
   * @throws as {@link Store.sync}, or what reading threw
   */
  async probe(): Promise<void> {
    await this.#reopening?.catch(() => {}) // its caller was told
    await this.notes.get('probe') // there is none
    await this.sync()
  }

  /** What the data folder takes, and what is free. Looks at every file. */
  space(): Promise<DiskSpace> {
    return this.#disk.space()
  }

  /**
   * Says what a failed write was, and acts on it. `DISK_FULL` turns the store read-only until a reopen;
   * of a batch that failed so, nothing is in the database, now or after. Whatever else the database
   * refuses a batch for has an unknown outcome and ends the store, as a failed sync does.
   */
  noteWriteError(err: unknown): RootPeerError {
    if (err instanceof RootPeerError) return err
    if (isFull(err)) {
      const reason = diskFull(this.directory, err)
      this.#disk.writeFailed(reason)
      return reason
    }
    const failure = storeFailed(reasonOf(err), err)
    if (isRefusedBatch(err)) this.#fail(failure)
    return failure
  }

  /**
   * Closes the database and opens it again, which mends it after the disk was full. The caller has
   * closed its cores. If there is too little room even for that, `space` comes again later.
   *
   * @throws as {@link Store.open}
   */
  reopen(): Promise<void> {
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = null
    })
    return this.#reopening
  }

  /** Syncs and closes everything, then leaves the mark of a clean end. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #reopen(): Promise<void> {
    if (this.#closing !== null) throw storeFailed('it is closed')
    if (!this.needsReopen) return
    try {
      await this.#reclaim.settled()
      // A core whose creation failed makes this throw; if something did stay open, the lock will tell.
      await this.#database.close().catch(() => {})
      const storage = await lock(this.directory, { adopt: false })
      this.#database = this.#holding(await openCorestore(this.directory, storage))
      await this.#reclaim.remember()
      await this.sync()
    } catch (err) {
      this.#disk.reopenFailed()
      throw err
    }
    this.#disk.reopened()
  }

  async #close(): Promise<void> {
    this.#disk.stop()
    await this.#reclaim.close()
    await this.#reopening?.catch(() => {})
    await this.#database.close().catch((err: unknown) => {
      if (!this.needsReopen) throw err
    })
    if (this.#failed === null) await leave(this.directory, this.#state, this.#files)
  }

  #holding(corestore: Corestore): Database {
    this.#oncorestore(corestore)
    return new Database(corestore, {
      directory: this.directory,
      files: this.#files,
      counters: this.#counters,
      onfailed: (err) => this.#fail(err),
      refusal: () => this.#failed ?? (this.needsReopen ? diskFull(this.directory) : null),
      failed: (err) => this.noteWriteError(err)
    })
  }

  #fail(err: Error): void {
    if (this.#failed !== null) return
    this.#failed = err
    try {
      // What the kernel dropped is lost without a reboot, so the boot id must not vouch for it.
      writeState(this.directory, { ...this.#state, bootId: null })
    } catch {
      // The disk is failing: that was the attempt
    }
    this.emit('failed', err)
  }
}
