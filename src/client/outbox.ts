// The outbox of one room: sealed frames, in order, until every chosen root has stored them. Says when
// a message is stored for the first time; what each root still lacks is the business of its delivery.

import { RootPeerError } from '../protocol/errors.ts'
import { weigh } from '../protocol/window.ts'
import type { Author, SealedFrame } from './author.ts'
import { clientLimits } from './limits.ts'
import { receiptOf } from './receipt.ts'
import type { Receipt, StoredAt } from './receipt.ts'

/** One frame on its way. */
export interface OutboxEntry {
  frame: SealedFrame
  weight: number
  /** Deliveries that have not stored it. */
  owed: number
  settled: boolean
  settle: (receipts: Receipt[] | null, error: RootPeerError | null) => void
}

/** Who brings entries to one root. */
export interface Carrier {
  take(entry: OutboxEntry): void
}

interface Waiting {
  body: Uint8Array
  resolve: (receipt: Receipt) => void
  reject: (error: RootPeerError) => void
}

/** A budget of bytes that all outboxes of a client share. */
export interface Budget {
  bytes: number
}

const { frameBytes, frameMessages } = clientLimits

export class Outbox {
  readonly #author: Author
  readonly #budget: Budget
  readonly #carriers: Carrier[] = []
  #waiting: Waiting[] = []
  readonly #entries = new Set<OutboxEntry>()
  #waitingBytes = 0
  #timer: ReturnType<typeof setImmediate> | null = null
  #bytes = 0

  constructor(author: Author, budget: Budget) {
    this.#author = author
    this.#budget = budget
  }

  /** Bytes that wait to be stored. */
  get bytes(): number {
    return this.#bytes
  }

  /** A root joins: it is owed everything that is still here. */
  carry(carrier: Carrier): void {
    this.#carriers.push(carrier)
    for (const entry of this.#entries) {
      entry.owed++
      carrier.take(entry)
    }
  }

  /**
   * Queues a body; bodies of one turn of the event loop travel in one frame.
   *
   * @throws `OUTBOX_FULL`: nothing was queued.
   */
  add(body: Uint8Array): Promise<Receipt> {
    const weight = body.byteLength + clientLimits.bodyOverheadBytes
    if (this.#budget.bytes + weight > clientLimits.outboxBytesMax) {
      return Promise.reject(
        new RootPeerError('OUTBOX_FULL', 'too much waits to be stored already: try again later')
      )
    }
    this.#count(weight)
    const receipt = new Promise<Receipt>((resolve, reject) => {
      this.#waiting.push({ body, resolve, reject })
    })
    this.#waitingBytes += body.byteLength
    if (this.#waiting.length >= frameMessages || this.#waitingBytes >= frameBytes) this.#seal()
    else this.#timer ??= setImmediate(() => this.#seal())
    return receipt
  }

  /** A root has stored an entry; the first one to do so resolves `send`. */
  stored(entry: OutboxEntry, at: StoredAt): void {
    if (!entry.settled) entry.settle(receiptOf(entry.frame.ids, at), null)
    this.#paid(entry)
  }

  /** A root will never take an entry. If no root did, whoever sent it is told. */
  refused(entry: OutboxEntry, error: RootPeerError): void {
    if (entry.owed === 1 && !entry.settled) {
      this.#author.giveUp(entry.frame)
      entry.settle(null, error)
    }
    this.#paid(entry)
  }

  /** Whoever waits is told that nobody knows. */
  close(): void {
    const error = new RootPeerError(
      'CLOSED',
      'closed before every root peer had answered: what was sent may or may not be stored'
    )
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    for (const entry of this.#entries) if (!entry.settled) entry.settle(null, error)
    this.#entries.clear()
    if (this.#timer !== null) clearImmediate(this.#timer)
    this.#count(-this.#bytes)
  }

  #paid(entry: OutboxEntry): void {
    if (--entry.owed > 0) return
    if (this.#entries.delete(entry)) this.#count(-entry.weight)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#budget.bytes += bytes
  }

  /** What waits becomes one frame: it was sealed before it could be more. */
  #seal(): void {
    if (this.#timer !== null) clearImmediate(this.#timer)
    this.#timer = null
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    if (waiting.length > 0) this.#send(waiting)
  }

  #send(part: Waiting[]): void {
    const frame = this.#author.seal(part.map(({ body }) => body))
    let bodies = 0
    for (const { body } of part) bodies += body.byteLength + clientLimits.bodyOverheadBytes
    const entry: OutboxEntry = {
      frame,
      weight: weigh(frame.payloads),
      owed: this.#carriers.length,
      settled: false,
      settle: (receipts, error) => {
        entry.settled = true
        for (const [i, { resolve, reject }] of part.entries()) {
          if (error === null) resolve(receipts?.[i] as Receipt)
          else reject(error)
        }
      }
    }
    this.#count(entry.weight - bodies)
    this.#entries.add(entry)
    for (const carrier of this.#carriers) carrier.take(entry)
  }
}
