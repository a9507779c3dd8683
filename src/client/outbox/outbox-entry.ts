// One frame in an outbox, and who waits for its messages.

import { mapKey } from '../../protocol/bytes.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { openMessage } from '../../protocol/payload.ts'
import { weigh } from '../../protocol/window.ts'
import type { SealedFrame } from './author.ts'
import { receiptOf } from './receipt.ts'
import type { Receipt, StoredAt } from './receipt.ts'
import type { Unsent } from '../room-options.ts'

/** Somebody who waits for one message. */
export interface Waiter {
  body: Uint8Array
  /** Roots that must have stored it. */
  acks: number
  /** Told the message's id once it is sealed and kept. */
  queued: ((id: string) => void) | null
  resolve: (receipt: Receipt) => void
  reject: (error: RootPeerError) => void
}

export class OutboxEntry {
  /** Its place in the outbox: growing, never used twice. */
  readonly seq: number
  readonly frame: SealedFrame
  readonly weight: number
  /** Roots that are waited for and have not stored it. */
  owed = 0
  /** Roots that have stored it. */
  stored: number
  /** One for each message of the frame, until all were answered. */
  #waiters: readonly Waiter[]
  /** The most that any of them waits for. */
  #acks: number

  /** @param waiters nobody, for what an earlier run has left. */
  constructor(seq: number, frame: SealedFrame, waiters: readonly Waiter[], stored = 0) {
    this.seq = seq
    this.frame = frame
    this.weight = weigh(frame.payloads)
    this.stored = stored
    this.#waiters = waiters
    this.#acks = waiters.reduce((most, { acks }) => Math.max(most, acks), 0)
  }

  /** The ids of its messages as apps see them. */
  get ids(): string[] {
    return this.frame.ids.map(mapKey)
  }

  /** Its messages as they were sent. */
  messages(keys: RoomKeys): Unsent[] {
    return this.frame.payloads.map((payload) => {
      const { id, sentAt, body } = openMessage(keys, payload)
      return { id: mapKey(id), sentAt, body, stored: this.stored }
    })
  }

  /** It was kept. */
  tell(): void {
    for (const [i, { queued }] of this.#waiters.entries()) {
      const id = this.frame.ids[i]
      if (queued !== null && id !== undefined) queued(mapKey(id))
    }
  }

  /** One more root has stored it. */
  acknowledge(at: StoredAt): void {
    this.stored++
    if (this.#waiters.length === 0) return
    const receipts = receiptOf(this.frame.ids, at)
    for (const [i, { acks, resolve }] of this.#waiters.entries()) {
      if (acks === this.stored) resolve(receipts[i] as Receipt)
    }
    if (this.stored >= this.#acks) this.#waiters = []
  }

  /** No further root will store it. */
  done(): void {
    if (this.#waiters.length === 0) return
    const error = new RootPeerError(
      'FEW_ACKS',
      `${this.stored} root peers have stored it, and no more are left that could`,
      { expected: this.#acks, got: this.stored }
    )
    this.reject(error)
  }

  /** Tells those who still wait. */
  reject(error: RootPeerError): void {
    for (const { acks, reject } of this.#waiters) if (acks > this.stored) reject(error)
    this.#waiters = []
  }
}
