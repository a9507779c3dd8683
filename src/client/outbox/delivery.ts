// The delivery of an outbox to one root: in order, within the window, each frame once. After a break it
// reads what the log has of the frames whose outcome is unknown, strikes these, and sends the rest.

import FIFO from 'fast-fifo'
import { RootPeerError, wireCode } from '../../protocol/errors.ts'
import type { WireCode } from '../../protocol/errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { figuresOf } from '../../protocol/quota.ts'
import type { Refused, Stored } from '../../protocol/room-channel.ts'
import type { SealedFrame } from './author.ts'
import { Backoff } from '../backoff.ts'
import type { Carrier, Mark } from './debt.ts'
import type { Outbox } from './outbox.ts'
import { OutboxEntry } from './outbox-entry.ts'
import { drain } from './parcel.ts'
import type { Parcel } from './parcel.ts'
import type { OpenRoom, RoomLink } from '../roots/room-link.ts'
import { coreKeyOf, isLast, Search } from './search.ts'
/** Refusals that stay. */
const FINAL: readonly WireCode[] = ['READ_ONLY', 'TOO_LARGE']

export class Delivery implements Carrier {
  readonly #link: RoomLink
  readonly #outbox: Outbox
  readonly #keys: RoomKeys
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
  /** Whether this channel was looked at for what an earlier one left. */
  #ready = false
  /** Whether it is just being written down where to look for what is sent next. */
  #pinning = false
  #resume = false
  #paused = false
  /** Whether it was refused for a reason that passes with time only. */
  #later = false
  /** Under way while the outcome of what was sent is unknown. */
  #search: Search<Parcel> | null = null
  readonly #off: () => void

  constructor(link: RoomLink, outbox: Outbox, keys: RoomKeys) {
    this.#link = link
    this.#outbox = outbox
    this.#keys = keys
    this.#off = link.tell({
      granted: () => this.#begin(),
      stored: (stored: Stored) => this.#onstored(stored),
      refused: (message: Refused) => this.#onrefused(message),
      closed: () => this.#break()
    })
    if (link.open !== null) this.#begin()
  }

  get root(): string {
    return this.#link.root
  }

  get reachable(): boolean {
    return this.#link.open !== null
  }

  get mark(): Mark | null {
    const { open } = this.#link
    return open === null ? null : this.#mark(open)
  }

  take(entry: OutboxEntry, sent: Mark | null): void {
    if (sent !== null && this.#isUnderway(entry)) return
    this.#waiting.push({ entry, mark: sent, struck: false })
    if (sent === null || this.#link.open === null) return this.#flush()
    if (!this.#ready) return
    this.#ready = false
    queueMicrotask(() => this.#look()) // once all of them were taken
  }

  /**
   * Brings what others have written, behind our own. One attempt: false if it was refused, or the channel
   * closed before it was answered.
   */
  bring(frame: SealedFrame): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#link.open === null) return resolve(false)
      const entry = new OutboxEntry(-1, frame, [])
      this.#waiting.push({ entry, mark: null, struck: false, done: resolve })
      this.#flush()
    })
  }

  /** There is room again for what there was none for: it does not wait any longer. */
  hurry(): void {
    if (!this.#paused || this.#underway.size > 0) return
    this.#backoff.cancel()
    this.#go()
  }

  // What is under way is answered still, and its share of the window given back.
  forget(): void {
    for (const { done } of [...this.#refused, ...drain(this.#waiting)]) done?.(false)
    this.#refused.length = 0
    this.#search?.stop()
    this.#search = null
  }

  close(): void {
    this.#off()
    this.#backoff.cancel()
    this.#requeue()
    this.forget()
  }

  #begin(): void {
    const open = this.#link.open as OpenRoom
    this.#frame = 0
    this.#resume = false
    this.#floor = open.granted.next
    this.#outbox.carry(this) // whatever it was taken for while it was away
    this.#look()
  }

  // What an earlier channel left unanswered may be in the log: `granted` came after all of it was
  // committed or dropped, so the log up to `next` tells.
  #look(): void {
    const { open } = this.#link
    if (open === null || this.#search !== null) return
    this.#ready = true
    const unsure = [...drain(this.#waiting)]
    for (const parcel of unsure) this.#waiting.push(parcel)
    const mark = unsure[0]?.mark ?? null
    if (mark === null) return this.#flush()
    // In another segment it may lie anywhere, also because others have brought it there.
    if (mark.next >= open.granted.next && isLast(mark, open)) return this.#searched(open, unsure)
    this.#search = new Search(
      unsure.filter((parcel) => parcel.mark !== null),
      {
        link: this.#link,
        keys: this.#keys,
        from: mark,
        found: (parcel, at) => {
          parcel.struck = true
          this.#outbox.stored(parcel.entry, at)
        },
        over: () => this.#searched(open, unsure)
      }
    )
    try {
      this.#search.start()
    } catch (err) {
      this.#link.link.expel(err as RootPeerError)
    }
  }

  #searched(open: OpenRoom, unsure: readonly Parcel[]): void {
    this.#search = null
    const missing = unsure.filter(({ struck }) => !struck)
    for (const parcel of missing) parcel.mark = null
    const idle = missing.length === 0 && this.#underway.size === 0
    this.#outbox.raise(this.#link.root, this.#mark(open), idle)
    this.#flush()
  }

  #flush(): void {
    const { open, link } = this.#link
    if (open === null || !this.#ready || this.#search !== null) return
    if (this.#paused || link.up === null || this.#waiting.isEmpty() || !this.#isPinned(open)) return
    const { mux } = link.up
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

  /** Whether it is remembered where to look for what is sent now, should this process be killed. */
  #isPinned(open: OpenRoom): boolean {
    if (this.#pinning) return false
    const pin = this.#outbox.pin(this.#link.root, this.#mark(open))
    if (pin === null) return true
    this.#pinning = true
    const go = (): void => {
      this.#pinning = false
      this.#flush()
    }
    // Where it can't be remembered the log may come to hold something twice; readers know it by its hash.
    pin.then(go, go)
    return false
  }

  /** What is sent now can't come to lie before this. */
  #mark(open: OpenRoom): Mark {
    return { coreKey: open.segments.last?.coreKey ?? null, next: this.#floor }
  }

  #isUnderway(entry: OutboxEntry): boolean {
    for (const parcel of this.#underway.values()) if (parcel.entry === entry) return true
    return false
  }

  #send(open: OpenRoom, parcel: Parcel): void {
    parcel.mark ??= this.#mark(open)
    const frame = this.#frame++
    this.#underway.set(frame, parcel)
    open.send.append({ frame, resume: this.#resume, payloads: parcel.entry.frame.payloads })
    this.#resume = false
  }

  #onstored(stored: Stored): void {
    const coreKey = coreKeyOf(this.#link, stored.segment)
    const parcel = this.#answered(stored.frame)
    if (parcel === null) return
    const { first, storedAt, block, head } = stored
    this.#floor = Math.max(this.#floor, first)
    this.#backoff.reset()
    const { root, open } = this.#link
    const oldest = this.#underway.values().next()
    const idle = oldest.done === true && this.#refused.length === 0 && this.#waiting.isEmpty()
    const mark = oldest.value?.mark ?? this.#mark(open as OpenRoom)
    this.#outbox.raise(root, mark, idle)
    if (parcel.done !== undefined) parcel.done(true)
    else this.#outbox.stored(parcel.entry, { root, first, storedAt, coreKey, block, head })
    this.#goOn()
  }

  #onrefused({ frame, code, detail, quota }: Refused): void {
    const parcel = this.#answered(frame)
    if (parcel === null) return
    const name = wireCode(code)
    this.#paused = true
    this.#resume = true
    const final = FINAL.includes(name)
    if (!final) this.#refused.push(parcel)
    if (name !== 'OUT_OF_ORDER') {
      this.#later ||= !final
      const error = new RootPeerError(name, detail, figuresOf(quota))
      const { done, entry } = parcel
      if (done === undefined) this.#outbox.refused(this.#link.root, entry, error, final)
      else if (final) done(false)
    }
    this.#goOn()
  }

  // After a refusal all that was under way behind it is refused too, while what was before it may still
  // be stored: once all is answered the rest goes out again, in order.
  #goOn(): void {
    if (!this.#paused) return this.#flush()
    if (this.#underway.size > 0) return
    this.#requeue()
    if (this.#later) this.#backoff.schedule(() => this.#go())
    else this.#go()
    this.#later = false
  }

  #go(): void {
    this.#paused = false
    this.#flush()
  }

  /** What came back, or was never answered, goes before what waits. */
  #requeue(): void {
    const waiting = new FIFO<Parcel>()
    const back = [...this.#refused.splice(0), ...this.#underway.values(), ...drain(this.#waiting)]
    for (const parcel of back) {
      if (parcel.done === undefined) waiting.push(parcel)
      else parcel.done(false)
    }
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

  #break(): void {
    this.#ready = false
    this.#requeue()
    this.#paused = false
    this.#later = false
    this.#backoff.cancel()
    this.#search?.stop()
    this.#search = null
  }
}
