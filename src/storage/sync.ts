// One sync for all who wait: makes what RocksDB has written to its logs survive a power cut.
// Owns the rule of which logs to sync, and that a failed sync is never tried again.
// Never writes, never knows what a core is.

import { open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { Counters } from '../counters.ts'
import { storeFailed, storeSyncFailed } from '../errors.ts'

/** An open file or folder. */
export interface SyncFile {
  datasync(): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The calls to the file system that durability hangs on; a test counts, records and fails them. */
export interface SyncFiles {
  list(folder: string): Promise<string[]>
  open(path: string): Promise<SyncFile>
}

export const nodeFiles: SyncFiles = {
  list: (folder) => readdir(folder),
  open: (file) => open(file, 'r')
}

interface Waiter {
  resolve(): void
  reject(err: Error): void
}

export interface SyncOptions {
  /** The folder of the database, with its `*.log` files. */
  folder: string
  /** The number of the log that is written to now. */
  liveLog: () => Promise<number>
  files?: SyncFiles
  counters?: Counters
  /** Called once, before any waiter hears of the failure. */
  onfailed?: (err: Error) => void
}

/**
 * The shared sync. RocksDB goes on to a new log every 64 MB or so, and a write can be in the one before
 * the live one: so a sync covers every log from the one that was live when the last successful sync
 * began. Older ones hold nothing that came after that beginning.
 */
export class Sync {
  readonly #folder: string
  readonly #liveLog: () => Promise<number>
  readonly #files: SyncFiles
  readonly #counters: Counters
  readonly #onfailed: (err: Error) => void
  #waiting: Waiter[] = []
  #running: Promise<void> | null = null
  #failed: Error | null = null
  #closed = false
  #floor = 0
  #live: { number: number; file: SyncFile } | null = null

  constructor(options: SyncOptions) {
    this.#folder = options.folder
    this.#liveLog = options.liveLog
    this.#files = options.files ?? nodeFiles
    this.#counters = options.counters ?? new Counters()
    this.#onfailed = options.onfailed ?? (() => {})
  }

  /** Why nothing may be written any more; null while all is well. */
  get refusal(): Error | null {
    return this.#failed ?? (this.#closed ? storeFailed('it is closed') : null)
  }

  /**
   * Resolves after a sync that began after this call.
   *
   * @throws STORE_SYNC_FAILED if it failed, or one before it
   */
  request(): Promise<void> {
    if (this.refusal !== null) return Promise.reject(this.refusal)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Refuses new requests, ends the ones under way, and lets go of the log. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#keep(null)
  }

  async #run(): Promise<void> {
    // Writes that end in the same turn of the event loop share the first sync already.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0 && this.#failed === null) {
      const served = this.#waiting
      this.#waiting = []
      try {
        await this.#sync()
      } catch (cause) {
        this.#fail(served, cause)
        break
      }
      for (const waiter of served) waiter.resolve()
    }
    this.#running = null
  }

  async #sync(): Promise<void> {
    const begun = performance.now()
    const number = await this.#liveLog()
    if (this.#live?.number === number) await this.#live.file.datasync()
    else await this.#syncLogs(number)
    this.#floor = number
    this.#counters.syncs++
    this.#counters.syncMs += performance.now() - begun
  }

  /** The log has changed since the last sync: all that may hold something new, then their names. */
  async #syncLogs(live: number): Promise<void> {
    const numbers = (await this.#files.list(this.#folder)).map(logNumber)
    for (const number of numbers.filter((n) => n >= this.#floor).sort((a, b) => a - b)) {
      const file = await openIfThere(this.#files, path.join(this.#folder, logName(number)))
      if (file === null) continue
      try {
        await file.datasync()
      } catch (err) {
        await file.close()
        throw err
      }
      if (number === live) await this.#keep({ number, file })
      else await file.close()
    }
    await syncFolder(this.#files, this.#folder)
  }

  async #keep(live: { number: number; file: SyncFile } | null): Promise<void> {
    const previous = this.#live
    this.#live = live
    await previous?.file.close()
  }

  #fail(served: Waiter[], cause: unknown): void {
    // After a failed fsync the kernel may have dropped the pages and will report success the next time.
    const err = storeSyncFailed(cause)
    this.#failed = err
    this.#onfailed(err)
    for (const waiter of served.concat(this.#waiting)) waiter.reject(err)
    this.#waiting = []
  }
}

/** Syncs the names in a folder. */
export async function syncFolder(files: SyncFiles, folder: string): Promise<void> {
  const handle = await files.open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Syncs the files of a folder whose names match, one after the other, then the folder. */
export async function syncContent(files: SyncFiles, folder: string, which: RegExp): Promise<void> {
  for (const name of await files.list(folder)) {
    if (!which.test(name)) continue
    const file = await openIfThere(files, path.join(folder, name))
    if (file === null) continue
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
  await syncFolder(files, folder)
}

/** Null if it has vanished: RocksDB removes a log or a table once all of it is in tables it has synced. */
async function openIfThere(files: SyncFiles, file: string): Promise<SyncFile | null> {
  try {
    return await files.open(file)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw err
  }
}

function logNumber(name: string): number {
  return /^\d+\.log$/.test(name) ? Number.parseInt(name, 10) : -1
}

function logName(number: number): string {
  return `${String(number).padStart(6, '0')}.log`
}
