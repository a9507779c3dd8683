// The delivery of an outbox to one root: in order, within the window, each frame once. After a break it
// reads what the log has of the frames whose outcome is unknown, strikes these, and sends the rest.

import type { CoreKey } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { RootPeerError, wireCode } from '../protocol/errors.ts'
import type { WireCode } from '../protocol/errors.ts'
import type { RoomKeys } from '../protocol/keys.ts'
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
}

/** Refusals that stay: sending again changes nothing. */
const FINAL: readonly WireCode[] = ['READ_ONLY', 'TOO_LARGE']

export class Delivery implements Carrier, StreamUser {
  readonly #link: RoomLink
  readonly #outbox: Outbox
  readonly #keys: RoomKeys
  readonly #refusedEvent: (code: WireCode, detail: string) => void
  readonly #backoff = new Backoff()
  /** In order; the first `#sent` of them are under way. */
  #parcels: Parcel[] = []
  readonly #underway = new Map<number, Parcel>()
  #sent = 0
  #frame = 0
  #resume = false
  #paused = false
  /** The stream on which the log is looked through, and where that ends. */
  #check: { stream: number; from: Mark; until: number; wanted: Map<string, Parcel> } | null = null
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
    const ondrain = (): void => this.#flush()
    link.on('granted', ongranted).on('stored', onstored).on('refused', onrefused)
    link.on('closed', onclosed).on('drain', ondrain)
    this.#off = () => {
      link.off('granted', ongranted).off('stored', onstored).off('refused', onrefused)
      link.off('closed', onclosed).off('drain', ondrain)
    }
    if (link.open !== null) this.#begin()
  }

  take(entry: OutboxEntry): void {
    this.#parcels.push({ entry, mark: null })
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
    const [first] = this.#parcels
    const mark = first?.mark ?? null
    if (mark === null || mark.next >= open.granted.next) return this.#flush()
    const wanted = new Map<string, Parcel>()
    for (const parcel of this.#parcels) {
      const id = parcel.entry.frame.ids[0]
      if (parcel.mark !== null && id !== undefined) wanted.set(mapKey(id), parcel)
    }
    this.#check = { stream: -1, from: mark, until: open.granted.next, wanted }
    const stream = this.#link.attach(this)
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
    const limit = check.until - check.from.next
    const { coreKey, next } = check.from
    return { coreKey, from: next, limit: Math.max(1, limit), live: false, head: null }
  }

  pages({ pages, segment, block, end }: Pages): void {
    const check = this.#check
    if (check === null) return
    for (const [i, bytes] of pages.entries()) {
      const page = decodePage(bytes)
      for (const { index, payload } of page.entries) {
        const parcel = this.#find(check.wanted, payload)
        if (parcel === null) continue
        this.#strike(parcel, { first: index, storedAt: page.storedAt, segment, block: block + i })
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

  #strike(
    parcel: Parcel,
    at: { first: number; storedAt: number; segment: number; block: number }
  ): void {
    const place = this.#parcels.indexOf(parcel)
    if (place === -1) return
    this.#parcels.splice(place, 1)
    this.#tell(parcel, at, null)
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
    if (this.#sent >= this.#parcels.length) return
    mux.cork()
    try {
      while (this.#sent < this.#parcels.length) {
        const parcel = this.#parcels[this.#sent] as Parcel
        if (!open.window.take(parcel.entry.weight)) break
        this.#send(open, parcel)
      }
    } finally {
      mux.uncork()
    }
  }

  #send(open: OpenRoom, parcel: Parcel): void {
    // The log can only have grown since `granted`, so nothing sent now lies before it.
    parcel.mark ??= { coreKey: open.segments.last?.coreKey ?? null, next: open.granted.next }
    const frame = this.#frame++
    this.#underway.set(frame, parcel)
    this.#sent++
    open.send.append({ frame, resume: this.#resume, payloads: parcel.entry.frame.payloads })
    this.#resume = false
  }

  #onstored(stored: Stored): void {
    const parcel = this.#answered(stored.frame)
    if (parcel === null) return
    this.#parcels.splice(this.#parcels.indexOf(parcel), 1)
    this.#sent--
    this.#backoff.reset()
    this.#tell(parcel, stored, stored)
    this.#flush()
  }

  #onrefused({ frame, code, detail }: Refused): void {
    const parcel = this.#answered(frame)
    if (parcel === null) return
    const name = wireCode(code)
    if (FINAL.includes(name)) {
      this.#parcels.splice(this.#parcels.indexOf(parcel), 1)
      this.#outbox.refused(parcel.entry, new RootPeerError(name, detail))
    }
    this.#sent--
    if (name !== 'OUT_OF_ORDER') this.#refusedEvent(name, detail)
    this.#paused = true
    this.#resume = true
    // All that was under way behind it is refused too; then the rest goes out again, in order.
    if (this.#underway.size > 0) return
    const go = (): void => {
      this.#paused = false
      this.#flush()
    }
    if (FINAL.includes(name)) go()
    else this.#backoff.schedule(go)
  }

  #answered(frame: number): Parcel | null {
    const parcel = this.#underway.get(frame)
    if (parcel === undefined) return null
    this.#underway.delete(frame)
    this.#link.open?.window.release(parcel.entry.weight)
    return parcel
  }

  #tell(
    parcel: Parcel,
    at: { first: number; storedAt: number; segment: number; block: number },
    stored: Stored | null
  ): void {
    const coreKey = this.#link.open?.segments.all[at.segment]?.coreKey
    if (coreKey === undefined) {
      throw new RootPeerError('HOSTILE_ROOT', 'stored in a segment that was never told')
    }
    const { first, storedAt, block } = at
    const { root } = this.#link
    this.#outbox.stored(parcel.entry, {
      root,
      first,
      storedAt,
      coreKey,
      block,
      head: stored?.head ?? null
    })
  }

  #break(): void {
    this.#underway.clear()
    this.#sent = 0
    this.#paused = false
    this.#backoff.cancel()
    this.cut()
  }
}
