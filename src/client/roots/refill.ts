// Keeps the roots of one room alike: when one is granted, it is compared with the others, by one member
// after the other, and what it lacks is brought from the one that has most. Owns when and between whom;
// how is a courier's business. A guest only sees who is behind.

import { Courier } from './courier.ts'
import type { Outcome } from './courier.ts'
import { gauge } from './gauge.ts'
import type { Extent } from './gauge.ts'
import { steadyNow } from '../clock.ts'
import { clientLimits } from '../limits.ts'
import type { RoomRoot } from './room-root.ts'
import type { Inside } from '../way.ts'

const { refillLackMin } = clientLimits

export class Refill {
  readonly #inside: Inside
  readonly #roots: () => readonly RoomRoot[]
  readonly #brings: boolean
  #timer: ReturnType<typeof setTimeout> | null = null
  #courier: Courier | null = null
  /** Whether roots are being compared, and whether one was granted meanwhile. */
  #busy = false
  #again = false
  /** The least that is worth a look at what it is: any, after a root was lost. */
  #least: number = refillLackMin
  /** By both roots' names. */
  readonly #pairs = new Map<string, Pair>()
  #asleep = false
  #closed = false

  /** @param options.brings false to see only who is behind. */
  constructor(inside: Inside, options: { roots: () => readonly RoomRoot[]; brings: boolean }) {
    this.#inside = inside
    this.#roots = options.roots
    this.#brings = options.brings && inside.outbox !== null
  }

  /** A root was granted. The wait lets authors bring what they owe it, and roots tell who is there. */
  look(wasLost: boolean): void {
    if (wasLost) this.#least = 1
    this.#again = true
    this.#schedule(this.#inside.waits.refillMinMs, () => this.#takeTurn())
  }

  suspend(): void {
    this.#asleep = true
    this.#stop()
  }

  /** Roots are granted again, and compared then. */
  resume(): void {
    this.#asleep = false
  }

  close(): void {
    this.#closed = true
    this.#stop()
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#courier?.stop()
  }

  #schedule(ms: number, then: () => void): void {
    if (this.#closed || this.#asleep || this.#busy) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = null
      then()
    }, ms)
  }

  // Those who would bring the same begin one after the other, as all of them see the order: the next has
  // nothing to do where the one before did it. Who is far back shares the last turn, by chance.
  #takeTurn(): void {
    const { refillTurnsMax } = clientLimits
    const ahead = this.#brings ? this.#ahead : 0
    const turn = ahead < refillTurnsMax ? ahead : refillTurnsMax + Math.random()
    this.#schedule(turn * this.#inside.waits.refillTurnMs, () => void this.#compare())
  }

  get #ahead(): number {
    const { company, keys } = this.#inside
    return company.roster.ahead(keys.id)
  }

  async #compare(): Promise<void> {
    this.#busy = true
    this.#again = false
    const whole = await this.#level()
    this.#busy = false
    if (this.#again) return this.look(false)
    if (whole) this.#least = refillLackMin
    else this.#schedule(this.#inside.waits.refillRestMs, () => this.#takeTurn())
  }

  /** Brings what is lacking; false if something still is, or may be. */
  async #level(): Promise<boolean> {
    const open = this.#roots().filter(({ link }) => link.open !== null)
    const measured = await Promise.all(open.map((root) => this.#measure(root)))
    const known = measured.filter((each) => each !== null)
    const fullest = known.toSorted((a, b) => b.kept - a.kept)[0]
    let whole = known.length === open.length
    for (const { root } of known) {
      if (fullest === undefined || root === fullest.root) continue
      if (!(await this.#levelOne(fullest, root))) whole = false
    }
    return whole
  }

  async #levelOne(from: Measured, root: RoomRoot): Promise<boolean> {
    // Once more: what is on its way to both may have come to the one and not yet to the other.
    const to = await this.#measure(root)
    if (to === null) return false
    const by = lack(from, to)
    const pair = this.#pair(from.root, root)
    const lacks = by >= this.#least && by > pair.known
    this.#tell(root, lacks ? by : 0)
    if (!lacks) return true
    if (!this.#brings || steadyNow() < pair.notBefore) return false
    const { whole, brought } = await this.#bring(from, to)
    const [fromNow, toNow] = await Promise.all([this.#measure(from.root), this.#measure(root)])
    const left = fromNow === null || toNow === null ? null : lack(fromNow, toNow)
    if (!this.#asleep) pair.judge(brought, left === null ? 0 : by - left)
    if (!whole || left === null) return false
    pair.known = left
    this.#tell(root, 0)
    return true
  }

  async #bring(from: Measured, to: Measured): Promise<Outcome> {
    const { delivery } = to.root
    const { keys, outbox, waits } = this.#inside
    if (delivery === null || outbox === null || this.#closed || this.#asleep) {
      return { whole: false, brought: 0 }
    }
    const by = lack(from, to)
    const newest = by >= from.kept / 4 ? from.kept : 8 * by + clientLimits.refillWindow
    this.#courier = new Courier({
      keys,
      outbox,
      waits,
      ahead: () => this.#ahead,
      delivery,
      from: from.root.link,
      to: to.root.link,
      // The newest of one lie among somewhat more of the newest of the other.
      begin: {
        from: Math.max(from.oldest, from.next - newest),
        to: Math.max(to.oldest, to.next - 2 * newest)
      }
    })
    const outcome = await this.#courier.run()
    this.#courier = null
    return outcome
  }

  #pair(from: RoomRoot, to: RoomRoot): Pair {
    const name = `${from.name} ${to.name}`
    let pair = this.#pairs.get(name)
    if (pair === undefined)
      this.#pairs.set(name, (pair = new Pair(this.#inside.waits.refillRestMs)))
    return pair
  }

  async #measure(root: RoomRoot): Promise<Measured | null> {
    const extent = await gauge(root.link, this.#inside.waits.answerMs)
    return extent === null ? null : { ...extent, root, kept: extent.next - extent.oldest }
  }

  #tell(root: RoomRoot, by: number): void {
    if (root.behind === by) return
    root.behind = by
    this.#inside.tell('behind', { root: root.name, by })
  }
}

/** What is remembered of two roots that were compared. */
class Pair {
  /** What was looked at and is no lack: one root's log may hold a message twice. */
  known = 0
  /** Before that nothing is brought again. */
  notBefore = 0
  readonly #restMs: number
  #times = 0

  constructor(restMs: number) {
    this.#restMs = restMs
  }

  /** One that was brought much, and has no more than before, is not believed so soon again. */
  judge(brought: number, gained: number): void {
    if (gained >= brought / 2) this.#times = 0
    else this.notBefore = steadyNow() + this.#restMs * 2 ** Math.min(this.#times++, 8)
  }
}

/** A root, and how much of the room it has. */
interface Measured extends Extent {
  root: RoomRoot
  kept: number
}

/** What one lacks, against all that it ever stored: what it has let go of since is not to be given again. */
function lack({ kept }: Measured, { next }: Measured): number {
  return Math.max(0, kept - next)
}
