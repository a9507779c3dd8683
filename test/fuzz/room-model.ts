// A room as plain arrays, and the steps that a room can be taken through: append, be refused, resume,
// reconnect, break off, retain, be set back, pull, follow. After every step the arrays and the real thing
// must agree.

import { limits } from '../../src/limits.ts'
import type { Head } from '../../src/protocol/head.ts'
import type { StreamSeen } from './helpers/member.ts'

/** A segment of the model: where it begins, and the key of its core once that is known. */
export interface ModelSegment {
  start: number
  end: number | null
  key: string
  /** The store's when it began; 0 once a head has proven that it was set back. */
  generation: number
}

/** What is on disk: what a copy of the folder brings back. */
export interface Kept {
  /** Every message by number, also those that are gone. */
  readonly texts: string[]
  /** First number of every page. */
  readonly pages: number[]
  readonly segments: ModelSegment[]
  oldest: number
  /** Blocks of the last segment, as its head says. */
  blocks: number
  /** The store's: one that was restored is of a new one, and appends to no segment of another. */
  generation: number
}

/** A stream that follows: where it began, and what came. */
export interface Followed {
  first: number
  seen: StreamSeen
}

/** What was pulled, as the arrays say. */
export interface Expected {
  asides: string[]
  from: number
}

export class RoomModel {
  kept: Kept = { texts: [], pages: [], segments: [], oldest: 0, blocks: 0, generation: 1 }
  full = false
  refusing = false
  frame = 0
  stream = 0
  /** What follows on the channel that is open now, by stream. */
  readonly followed = new Map<number, Followed>()
  /** Copies that were made, by name. */
  readonly copies: { name: string; kept: Kept }[] = []
  /** Newest head that was ever told of a core, by its key in hex: clients do not forget. */
  readonly heads = new Map<string, Head>()
  #text = 0

  get next(): number {
    return this.kept.texts.length
  }

  /** Texts that were never used before, each of some length. */
  fresh(lengths: readonly number[]): string[] {
    return lengths.map((length) => `${this.#text++} `.padEnd(length, '.'))
  }

  /** The room takes a frame: where its first message lies. */
  append(texts: readonly string[]): number {
    const { kept } = this
    const first = this.next
    const last = kept.segments.at(-1)
    if (last?.generation !== kept.generation) {
      if (last !== undefined) last.end = first
      kept.segments.push({ start: first, end: null, key: '', generation: kept.generation })
    }
    kept.texts.push(...texts)
    return first
  }

  /** Whether a frame is taken, and the code if not. */
  refusal(resume: boolean): string | null {
    if (this.refusing && !resume) return 'OUT_OF_ORDER'
    return this.full ? 'DISK_FULL' : null
  }

  /** By the table of the protocol: where a cursor leads, and what is said on the way. */
  resolve(key: string | null, from: number): Expected {
    const { oldest, segments } = this.kept
    const asides: string[] = []
    let at = from
    const stepBack = (number: number): void => {
      at = number
      asides.push(`reset ${number}`)
    }
    const segment = segments.find((each) => each.key === key)
    const end = segment?.end ?? this.next
    if (key !== null && segment === undefined) stepBack(oldest)
    else if (at > Math.min(end, this.next)) stepBack(Math.min(end, this.next))
    if (at < oldest) {
      asides.push(`gap ${at} to ${oldest}`)
      at = oldest
    }
    return { asides, from: at }
  }

  /** At most so many messages are kept, a little less; whole pages go, and the newest only if none is kept. */
  keep(messages: number): void {
    const { kept } = this
    const most = messages - Math.floor(messages / limits.retentionSlack)
    const fits = kept.pages.find((first) => this.next - first <= most)
    const newest = kept.pages.at(-1) ?? this.next
    kept.oldest = Math.max(kept.oldest, messages === 0 ? this.next : (fits ?? newest))
  }

  /** First number of the page that holds a message; a page is never cut. */
  pageOf(number: number): number {
    if (number >= this.next) return number
    return this.kept.pages.findLast((first) => first <= number) ?? number
  }

  /** First number of the page behind that one. */
  pageAfter(number: number): number {
    return this.kept.pages.find((first) => first > number) ?? this.next
  }

  /** Another channel was opened: what belonged to the one before is over. */
  begin(): void {
    this.refusing = false
    this.followed.clear()
  }

  copy(): Kept {
    return structuredClone(this.kept)
  }
}
