// A search through one root's log for frames that may be in it: from where they can't lie before, to the
// end. Says what it finds, once each; what it did not find whole is not there.

import b4a from 'b4a'
import type { CoreKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { hostileRoot, RootPeerError } from '../../protocol/errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { decodePage } from '../../protocol/page.ts'
import { openMessage } from '../../protocol/payload.ts'
import type { Pages, Pull } from '../../protocol/room-channel.ts'
import type { SealedFrame } from './author.ts'
import type { Mark } from './debt.ts'
import type { StoredAt } from './receipt.ts'
import type { OpenRoom, RoomLink, StreamUser } from '../roots/room-link.ts'

export interface SearchOptions<Wanted> {
  link: RoomLink
  keys: RoomKeys
  from: Mark
  found: (wanted: Wanted, at: StoredAt) => void
  /** The log was read to its end. */
  over: () => void
}

/** A frame on its way through the log. */
interface Met<Wanted> {
  wanted: Wanted
  /** Where it begins. */
  at: Pick<StoredAt, 'first' | 'storedAt' | 'block'>
  /** How many of its messages were met, one behind the other. */
  count: number
}

export class Search<Wanted extends { entry: { frame: SealedFrame } }> implements StreamUser {
  readonly #options: SearchOptions<Wanted>
  /** By the hash of a frame's first message. */
  readonly #wanted = new Map<string, Wanted>()
  /** A frame that has begun: what other members bring may be a part of it. */
  #met: Met<Wanted> | null = null
  #from: Mark
  #stream: number | null = null
  #stopped = false

  constructor(wanted: Iterable<Wanted>, options: SearchOptions<Wanted>) {
    this.#options = options
    this.#from = options.from
    for (const each of wanted) {
      const id = each.entry.frame.ids[0]
      if (id !== undefined) this.#wanted.set(mapKey(id), each)
    }
  }

  /** Throws `TOO_MANY` if no stream is free. */
  start(): void {
    this.#stream = this.#options.link.attach(this, wireLimits.streamsMax)
    if (this.#stream === null) {
      throw new RootPeerError('TOO_MANY', 'no stream is free to look for what was sent')
    }
    if (this.#stopped) this.stop() // it was over at once
  }

  stop(): void {
    this.#stopped = true
    if (this.#stream !== null) this.#options.link.detach(this.#stream)
    this.#stream = null
  }

  position(): Omit<Pull, 'stream'> | null {
    if (this.#stopped) return null
    const { coreKey, next } = this.#from
    return { coreKey, from: next, limit: 0, live: false, head: null }
  }

  pages({ pages, segment, block, end }: Pages): void {
    if (this.#stopped) return
    const { link, found, over } = this.#options
    for (const [i, bytes] of pages.entries()) {
      const { storedAt, entries } = decodePage(bytes)
      for (const { index: first, payload } of entries) {
        const whole = this.#meet(payload, { first, storedAt, block: block + i })
        if (whole === null) continue
        const coreKey = coreKeyOf(link, segment)
        found(whole.wanted, { root: link.root, coreKey, head: null, ...whole.at })
      }
    }
    if (!end) return
    this.stop()
    over()
  }

  gap(): void {
    // What lay there is gone: it is sent again, and readers know it by its hash.
  }

  reset(number: number): void {
    this.#from = { coreKey: null, next: number }
  }

  cut(): void {
    this.stop()
  }

  /** The frame that is whole with this message. */
  #meet(payload: Uint8Array, at: Met<Wanted>['at']): Met<Wanted> | null {
    const id = this.#idOf(payload)
    const next = this.#met?.wanted.entry.frame.ids[this.#met.count]
    if (this.#met !== null && next !== undefined && id === mapKey(next)) this.#met.count++
    else {
      const wanted = this.#wanted.get(id)
      this.#met = wanted === undefined ? null : { wanted, at, count: 1 }
    }
    const met = this.#met
    if (met === null || met.count < met.wanted.entry.frame.ids.length) return null
    this.#met = null
    const [first] = met.wanted.entry.frame.ids
    if (first !== undefined) this.#wanted.delete(mapKey(first))
    return met
  }

  #idOf(payload: Uint8Array): string {
    try {
      return mapKey(openMessage(this.#options.keys, payload).id)
    } catch {
      return '' // somebody else's, and unreadable: not ours to judge here
    }
  }
}

/** The core of a segment that a root names. Throws `HOSTILE_ROOT` if it never told of it. */
export function coreKeyOf(link: RoomLink, segment: number): CoreKey {
  const coreKey = link.open?.segments.all[segment]?.coreKey
  if (coreKey !== undefined) return coreKey
  throw hostileRoot('stored in a segment that was never told')
}

/** Whether a mark is in the segment that is appended to. */
export function isLast({ coreKey }: Mark, { segments }: OpenRoom): boolean {
  const last = segments.last?.coreKey
  return last === undefined || (coreKey !== null && b4a.equals(coreKey, last))
}
