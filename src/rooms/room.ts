// One room that is open: its log, the frames that wait for the next commit, and its followers.
// All frames that arrive while a commit is being written become the next one. Knows of no network.

import type { PeerKey, RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { RootPeerError } from '../protocol/errors.ts'
import { rootFull, shuttingDown } from '../protocol/errors.ts'
import type { Head } from '../protocol/head.ts'
import type { Retention } from '../protocol/retention.ts'
import type { Pull } from '../protocol/room-channel.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import type { Use } from './count.ts'
import type { Sink } from './follower.ts'
import { Follower } from './follower.ts'
import type { Log } from './log.ts'
import { paginate } from './pager.ts'
import type { Founder } from './record.ts'
import type { Retainer } from './retainer.ts'

/** What a stored frame's sender is told. */
export interface Receipt {
  /** Number of the frame's first message. */
  first: number
  storedAt: number
  segment: number
  block: number
  head: Head
}

/** Messages that a peer hands in together, and whom to tell what became of them. Exactly one is called. */
export interface Frame {
  sender: PeerKey
  payloads: readonly Uint8Array[]
  weight: number
  /** Synced to disk. */
  stored(receipt: Receipt): void
  /** Nothing of it was stored. */
  refused(err: RootPeerError): void
  /** Nobody knows: the store failed while it was being written. */
  lost(): void
}

export interface RoomEvents {
  /** Once a commit, after its sync. */
  stored(room: Room, messages: number, bytes: number): void
  /** What holds for the room has changed. */
  retained(room: Room): void
}

export interface RoomParts {
  /** Closed with the room. */
  retainer: Retainer
  store: Store
  events: RoomEvents
  now: () => number
}

export class Room {
  readonly id: RoomId
  readonly log: Log
  readonly retainer: Retainer
  readonly #store: Store
  readonly #events: RoomEvents
  readonly #now: () => number
  #queue: Frame[] = []
  #writing: readonly Frame[] = []
  #busy = false
  #committing: Promise<void> = Promise.resolve()
  #turns: (() => void)[] = []
  #resting = new Set<Follower>()
  #closed = false

  constructor(log: Log, { retainer, store, events, now }: RoomParts) {
    this.id = log.entry.id
    this.log = log
    this.retainer = retainer
    this.#store = store
    this.#events = events
    this.#now = now
  }

  /** What it takes now. */
  get use(): Use {
    return this.log.use
  }

  /** Who is answerable for it; null if nobody wrote that down. */
  get founder(): Founder | null {
    return this.log.founder
  }

  /** For how long its messages are kept. */
  get retention(): Retention {
    return this.retainer.retention
  }

  /** The owner wants less kept. Resolves once that is on disk; what is too much then goes soon after. */
  async retain(retention: Retention): Promise<void> {
    await this.retainer.retain(retention)
    this.#events.retained(this)
    this.retainer.expire().catch(() => {}) // the store is gone, or has no room: it is done later
  }

  /** Takes a frame into the next commit, or refuses it at once. */
  append(frame: Frame): void {
    if (this.#closed) return frame.refused(shuttingDown())
    if (this.#store.failed !== null) return frame.lost()
    if (!this.#store.writable) return frame.refused(rootFull())
    this.#queue.push(frame)
    if (this.#busy) return
    this.#busy = true
    this.#committing = this.#commit()
  }

  /** A follower from where `pull` says; close it when its reader is gone. */
  follow(pull: Pull, sink: Sink): Follower {
    return new Follower(this.log, sink, pull, (follower) => this.#resting.add(follower))
  }

  forget(follower: Follower): void {
    follower.close()
    this.#resting.delete(follower)
  }

  /** Resolves once no frame of this sender waits or is being written. */
  async settled(sender: PeerKey): Promise<void> {
    const key = mapKey(sender)
    const waits = (frames: readonly Frame[]) => frames.some((frame) => mapKey(frame.sender) === key)
    while (waits(this.#queue) || waits(this.#writing)) {
      await new Promise<void>((resolve) => this.#turns.push(resolve))
    }
  }

  /** Commits and answers what was accepted, then closes the log. What comes later is refused. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#committing
    await this.retainer.close()
    this.#resting.clear()
    await this.log.close()
  }

  async #commit(): Promise<void> {
    // Frames that arrive in one turn of the event loop are one commit.
    await new Promise(setImmediate)
    while (this.#queue.length > 0) {
      this.#writing = this.#take()
      await this.#write(this.#writing)
      this.#writing = []
      for (const resolve of this.#turns.splice(0)) resolve()
    }
    this.#busy = false
  }

  #take(): Frame[] {
    let bytes = 0
    let count = 0
    for (const frame of this.#queue) {
      bytes += frame.weight
      if (count > 0 && bytes > limits.commitBytesMax) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #write(frames: readonly Frame[]): Promise<void> {
    const storedAt = this.#now()
    let first = this.log.next
    const pages = paginate(frames, first, storedAt)
    let run
    try {
      run = await this.log.append(pages)
    } catch (err) {
      return this.#failed(frames, err)
    }
    const { segment, block, head } = run
    let page = 0
    for (const frame of frames) {
      while (first >= (pages[page]?.first ?? 0) + (pages[page]?.count ?? Infinity)) page++
      frame.stored({ first, storedAt, segment, block: block + page, head })
      first += frame.payloads.length
    }
    this.#committed(frames)
  }

  /** Of a write that found no room, nothing is stored, now or after; of any other, nobody knows. */
  #failed(frames: readonly Frame[], err: unknown): void {
    const { code } = this.#store.noteWriteError(err)
    for (const frame of frames) {
      if (code === 'DISK_FULL') frame.refused(rootFull())
      else frame.lost()
    }
  }

  #committed(frames: readonly Frame[]): void {
    let messages = 0
    let bytes = 0
    for (const frame of frames) {
      messages += frame.payloads.length
      bytes += frame.weight - frame.payloads.length * limits.messageOverheadBytes
    }
    const resting = this.#resting
    this.#resting = new Set()
    for (const follower of resting) follower.pump()
    this.#events.stored(this, messages, bytes)
    this.retainer.stored()
  }
}
