// Claims a data folder and leaves it again: the lock, and under it the state file. Owns the order in
// which a start looks at a folder before it changes anything. Never opens the database.

import type { CorestoreStorage } from 'corestore'
import {
  diskFull,
  storeCopied,
  storeDamaged,
  storeNotWritable,
  storeSyncFailed
} from '../errors.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { nextState, readState, writeState } from './generation.ts'
import type { StoreState } from './generation.ts'
import {
  databaseFolder,
  hasContent,
  hasDeviceFile,
  isFull,
  lock,
  makeFolder,
  unlock
} from './opening.ts'
import { syncContent } from './sync.ts'
import type { SyncFiles } from './sync.ts'

export interface Claim {
  /** As the last opening left it; null for a new folder, or where it could not be read any more. */
  readonly previous: StoreState | null
  /** Of this opening, written and synced. */
  readonly state: StoreState
  /** Locked, not opened. */
  readonly storage: CorestoreStorage
}

/**
 * Takes the lock, removes the mark of a clean end and settles the generation, all before the first
 * write to the database.
 *
 * @throws STORE_LOCKED, STORE_COPIED, STORE_NEWER, STORE_NOT_WRITABLE, STORE_DAMAGED, DISK_FULL
 */
export async function claim(
  directory: string,
  { restored }: { restored: boolean }
): Promise<Claim> {
  await makeFolder(directory)
  // In the order opposite to a first start's, so that one that runs right now looks whole from here.
  const content = hasContent(directory)
  const known = lastState(directory, restored)
  if (!restored) refuseStrange(directory, known, content)

  const untouched = known === null && !content
  const storage = await lock(directory, { adopt: restored || untouched })
  try {
    const previous = lastState(directory, restored)
    const state = nextState(previous, { restored, hasContent: content })
    writeState(directory, state)
    return { previous, state, storage }
  } catch (err) {
    await unlock(storage)
    if (err instanceof RootPeerError) throw err
    throw isFull(err) ? diskFull(directory, err) : storeNotWritable(directory, err)
  }
}

/**
 * Leaves the mark of a clean end, once the database was closed. That has let go of the lock, so somebody
 * else may have opened the store since; then, or without room, there is no mark, and the next start is
 * a careful one.
 */
export async function leave(directory: string, state: StoreState, files: SyncFiles): Promise<void> {
  let storage: CorestoreStorage | null = null
  try {
    storage = await lock(directory, { adopt: false })
    if (readState(directory)?.opening !== state.opening) return
    await syncContent(files, databaseFolder(directory), /\.log$/)
    writeState(directory, { ...state, clean: true })
  } catch (err) {
    if (isFull(err)) return
    if (!(err instanceof RootPeerError)) throw storeSyncFailed(err)
    if (err.code !== 'STORE_LOCKED' && err.code !== 'DISK_FULL') throw err
  } finally {
    if (storage !== null) await unlock(storage)
  }
}

/** A folder that has lost a part of itself was not left so by us. */
function refuseStrange(directory: string, state: StoreState | null, content: boolean): void {
  if (state === null) {
    if (!content) return
    throw storeDamaged(
      directory,
      'root-peer.json is missing; restore it, or start with --restored to make it anew'
    )
  }
  const tied = hasDeviceFile(directory)
  if (content && !tied) throw storeCopied(directory)
  if (!content && (state.clean || !tied)) {
    throw storeDamaged(
      directory,
      'its database is gone; put a backup in its place, or remove root-peer.json to start anew'
    )
  }
}

/** The operator's word stands in for a state file that can't be read, but not for one of a later version. */
function lastState(directory: string, restored: boolean): StoreState | null {
  try {
    return readState(directory)
  } catch (err) {
    if (restored && err instanceof RootPeerError && err.code === 'STORE_DAMAGED') return null
    throw err
  }
}
