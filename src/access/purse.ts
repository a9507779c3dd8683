// What pays for one room that is open: its own quotas, those of its founder and of the whole disk. Frames
// are set aside here before they are written, so that no two of them can use the same room.

import { mapKey } from '../protocol/bytes.ts'
import type { RoomId } from '../protocol/bytes.ts'
import type { Usage } from '../protocol/quota.ts'
import type { Payer, Use } from './payers.ts'
import { Quota } from './quota.ts'

export interface PurseParts {
  id: RoomId
  bytesMax: number
  messagesMax: number
  /** What the room takes, as of now. */
  use: () => Use
  payers: readonly Payer[]
  /** Of the whole disk. */
  total: Quota
}

export class Purse {
  readonly #id: string
  readonly #parts: PurseParts
  readonly #bytes: Quota
  readonly #messages: Quota
  /** All that bind its bytes, the nearest first. */
  readonly #all: readonly Quota[]
  readonly #listeners = new Set<(usage: Usage) => void>()
  readonly #watch = (): void => this.#tellSoon()
  readonly #settle = (): void => {
    const { bytes, messages } = this.#settling as Use
    this.#settling = null
    this.refresh()
    this.release(bytes, messages)
  }
  #use: Use
  #gone = false
  /** What is settled as soon as this turn is over. */
  #settling: Use | null = null
  #telling: NodeJS.Timeout | null = null
  readonly #tellMs: number

  constructor(parts: PurseParts, tellMs: number) {
    this.#id = mapKey(parts.id)
    this.#parts = parts
    this.#tellMs = tellMs
    this.#bytes = new Quota('room-bytes', parts.bytesMax)
    this.#messages = new Quota('room-messages', parts.messagesMax)
    this.#use = parts.use()
    this.#bytes.use(this.#use.bytes)
    this.#messages.use(this.#use.messages)
    this.#all = [this.#bytes, ...parts.payers.map(({ bytes }) => bytes), parts.total]
    for (const quota of [...this.#all, this.#messages]) quota.watchers.add(this.#watch)
  }

  get usage(): Usage {
    return [...this.#all, this.#messages].map(({ state }) => state)
  }

  limit(bytesMax: number, messagesMax: number): void {
    this.#bytes.limit = bytesMax
    this.#messages.limit = messagesMax
  }

  /** Sets a frame aside; the quota that has no room for it if there is one, and then nothing is. */
  reserve(bytes: number, messages: number): Quota | null {
    let taken = 0
    for (const quota of this.#all) {
      if (!quota.take(bytes)) return this.#undo(quota, bytes, taken)
      taken++
    }
    return this.#messages.take(messages) ? null : this.#undo(this.#messages, bytes, taken)
  }

  /** What was set aside will not be stored. */
  release(bytes: number, messages: number): void {
    for (const quota of this.#all) quota.release(bytes)
    this.#messages.release(messages)
  }

  /**
   * What was set aside is stored, or will not be: from now on counts what the room takes. All frames of a
   * commit are settled together, when it has answered them.
   */
  settle(bytes: number, messages: number): void {
    if (this.#settling !== null) {
      this.#settling.bytes += bytes
      this.#settling.messages += messages
      return
    }
    this.#settling = { bytes, messages }
    queueMicrotask(this.#settle)
  }

  /** Takes in what has become of the room. */
  refresh(): void {
    if (this.#gone) return
    const use = this.#parts.use()
    const bytes = use.bytes - this.#use.bytes
    const messages = use.messages - this.#use.messages
    if (bytes === 0 && messages === 0) return
    this.#use = use
    this.#bytes.use(bytes)
    this.#messages.use(messages)
    for (const payer of this.#parts.payers) payer.changed(this.#id, bytes)
    this.#parts.total.use(bytes)
  }

  /** The room is gone: what it took is not counted here any more. */
  forget(): void {
    this.#use = { messages: 0, bytes: 0 }
    this.#gone = true
  }

  /** Tells of every step; returns the end of it. */
  listen(listener: (usage: Usage) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    for (const quota of [...this.#all, this.#messages]) quota.watchers.delete(this.#watch)
    if (this.#telling !== null) clearTimeout(this.#telling)
  }

  #undo(full: Quota, bytes: number, taken: number): Quota {
    for (const quota of this.#all.slice(0, taken)) quota.release(bytes)
    return full
  }

  /** Steps come in crowds: one message tells of all. */
  #tellSoon(): void {
    if (this.#telling !== null || this.#listeners.size === 0) return
    this.#telling = setTimeout(() => {
      this.#telling = null
      const { usage } = this
      for (const listener of this.#listeners) listener(usage)
    }, this.#tellMs)
    this.#telling.unref()
  }
}
