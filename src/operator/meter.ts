// How fast messages come in just now: sums over the last minute, in slots of a second. Costs an addition
// per commit and no timer. Never remembers more than its window.

const SLOTS = 60
const SLOT_MS = 1000

export interface Rates {
  /** The time that the rates are taken over; shorter only in the first minute. */
  windowMs: number
  messagesPerSecond: number
  /** Of payload. */
  bytesPerSecond: number
}

interface Slot {
  second: number
  messages: number
  bytes: number
}

export class Meter {
  readonly #now: () => number
  readonly #startedAt: number
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => ({
    second: -1,
    messages: 0,
    bytes: 0
  }))

  /** @param now - milliseconds of a clock that never jumps */
  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  add(messages: number, bytes: number): void {
    const second = Math.floor(this.#now() / SLOT_MS)
    const slot = this.#slots[second % SLOTS]
    if (slot === undefined) return
    if (slot.second !== second) {
      slot.second = second
      slot.messages = 0
      slot.bytes = 0
    }
    slot.messages += messages
    slot.bytes += bytes
  }

  rates(): Rates {
    const now = this.#now()
    const oldest = Math.floor(now / SLOT_MS) - SLOTS + 1
    let messages = 0
    let bytes = 0
    for (const slot of this.#slots) {
      if (slot.second < oldest) continue
      messages += slot.messages
      bytes += slot.bytes
    }
    // The slot of this second is not full yet, so the window is a little under a minute.
    const windowMs = Math.max(SLOT_MS, Math.min(now - this.#startedAt, now - oldest * SLOT_MS))
    const perSecond = (sum: number): number => (sum * 1000) / windowMs
    return {
      windowMs: Math.round(windowMs),
      messagesPerSecond: rounded(perSecond(messages)),
      bytesPerSecond: rounded(perSecond(bytes))
    }
  }
}

function rounded(number: number): number {
  return Math.round(number * 1000) / 1000
}
