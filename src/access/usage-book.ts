// How much each holder uses on each day: what an operator who shares costs needs to know. Kept as one note
// for each day, written now and then, so a kill loses what was counted since; what the quotas of storage
// hang on is not counted here.

import type { Codec } from '../protocol/codec.ts'
import { decode, encode, kept, list, optional, struct, text, uint } from '../protocol/codec.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'

export const DAY_MS = 86_400_000

export interface UsageLine {
  /** A key in z32, or `ticket:` and a ticket's name. */
  holder: string
  /** The holder's name in the store. */
  hash: Uint8Array
  messages: number
  bytesIn: number
  bytesOut: number
  /** Bytes kept, when this was last looked at on that day; null if it never was. */
  bytesKept: number | null
}

const line: Codec<UsageLine> = struct({
  holder: text(limits.listedNameBytesMax),
  hash: kept(32),
  messages: uint,
  bytesIn: uint,
  bytesOut: uint,
  bytesKept: optional(uint)
})
const page = list(line, limits.usageHoldersMax)

export class UsageBook {
  readonly #store: Store
  readonly #now: () => number
  #day: number
  #today = new Map<string, UsageLine>()
  #dirty = false

  private constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
    this.#day = dayOf(now())
  }

  static async open(store: Store, now: () => number): Promise<UsageBook> {
    const book = new UsageBook(store, now)
    for (const each of await book.#read(book.#day)) book.#today.set(each.holder, each)
    return book
  }

  get day(): number {
    return this.#day
  }

  /** The line of a holder for today. With too many of them the least ones are forgotten. */
  line(holder: string, hash: Uint8Array): UsageLine {
    this.#dirty = true
    const known = this.#today.get(holder)
    if (known !== undefined) return known
    if (this.#today.size >= limits.usageHoldersMax) this.#shrink()
    const made = { holder, hash, messages: 0, bytesIn: 0, bytesOut: 0, bytesKept: null }
    this.#today.set(holder, made)
    return made
  }

  /** What was sent today, as far as it is known. */
  sentToday(holder: string): number {
    return this.#today.get(holder)?.messages ?? 0
  }

  /** The lines of a day, with the most messages first. */
  async of(day: number): Promise<UsageLine[]> {
    const lines = day === this.#day ? [...this.#today.values()] : await this.#read(day)
    return lines.toSorted((a, b) => b.messages - a.messages || b.bytesIn - a.bytesIn)
  }

  /** The lines of every day from one on, the oldest first. */
  async since(day: number): Promise<(Omit<UsageLine, 'hash'> & { day: string })[]> {
    const lines = []
    const first = Math.max(day, this.#day - limits.usageDaysMax + 1)
    for (let each = first; each <= this.#day; each++) {
      const date = new Date(each * DAY_MS).toISOString().slice(0, 10)
      for (const { hash: _, ...rest } of await this.of(each)) lines.push({ day: date, ...rest })
    }
    return lines
  }

  /** Keeps what was counted. */
  async flush(keptOf: (hash: Uint8Array) => number | null): Promise<void> {
    if (this.#dirty) {
      this.#dirty = false
      for (const each of this.#today.values()) each.bytesKept = keptOf(each.hash) ?? each.bytesKept
      try {
        await this.#write(this.#day, encode(page, [...this.#today.values()]))
      } catch (err) {
        this.#dirty = true
        throw err
      }
    }
    // Only once the day before is kept. A clock that is set back goes on with the day that it was.
    const day = dayOf(this.#now())
    if (day <= this.#day) return
    for (let old = this.#day; old < Math.min(day, this.#day + limits.usageDaysMax); old++) {
      await this.#write(old - limits.usageDaysMax, encode(page, []))
    }
    this.#day = day
    this.#today = new Map()
  }

  #shrink(): void {
    const most = [...this.#today.values()].toSorted((a, b) => b.messages - a.messages)
    const keep = most.slice(0, limits.usageHoldersMax / 2)
    this.#today = new Map(keep.map((each) => [each.holder, each]))
  }

  async #read(day: number): Promise<UsageLine[]> {
    const bytes = await this.#store.notes.get(noteOf(day))
    return bytes === null ? [] : decode(page, bytes)
  }

  async #write(day: number, bytes: Uint8Array): Promise<void> {
    if (day < 0 || !this.#store.writable) return
    await this.#store.notes.set(noteOf(day), bytes)
  }
}

export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS)
}

function noteOf(day: number): string {
  return `access/usage/${day}`
}
