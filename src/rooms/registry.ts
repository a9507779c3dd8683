// The registry: what can't be recomputed about rooms, in a Hyperbee. Which rooms exist, their segments,
// and the oldest message each keeps. Never holds totals: those come from the logs.

import Hyperbee from 'hyperbee'
import type { CoreKey, RoomId } from '../protocol/bytes.ts'
import type { Codec } from '../protocol/codec.ts'
import { byte, decode, encode, fixed, list, struct, uint } from '../protocol/codec.ts'
import type { Segment } from '../protocol/segments.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'

/** A segment as the root keeps it: what the wire tells, and what only the store needs. */
export interface KeptSegment extends Segment {
  /** 16 random bytes: with the room's id, the name of the core. Never used twice. */
  name: Uint8Array
  /** The store's generation when the segment began: an older one is never appended to again. */
  generation: number
}

export interface RoomRecord {
  /** Milliseconds since 1970. */
  createdAt: number
  /** Number of the oldest message kept. */
  oldest: number
  segments: readonly KeptSegment[]
}

const RECORD_VERSION = 1
const OPEN = 1
const raw = struct({
  name: fixed(16),
  coreKey: fixed<CoreKey>(32),
  signer: fixed(32),
  generation: uint,
  start: uint,
  flags: byte,
  end: uint
})

const segment: Codec<KeptSegment> = {
  preencode: (state, value) => raw.preencode(state, toRaw(value)),
  encode: (state, value) => raw.encode(state, toRaw(value)),
  decode(state) {
    const { flags, end, ...rest } = raw.decode(state)
    return { ...rest, end: flags === OPEN ? null : end }
  }
}

const record = struct({
  version: byte,
  createdAt: uint,
  oldest: uint,
  segments: list(segment, limits.segmentsMax)
})

export class Registry {
  readonly #bee: Hyperbee
  #written: Promise<void> = Promise.resolve()

  private constructor(bee: Hyperbee) {
    this.#bee = bee
  }

  static async open(store: Store): Promise<Registry> {
    const bee = new Hyperbee(await store.openCore('registry'), {
      keyEncoding: 'binary',
      valueEncoding: 'binary'
    })
    await bee.ready()
    return new Registry(bee)
  }

  async get(id: RoomId): Promise<RoomRecord | null> {
    const entry = await this.#bee.get(id)
    if (entry === null) return null
    const { version, ...rest } = decode(record, entry.value)
    if (version !== RECORD_VERSION) throw new Error(`a registry record of version ${version}`)
    return rest
  }

  /** Every room that is kept. */
  async *ids(): AsyncGenerator<RoomId> {
    for await (const { key } of this.#bee.createReadStream()) yield key as RoomId
  }

  /** After one that failed none is tried: the library might wait for ever for its own lock. */
  async put(id: RoomId, value: RoomRecord): Promise<void> {
    const bytes = encode(record, { version: RECORD_VERSION, ...value })
    this.#written = this.#written.then(() => this.#bee.put(id, bytes))
    await this.#written
  }

  async close(): Promise<void> {
    await this.#bee.close()
  }
}

function toRaw({ end, ...rest }: KeptSegment): Parameters<typeof raw.encode>[1] {
  return { ...rest, flags: end === null ? OPEN : 0, end: end ?? 0 }
}
