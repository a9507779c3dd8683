// Who sends: one for each holder and each address that is there, with its pace, its connections and what it
// has sent today. Bounded; one that is gone is kept until its pace has recovered, so that coming back
// under the same name gains nothing.

import type { QuotaKind } from '../protocol/quota.ts'
import type { Busiest } from '../busiest.ts'
import { limits } from '../limits.ts'
import { ADDRESS_TIMES } from './allowances.ts'
import { Pace } from './pace.ts'
import { Quota } from './quota.ts'

export interface SenderLimits {
  messagesPerSecond: number
  bytesPerSecond: number
  messagesPerDay: number
  connections: number
}

export class Sender {
  readonly messages: Pace
  readonly bytes: Pace
  /** Signatures of people that are checked. */
  readonly checks: Pace
  readonly today: Quota
  connections = 0
  /** Messages since that was last asked for. */
  #sent = 0
  #limits: SenderLimits
  #day: number

  constructor(
    kind: QuotaKind,
    bounds: SenderLimits,
    { day, now, sent }: { day: number; now: number; sent: number }
  ) {
    const { messagesPerSecond, bytesPerSecond, messagesPerDay } = bounds
    const times = kind === 'address-day-messages' ? ADDRESS_TIMES : 1
    this.messages = new Pace(messagesPerSecond, limits.paceBurstS, now)
    this.bytes = new Pace(bytesPerSecond, limits.paceBurstS, now)
    this.checks = new Pace(limits.checksPerSecond * times, limits.checksBurstS, now)
    this.today = new Quota(kind, messagesPerDay)
    this.today.use(sent)
    this.#limits = bounds
    this.#day = day
  }

  get connectionsMax(): number {
    return this.#limits.connections
  }

  limit(bounds: SenderLimits): void {
    this.#limits = bounds
    this.messages.perSecond = bounds.messagesPerSecond
    this.bytes.perSecond = bounds.bytesPerSecond
    this.today.limit = bounds.messagesPerDay
  }

  /** A clock that is set back begins no new day. */
  turn(day: number): void {
    if (day <= this.#day) return
    this.#day = day
    this.today.use(-this.today.used)
  }

  /** How long what comes now has to wait for its answer. */
  delay(messages: number, bytes: number, now: number): number {
    return Math.max(this.messages.delay(messages, now), this.bytes.delay(bytes, now))
  }

  spend(messages: number, bytes: number): void {
    this.messages.spend(messages)
    this.bytes.spend(bytes)
    this.today.use(messages)
    this.#sent += messages
  }

  /** Messages since the last call. */
  takeSent(): number {
    const sent = this.#sent
    this.#sent = 0
    return sent
  }

  /** Whether it may be forgotten. */
  rested(now: number): boolean {
    const paces = [this.messages, this.bytes, this.checks]
    return this.connections === 0 && paces.every((pace) => pace.rested(now))
  }
}

export class Senders {
  readonly #senders = new Map<string, Sender>()

  get size(): number {
    return this.#senders.size
  }

  /** The sender of this name, made by `make` if it is not here. */
  enter(name: string, make: () => Sender): Sender {
    const known = this.#senders.get(name)
    const sender = known ?? make()
    // The newest last: who has been away for longest is forgotten first.
    this.#senders.delete(name)
    this.#senders.set(name, sender)
    sender.connections++
    return sender
  }

  find(name: string): Sender | undefined {
    return this.#senders.get(name)
  }

  turn(day: number): void {
    for (const sender of this.#senders.values()) sender.turn(day)
  }

  /** Says what each has sent since the last call. */
  tell(busiest: Busiest): void {
    for (const [name, sender] of this.#senders) {
      const sent = sender.takeSent()
      if (sent > 0) busiest.add(name, sent)
    }
  }

  /** Forgets who is gone and rested; and beyond the bound whoever is gone. */
  sweep(now: number): void {
    let spare = this.#senders.size - limits.sendersMax
    for (const [name, sender] of this.#senders) {
      if (sender.connections > 0 || (spare <= 0 && !sender.rested(now))) continue
      this.#senders.delete(name)
      spare--
    }
  }
}
