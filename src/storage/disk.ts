// The room on the disk: whether the store may write, and when to try again. Owns the reserve, so that
// the store turns read-only before a write fails. Never touches the database.

import { EventEmitter } from 'node:events'
import { statfs } from 'node:fs/promises'
import { diskFull } from '../errors.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { usedBytes } from './usage.ts'

/** Room must exceed the reserve by this much to count again, lest the store flap around it. */
const HYSTERESIS = 1.25
const PATIENCE_CHECKS_MAX = 64

export interface DiskOptions {
  directory: string
  reserveBytes: number
  checkMs: number
  freeBytes?: (directory: string) => Promise<number>
}

export interface DiskEvents {
  'read-only': [reason: RootPeerError]
  writable: []
  /** There is room, but a write had failed for want of it: the database must be reopened first. */
  space: []
}

/** Room on the disk, in bytes. */
export interface DiskSpace {
  /** What the data folder takes. */
  usedBytes: number
  /** What may still be used of the file system that it is on. */
  freeBytes: number
}

export class Disk extends EventEmitter<DiskEvents> {
  readonly #directory: string
  readonly #reserveBytes: number
  readonly #checkMs: number
  readonly #freeBytes: (directory: string) => Promise<number>
  #timer: NodeJS.Timeout | null = null
  #stopped = false
  #low = false
  #broken = false
  #announced = false
  // A disk can refuse while it shows room (a quota). Each time it does, wait twice as many checks.
  #patience = 0
  #waited = 0

  constructor({ directory, reserveBytes, checkMs, freeBytes = statfsFree }: DiskOptions) {
    super()
    this.#directory = directory
    this.#reserveBytes = reserveBytes
    this.#checkMs = checkMs
    this.#freeBytes = freeBytes
  }

  get writable(): boolean {
    return !this.#low && !this.#broken
  }

  /** True from a write that failed for want of room until {@link Disk.reopened}. */
  get needsReopen(): boolean {
    return this.#broken
  }

  async space(): Promise<DiskSpace> {
    const [used, free] = await Promise.all([
      usedBytes(this.#directory),
      this.#freeBytes(this.#directory)
    ])
    return { usedBytes: used, freeBytes: free }
  }

  /** Looks at the disk now, and from then on every `checkMs`. */
  async start(): Promise<void> {
    await this.#check()
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.start(), this.#checkMs)
    this.#timer.unref()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  /** A write failed for want of room: the database takes none any more until it is reopened. */
  writeFailed(reason: RootPeerError): void {
    if (this.#broken) return
    const was = this.writable
    this.#broken = true
    this.#announced = false
    this.#waited = 0
    this.#patience = this.#low ? 0 : Math.min(this.#patience * 2 + 1, PATIENCE_CHECKS_MAX)
    if (was) this.emit('read-only', reason)
  }

  /** The database was reopened. */
  reopened(): void {
    this.#broken = false
    if (this.writable) this.emit('writable')
  }

  /** The database could not be reopened: `space` comes again. */
  reopenFailed(): void {
    this.#announced = false
    this.#waited = 0
  }

  async #check(): Promise<void> {
    let free
    try {
      free = await this.#freeBytes(this.#directory)
    } catch {
      return // no news: what was last seen stands, and the next write will tell
    }
    if (this.#stopped) return
    const was = this.writable
    this.#low = free < this.#reserveBytes * (this.#low ? HYSTERESIS : 1)
    if (this.#low) {
      this.#patience = 0
      if (was) this.emit('read-only', diskFull(this.#directory))
    } else if (this.#broken) {
      if (this.#announced || this.#waited++ < this.#patience) return
      this.#announced = true
      this.emit('space')
    } else if (!was) {
      this.emit('writable')
    }
  }
}

async function statfsFree(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}
