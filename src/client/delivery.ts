// The delivery of an outbox to one root: in order, within the window, each frame once. After a break it
// reads what the log has of the frames whose outcome is unknown, strikes these, and sends the rest.

import FIFO from 'fast-fifo'
import type { CoreKey } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { RootPeerError, wireCode } from '../protocol/errors.ts'
import type { WireCode } from '../protocol/errors.ts'
import type { RoomKeys } from '../protocol/keys.ts'
import { wireLimits } from '../protocol/limits.ts'
import { decodePage } from '../protocol/page.ts'
import { openMessage } from '../protocol/payload.ts'
import type { Pages, Pull, Refused, Stored } from '../protocol/room-channel.ts'
import { Backoff } from './backoff.ts'
import type { Carrier, Outbox, OutboxEntry } from './outbox.ts'
import type { OpenRoom, RoomLink, StreamUser } from './room-link.ts'

/** Where the log stood when an entry was first sent: it can't lie before. */
interface Mark {
  coreKey: CoreKey | null
  next: number
}

interface Parcel {
  entry: OutboxEntry
  /** Null until it was first sent. */
  mark: Mark | null
  /** Found in the log: not to be sent any more. */
  struck: boolean
}

/** Refusals that stay: sending again changes nothing. */
const FINAL: readonly WireCode[] = ['READ_ONLY', 'TOO_LARGE']

export class Delivery implements Carrier, StreamUser {
  readonly #link: RoomLink
  readonly #outbox: Outbox
  readonly #keys: RoomKeys
  readonly #refusedEvent: (code: WireCode, detail: string) => void
  readonly #backoff = new Backoff()
  /** Not under way, in order. */
  #waiting = new FIFO<Parcel>()
  /** Sent and not answered, in order, by frame number. */
  readonly #underway = new Map<number, Parcel>()
  /** Refused for now, in order, until all behind them were answered. */
  readonly #refused: Parcel[] = []
  #frame = 0
  /** What is sent now can't come to lie before this number. */
  #floor = 0
  #resume = false
  #paused = false
  /** Whether it was refused for a reason that passes with time only. */
  #later = false
  /** The stream on which the log is looked through. */
  #check: { stream: number; from: Mark; wanted: Map<string, Parcel> } | null = null
  readonly #off: () => void

  constructor(
    link: RoomLink,
    outbox: Outbox,
    keys: RoomKeys,
    refused: (code: WireCode, detail: string) => void
  ) {
    this.#link = link
    this.#outbox = outbox
    this.#keys = keys
    this.#refusedEvent = refused
    const ongranted = (): void => this.#begin()
    const onstored = (stored: Stored): void => this.#onstored(stored)
    const onrefused = (message: Refused): void => this.#onrefused(message)
    const onclosed = (): void => this.#break()
    link.on('granted', ongranted).on('stored', onstored).on('refused', onrefused)
    link.on('closed', onclosed)
    this.#off = () => {
      link.off('granted', ongranted).off('stored', onstored).off('refused', onrefused)
      link.off('closed', onclosed)
    }
    if (link.open !== null) this.#begin()
  }

  take(entry: OutboxEntry): void {
    this.#waiting.push({ entry, mark: null, struck: false })
    this.#flush()
  }

  close(): void {
    this.#off()
    this.#backoff.cancel()
    if (this.#check !== null) this.#link.detach(this.#check.stream)
  }

  // The channel is open. What an earlier one left unanswered may be in the log: `granted` came after
  // all of it was committed or dropped, so the log up to `next` tells.
  #begin(): void {
    const open = this.#link.open as OpenRoom
    this.#frame = 0
    this.#resume = false
    this.#floor = open.granted.next
    const unsure = [...drain(this.#waiting)]
    for (const parcel of unsure) this.#waiting.push(parcel)
    const mark = unsure[0]?.mark ?? null
    if (mark === null || mark.next >= open.granted.next) return this.#flush()
    const wanted = new Map<string, Parcel>()
    for (const parcel of unsure) {
      const id = parcel.entry.frame.ids[0]
      if (parcel.mark !== null && id !== undefined) wanted.set(mapKey(id), parcel)
    }
    this.#check = { stream: -1, from: mark, wanted }
    const stream = this.#link.attach(this, wireLimits.streamsMax)
    if (stream === null)
      return this.#link.link.expel(
        new RootPeerError('TOO_MANY', 'no stream is free to look for what was sent')
      )
    if (this.#check !== null) this.#check.stream = stream
  }

  /** A stream asks where to look. */
  position(): Omit<Pull, 'stream'> | null {
    const check = this.#check
    if (check === null) return null
    const { coreKey, next } = check.from
    return { coreKey, from: next, limit: 0, live: false, head: null }
  }

  pages({ pages, segment, block, end }: Pages): void {
    const check = this.#check
    if (check === null) return
    const { root } = this.#link
    for (const [i, bytes] of pages.entries()) {
      const { storedAt, entries } = decodePage(bytes)
      for (const { index: first, payload } of entries) {
        const parcel = this.#find(check.wanted, payload)
        if (parcel === null || parcel.struck) continue
        const coreKey = this.#coreKeyOf(segment)
        parcel.struck = true
        const at = { root, first, storedAt, coreKey, block: block + i, head: null }
        this.#outbox.stored(parcel.entry, at)
      }
    }
    if (end) this.#checked()
  }

  gap(): void {
    // What lay there is gone: it is sent again, and readers know it by its hash.
  }

  reset(number: number): void {
    if (this.#check !== null) this.#check.from = { coreKey: null, next: number }
  }

  cut(): void {
    if (this.#check !== null) this.#link.detach(this.#check.stream)
    this.#check = null
  }

  #find(wanted: Map<string, Parcel>, payload: Uint8Array): Parcel | null {
    try {
      return wanted.get(mapKey(openMessage(this.#keys, payload).id)) ?? null
    } catch {
      return null // somebody else's, and unreadable: not ours to judge here
    }
  }

  #checked(): void {
    if (this.#check !== null) this.#link.detach(this.#check.stream)
    this.#check = null
    this.#flush()
  }

  #flush(): void {
    const { open, link } = this.#link
    if (open === null || this.#check !== null || this.#paused || link.up === null) return
    const { mux } = link.up
    if (this.#waiting.isEmpty()) return
    mux.cork()
    try {
      for (let parcel = this.#waiting.peek(); parcel !== undefined; parcel = this.#waiting.peek()) {
        if (!parcel.struck && !open.window.take(parcel.entry.weight)) break
        this.#waiting.shift()
        if (!parcel.struck) this.#send(open, parcel)
      }
    } finally {
      mux.uncork()
    }
  }

  #send(open: OpenRoom, parcel: Parcel): void {
    parcel.mark ??= { coreKey: open.segments.last?.coreKey ?? null, next: this.#floor }
    const frame = this.#frame++
    this.#underway.set(frame, parcel)
    open.send.append({ frame, resume: this.#resume, payloads: parcel.entry.frame.payloads })
    this.#resume = false
  }

  #onstored(stored: Stored): void {
    const coreKey = this.#coreKeyOf(stored.segment)
    const parcel = this.#answered(stored.frame)
    if (parcel === null) return
    const { first, storedAt, block, head } = stored
    this.#floor = Math.max(this.#floor, first)
    this.#backoff.reset()
    const { root } = this.#link
    this.#outbox.stored(parcel.entry, { root, first, storedAt, coreKey, block, head })
    this.#goOn()
  }

  #onrefused({ frame, code, detail }: Refused): void {
    const parcel = this.#answered(frame)
    if (parcel === null) return
    const name = wireCode(code)
    this.#paused = true
    this.#resume = true
    if (FINAL.includes(name)) {
      this.#outbox.refused(parcel.entry, new RootPeerError(name, detail))
    } else {
      this.#refused.push(parcel)
      if (name !== 'OUT_OF_ORDER') this.#later = true
    }
    if (name !== 'OUT_OF_ORDER') this.#refusedEvent(name, detail)
    this.#goOn()
  }

  // After a refusal all that was under way behind it is refused too, while what was before it may still
  // be stored: once all is answered the rest goes out again, in order.
  #goOn(): void {
    if (!this.#paused) return this.#flush()
    if (this.#underway.size > 0) return
    this.#requeue()
    const go = (): void => {
      this.#paused = false
      this.#flush()
    }
    if (this.#later) this.#backoff.schedule(go)
    else go()
    this.#later = false
  }

  /** What came back, or was never answered, goes before what waits. */
  #requeue(): void {
    const waiting = new FIFO<Parcel>()
    for (const parcel of this.#refused.splice(0)) waiting.push(parcel)
    for (const parcel of this.#underway.values()) waiting.push(parcel)
    for (const parcel of drain(this.#waiting)) waiting.push(parcel)
    this.#underway.clear()
    this.#waiting = waiting
  }

  #answered(frame: number): Parcel | null {
    const parcel = this.#underway.get(frame)
    if (parcel === undefined) return null
    this.#underway.delete(frame)
    this.#link.open?.window.release(parcel.entry.weight)
    return parcel
  }

  #coreKeyOf(segment: number): CoreKey {
    const coreKey = this.#link.open?.segments.all[segment]?.coreKey
    if (coreKey !== undefined) return coreKey
    throw new RootPeerError('HOSTILE_ROOT', 'stored in a segment that was never told')
  }

  #break(): void {
    this.#requeue()
    this.#paused = false
    this.#later = false
    this.#backoff.cancel()
    this.cut()
  }
}

function* drain(queue: FIFO<Parcel>): Generator<Parcel> {
  for (let parcel = queue.shift(); parcel !== undefined; parcel = queue.shift()) yield parcel
}
