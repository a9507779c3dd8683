// One quota: a limit, what is used of it, and what is set aside for frames on their way to the disk. Says
// when it has come a step further, and when there is room again for what it had none for.

import { RootPeerError } from '../protocol/errors.ts'
import type { QuotaKind, QuotaState } from '../protocol/quota.ts'
import { QUOTA_STEPS, quotaNumber } from '../protocol/quota.ts'

/** What each is, in a sentence that says how much of it is used. */
const WORDS: Readonly<Record<QuotaKind, string>> = {
  unknown: 'of something',
  'room-bytes': 'bytes that this room may take',
  'room-messages': 'messages that this room may keep',
  'holder-bytes': 'bytes that its founder may keep here',
  'holder-rooms': 'rooms that its founder may keep here',
  'address-bytes': 'bytes that may be kept here for the address that it was founded from',
  'address-rooms': 'rooms that may be kept here for the address that it was founded from',
  'total-bytes': 'bytes that this root peer may keep in all',
  'day-messages': 'messages that you may send in a day',
  'address-day-messages': 'messages that may be sent from your address in a day'
}

/** A quota that has no room for a frame. */
export function quotaFull(
  code: 'ROOM_FULL' | 'RATE_LIMITED',
  { kind, limit, used }: Quota
): RootPeerError {
  const message = `${used} of the ${limit} ${WORDS[kind]} are used: nothing was stored`
  const quota = { kind, limit, use: Math.max(0, used) }
  return new RootPeerError(code, message, { expected: limit, got: used, quota })
}

export class Quota {
  readonly kind: QuotaKind
  /** Whom to tell of a step, up or down. */
  readonly watchers: Set<() => void> = new Set()
  #limit: number
  #used = 0
  /** What is neither used nor set aside; negative if the limit was lowered since. */
  #free: number
  /** What there was no room for; 0 if there is none, or there is room by now. */
  #wanted = 0
  /** Between these nobody need be told. */
  #low = 0
  #high = 0

  constructor(kind: QuotaKind, limit: number) {
    this.kind = kind
    this.#limit = limit
    this.#free = limit
    this.#place()
  }

  get limit(): number {
    return this.#limit
  }

  set limit(limit: number) {
    if (limit === this.#limit) return
    this.#free += limit - this.#limit
    this.#limit = limit
    this.#wanted = Math.min(this.#wanted, limit)
    this.#place()
    this.#look()
    this.#tell()
  }

  get used(): number {
    return this.#used
  }

  get state(): QuotaState {
    return {
      kind: quotaNumber(this.kind),
      limit: this.#limit,
      use: Math.max(0, this.#used),
      full: this.#wanted > 0
    }
  }

  /** Whether so much more may be taken; if not, it counts as full until there is room for that. */
  fits(amount: number): boolean {
    if (amount <= this.#free) return true
    this.#want(amount)
    return false
  }

  /** Sets aside what is on its way, if it fits. */
  take(amount: number): boolean {
    if (!this.fits(amount)) return false
    this.#free -= amount
    return true
  }

  /** What was set aside is used by now, or will not be. */
  release(amount: number): void {
    this.#free += amount
    if (this.#wanted > 0) this.#look()
  }

  /** So much more is used; less, if it is negative. */
  use(amount: number): void {
    this.#used += amount
    this.#free -= amount
    if (amount < 0 && this.#wanted > 0) this.#look()
    if (this.#used < this.#low || this.#used >= this.#high) {
      this.#place()
      this.#tell()
    }
  }

  #want(amount: number): void {
    const was = this.#wanted
    this.#wanted = Math.max(1, Math.min(amount, this.#limit))
    if (was === 0) this.#tell()
  }

  #look(): void {
    if (this.#wanted === 0 || this.#wanted > this.#free) return
    this.#wanted = 0
    this.#tell()
  }

  #place(): void {
    const passed = QUOTA_STEPS.filter((step) => this.#used * 100 >= step * this.#limit)
    this.#low = ((passed.at(-1) ?? -Infinity) * this.#limit) / 100
    this.#high = ((QUOTA_STEPS[passed.length] ?? Infinity) * this.#limit) / 100
  }

  #tell(): void {
    for (const watcher of this.watchers) watcher()
  }
}
