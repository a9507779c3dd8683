// What is open of a data folder: the corestore, its shared sync, its notes. Closed as one, and replaced
// as one by a reopen. Owns the ways to a core; never decides whether anything may be written.

import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import crypto from 'hypercore-crypto'
import type { Counters } from '../counters.ts'
import { rootIndexes } from '../protocol/inclusion.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { makeDurable } from './durable.ts'
import { Notes } from './notes.ts'
import { closeCorestore, databaseFolder } from './opening.ts'
import { Sync } from './sync.ts'
import type { SyncFiles } from './sync.ts'

export interface DatabaseOptions {
  directory: string
  files: SyncFiles
  counters: Counters
  /** A sync failed. */
  onfailed: (err: Error) => void
  /** Why nothing may be written now; null if it may. */
  refusal: () => Error | null
  /** Says what a failed write was, and acts on it. */
  failed: (err: unknown) => RootPeerError
}

/** The end of a core, read without opening it. */
export interface Peeked {
  length: number
  /** Bytes of all blocks. */
  byteLength: number
  /** What the last block holds; null if it is not kept, or there is none. */
  last: Uint8Array | null
}

export class Database {
  readonly corestore: Corestore
  readonly sync: Sync
  readonly notes: Notes
  readonly #failed: (err: unknown) => RootPeerError

  constructor(corestore: Corestore, options: DatabaseOptions) {
    const { directory, files, counters, onfailed, refusal, failed } = options
    const { rocks } = corestore.storage
    this.corestore = corestore
    this.#failed = failed
    this.sync = new Sync({
      folder: databaseFolder(directory),
      liveLog: async () => (await rocks.currentWalFile()).number,
      files,
      counters,
      onfailed
    })
    this.notes = new Notes({ corestore, refusal, failed })
  }

  /** A core by its name, made if missing, and ready. */
  async openCore(name: string, { durable }: { durable: boolean }): Promise<Hypercore> {
    let core: Hypercore | null = null
    try {
      core = this.corestore.get({ name })
      await core.ready()
    } catch (err) {
      await core?.close().catch(() => {})
      throw this.#failed(err)
    }
    if (durable) makeDurable(core, this.sync)
    return core
  }

  /**
   * The end of a core, without opening it: that would cost twenty times the memory.
   *
   * @returns null if there is no such core
   */
  async peek(key: Uint8Array): Promise<Peeked | null> {
    const core = await this.corestore.storage.resumeCore(crypto.discoveryKey(key))
    if (core === null) return null
    try {
      const heads = core.read()
      const asked = heads.getHead()
      heads.tryFlush()
      const length = (await asked)?.length ?? 0
      if (length === 0) return { length, byteLength: 0, last: null }
      const reader = core.read()
      const last = reader.getBlock(length - 1)
      const roots = rootIndexes(length).map((index) => reader.getTreeNode(index))
      reader.tryFlush()
      let byteLength = 0
      for (const root of await Promise.all(roots)) byteLength += root?.size ?? 0
      return { length, byteLength, last: await last }
    } finally {
      await core.close()
    }
  }

  /** Removes a core that nobody has open, whole. */
  async removeCore(key: Uint8Array): Promise<void> {
    const { cores, storage } = this.corestore
    const discoveryKey = crypto.discoveryKey(key)
    try {
      // One that was just closed stays open for a while, in case it is wanted again.
      await cores.get(discoveryKey)?.close()
      const core = await storage.resumeCore(discoveryKey)
      if (core === null) return
      await core.close()
      await storage.deleteCore(core.core)
    } catch (err) {
      throw this.#failed(err)
    }
  }

  /** Writes all that is left anew, so that what was cleared takes no room any more. */
  async compact(): Promise<void> {
    await this.corestore.storage.db.compactRange({
      bottommostLevelCompaction: 2,
      blobGarbageCollectionPolicy: 1,
      blobGarbageCollectionAgeCutoff: 1
    })
  }

  /** Ends the syncs under way, then closes everything and lets go of the lock. */
  async close(): Promise<void> {
    await this.sync.close()
    await this.notes.close().catch(() => {}) // should it stay open, the lock will tell
    await closeCorestore(this.corestore)
  }
}
