// What a store is opened with, and what it tells.

import type Corestore from 'corestore'
import type { Counters } from '../counters.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import type { SyncFiles } from './sync.ts'

export interface StoreOptions {
  directory: string
  /** False: a write is acknowledged before it is durable, which clients are told. Default true. */
  fsync?: boolean
  /** The operator says that this folder is a copy or a backup on purpose. */
  restored?: boolean
  /** Below this much free space the store is read-only. */
  diskReserveBytes?: number
  diskCheckMs?: number
  /** Free bytes of the disk that holds the folder; `statfs` unless given. */
  freeBytes?: (directory: string) => Promise<number>
  /** The calls that durability hangs on; Node's unless given. */
  syncFiles?: SyncFiles
  counters?: Counters
  /** Told of the corestore before any core of it is open; again of each that a reopen makes. */
  oncorestore?: (corestore: Corestore) => void
}

export interface StoreEvents {
  /** A sync failed, or the database itself: nothing may be acknowledged any more, and the process must end. Once. */
  failed: [err: Error]
  'read-only': [reason: RootPeerError]
  writable: []
  /** There is room again, and {@link Store.reopen} is needed before a write can succeed. */
  space: []
}
