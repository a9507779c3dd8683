// Opens and closes the Corestore of a data folder: the lock first, then the database; a half-open is
// undone. Owns the one sentence for each way in which that fails. Never deletes what it can't make anew.

import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import Corestore from 'corestore'
import type { CorestoreStorage } from 'corestore'
import Hypercore from 'hypercore'
import {
  diskFull,
  reasonOf,
  storeCopied,
  storeDamaged,
  storeFailed,
  storeLocked,
  storeNewer,
  storeNotWritable
} from '../errors.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { nodeFiles, syncFolder } from './sync.ts'

/** The Corestore has a folder of its own, since it moves unknown files out of the way. */
export function corestoreFolder(directory: string): string {
  return path.join(directory, 'corestore')
}

export function databaseFolder(directory: string): string {
  return path.join(corestoreFolder(directory), 'db')
}

/**
 * The files of a database that can be synced one by one. Not `LOCK`: to open and close that one would
 * give up RocksDB's lock, as POSIX has it.
 */
export const DATABASE_FILES: RegExp = /^(?!LOCK$)/

/** Ties the folder to its place on this disk, and is the lock. The library makes it. */
function deviceFile(directory: string): string {
  return path.join(corestoreFolder(directory), 'CORESTORE')
}

/** @throws STORE_NOT_WRITABLE, DISK_FULL */
export async function makeFolder(directory: string): Promise<void> {
  try {
    await makeFolders(corestoreFolder(directory))
  } catch (err) {
    throw isFull(err) ? diskFull(directory, err) : storeNotWritable(directory, err)
  }
}

/**
 * Makes what is missing of a path, durably. Node's own recursive mkdir never returns where the system
 * says that a parent which exists does not.
 */
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
    await syncFolder(nodeFiles, path.dirname(folder))
  } catch (err) {
    if (codeOf(err) === 'EEXIST' && (await stat(folder)).isDirectory()) return
    if (codeOf(err) !== 'ENOENT' || existsSync(path.dirname(folder))) throw err
    await makeFolders(path.dirname(folder))
    await makeFolders(folder)
  }
}

/**
 * Whether a database is here already.
 *
 * @throws STORE_DAMAGED for one without its entry point: RocksDB would begin an empty one over it
 */
export function hasContent(directory: string): boolean {
  const folder = databaseFolder(directory)
  const names = existsSync(folder) ? readdirSync(folder) : []
  if (names.includes('CURRENT')) return true
  if (!names.some((name) => /\.(log|sst|blob)$/.test(name))) return false
  throw storeDamaged(directory, 'corestore/db/CURRENT is missing; put a backup in its place')
}

export function hasDeviceFile(directory: string): boolean {
  return existsSync(deviceFile(directory))
}

/**
 * Takes the lock and opens nothing. A copied folder is refused, unless `adopt`: then it is tied to its
 * new place. That is done only once the lock was free, so never under a running process.
 *
 * @throws STORE_LOCKED, STORE_COPIED, STORE_DAMAGED, STORE_NOT_WRITABLE, DISK_FULL
 */
export async function lock(
  directory: string,
  { adopt }: { adopt: boolean }
): Promise<CorestoreStorage> {
  try {
    return await tryLock(directory)
  } catch (err) {
    if (codeOf(err) !== 'DEVICE_FILE') throw lockingError(directory, err)
    if (!adopt) throw await copiedError(directory, err)
  }
  try {
    await rm(deviceFile(directory))
    return await tryLock(directory)
  } catch (err) {
    throw lockingError(directory, err)
  }
}

async function tryLock(directory: string): Promise<CorestoreStorage> {
  const storage = Hypercore.defaultStorage(corestoreFolder(directory))
  // As it comes it deletes the logs when an open fails in a certain way, and acknowledged data with them.
  storage._maybeRecoverLater = () => {}
  try {
    await storage.deviceFile?.ready()
    return storage
  } catch (err) {
    // A file that was locked, but could not be written, is left open.
    await storage.deviceFile?.lock?.close()
    throw err
  }
}

/** Lets go of a lock under which nothing was opened. */
export async function unlock(storage: CorestoreStorage): Promise<void> {
  await storage.deviceFile?.close()
}

/**
 * Opens the database under the lock, which is let go of if that fails.
 *
 * @throws STORE_NEWER, STORE_DAMAGED, STORE_NOT_WRITABLE, STORE_LOCKED, DISK_FULL
 */
export async function openCorestore(
  directory: string,
  storage: CorestoreStorage
): Promise<Corestore> {
  const corestore = new Corestore(storage)
  try {
    await corestore.ready()
    return corestore
  } catch (err) {
    await closeCorestore(corestore).catch(() => {})
    throw openingError(directory, err)
  }
}

/**
 * Closes everything and lets go of the lock, whatever state the database is in: a Corestore that failed
 * to open, or holds a core that did, gives up half way.
 *
 * @throws STORE_FAILED for the first of what did not go well
 */
export async function closeCorestore(corestore: Corestore): Promise<void> {
  const { storage } = corestore
  const steps = [
    () => corestore.close(),
    () => storage.close(),
    () => storage.rocks.close({ force: true }),
    () => unlock(storage)
  ]
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (err) {
      failures.push(err)
    }
  }
  if (failures.length > 0)
    throw storeFailed(`it did not close well (${reasonOf(failures[0])})`, failures[0])
}

/** Whether a write failed for want of room, as the file system or a quota has it. */
export function isFull(err: unknown): boolean {
  const code = codeOf(err)
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  if (!(err instanceof Error)) return false
  return /no space left on device|disk quota exceeded/i.test(err.message) || isFull(err.cause)
}

/** Whether RocksDB refused a write; from then on it refuses all of them. */
export function isRefusedBatch(err: unknown): boolean {
  return err instanceof Error && /batch was not applied/i.test(err.message)
}

function lockingError(directory: string, err: unknown): RootPeerError {
  if (isLocked(err)) return storeLocked(directory, err)
  if (isFull(err)) return diskFull(directory, err)
  return storeNotWritable(directory, err)
}

function openingError(directory: string, err: unknown): RootPeerError {
  if (isLocked(err)) return storeLocked(directory, err)
  if (isFull(err)) return diskFull(directory, err)
  if (/unsupported version/i.test(reasonOf(err))) return storeNewer(directory, err)
  if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(err))) return storeNotWritable(directory, err)
  return storeDamaged(directory, `${reasonOf(err)}; put a backup in its place`, err)
}

async function copiedError(directory: string, err: unknown): Promise<RootPeerError> {
  const text = await readFile(deviceFile(directory), 'utf8').catch(() => '')
  if (text.includes('device/inode=')) return storeCopied(directory, err)
  return storeDamaged(
    directory,
    'corestore/CORESTORE is not whole; start with --restored to make it anew',
    err
  )
}

/** By the lock of ours, or by RocksDB's own, which is there still when the file of ours was removed. */
function isLocked(err: unknown): boolean {
  return /could not be locked|while lock file/i.test(reasonOf(err))
}

function codeOf(err: unknown): string {
  return (err as NodeJS.ErrnoException | null)?.code ?? ''
}
