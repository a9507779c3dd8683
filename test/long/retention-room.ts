// A large room of which retention takes nine tenths, while members read and write: what the disk gets back,
// how long a commit takes meanwhile, and what a reader in the middle is told.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import b4a from 'b4a'
import { randomBytes } from '../../src/protocol/derive.ts'
import { Rooms } from '../../src/rooms/rooms.ts'
import { Store } from '../../src/storage/store.ts'
import { usedBytes } from '../../src/storage/usage.ts'
import { appendBytes, pullFrom, Reader, roomId } from '../rooms/helpers.ts'

export interface RetentionFigures {
  /** Bytes of pages that were kept before, and that were let go of. */
  keptBytes: number
  freedBytes: number
  /** What the data folder took before and after. */
  usedBefore: number
  usedAfter: number
  /** Of what was let go of, the part that the disk got back. */
  returned: number
  ms: number
  /** Commits made meanwhile, and the longest. */
  commits: number
  longestMs: number
  gap: string
}

const FRAME = 60_000

export async function retainRoom(bytes: number): Promise<RetentionFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'root-peer-retention-'))
  const alive = setInterval(() => {}, 1000)
  const store = await Store.open({ directory })
  const nothing = (): void => {}
  const quiet = {
    registered: nothing,
    stored: nothing,
    freed: nothing,
    retained: nothing,
    deleted: nothing
  }
  const rooms = await Rooms.open(store, quiet, Date.now)
  try {
    const room = await rooms.acquire(roomId, true)
    if (room === null) throw new Error('no room')
    const frame = (): Promise<unknown> => appendBytes(room, [randomBytes(FRAME)])
    while (room.use.bytes < bytes) await Promise.all(Array.from({ length: 16 }, frame))
    await store.corestore.storage.db.flush()
    await frame() // the log that is written to takes 74 MB as soon as anything is in it: before and after
    const usedBefore = await usedBytes(directory)
    const before = room.use.bytes
    const reader = new Reader()
    reader.credit = 1
    const follower = room.follow(pullFrom(0, { limit: 2 }), reader)
    follower.pump()
    await reader.until(() => reader.next > 0)

    const began = performance.now()
    const work = { on: true }
    let commits = 0
    let longestMs = 0
    const writer = (async () => {
      while (work.on) {
        const at = performance.now()
        await appendBytes(room, [b4a.alloc(200)])
        longestMs = Math.max(longestMs, performance.now() - at)
        commits++
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    await room.retain({ ageMs: 0, bytes: Math.floor(bytes / 10), messages: 0 })
    await room.retainer.expire()
    await store.reclaimed()
    const ms = performance.now() - began
    work.on = false
    await writer
    reader.credit = Infinity
    follower.more(1_000_000)
    await reader.reached(room.log.next)
    const usedAfter = await usedBytes(directory)
    const freedBytes = before - room.use.bytes
    const returned = (usedBefore - usedAfter) / freedBytes
    const gap = reader.asides.join()
    return {
      keptBytes: before,
      freedBytes,
      usedBefore,
      usedAfter,
      returned,
      ms,
      commits,
      longestMs,
      gap
    }
  } finally {
    await rooms.close()
    await store.close()
    clearInterval(alive)
    await rm(directory, { recursive: true, force: true })
  }
}
