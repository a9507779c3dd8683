// What the registry says of one room, and how it is written down. Never reads or writes it.

import type { CoreKey } from '../protocol/bytes.ts'
import type { Codec } from '../protocol/codec.ts'
import { byte, decode, encode, kept, list, optional, struct, uint } from '../protocol/codec.ts'
import { retentionCodec } from '../protocol/retention.ts'
import type { Retention } from '../protocol/retention.ts'
import type { Segment } from '../protocol/segments.ts'
import { limits } from '../limits.ts'

/** A segment as the root keeps it: what the wire tells, and what only the store needs. */
export interface KeptSegment extends Segment {
  /** 16 random bytes: with the room's id, the name of the core. Never used twice. */
  name: Uint8Array
  /** The store's generation when the segment began: an older one is never appended to again. */
  generation: number
}

/** What is gone of a log: all that is before its oldest page. */
export interface Gone {
  /** Bytes of the pages. */
  bytes: number
  /** Where the oldest page is that is kept: position in the list of segments, and block. */
  segment: number
  block: number
}

/** Who is answerable for a room, as two hashes that say nothing by themselves. */
export interface Founder {
  holder: Uint8Array
  address: Uint8Array
}

export interface RoomRecord {
  /** Milliseconds since 1970. */
  createdAt: number
  /** Number of the oldest message kept: as many are gone. */
  oldest: number
  segments: readonly KeptSegment[]
  /** Bytes of all pages ever written to segments that have ended. */
  endedBytes: number
  gone: Gone
  /** When the oldest page kept was stored, or before; 0 if none is kept. */
  since: number
  /** What the owner has asked for; null if nothing. */
  retention: Retention | null
  founder: Founder | null
}

/** Of a room that is new. */
export function newRecord(createdAt: number, founder: Founder | null = null): RoomRecord {
  return {
    createdAt,
    oldest: 0,
    segments: [],
    endedBytes: 0,
    gone: { bytes: 0, segment: 0, block: 0 },
    since: 0,
    retention: null,
    founder
  }
}

const RECORD_VERSION = 2
const OPEN = 1

const rawSegment = struct({
  name: kept(16),
  coreKey: kept<CoreKey>(32),
  signer: kept(32),
  generation: uint,
  start: uint,
  flags: byte,
  end: uint
})

export const segmentCodec: Codec<KeptSegment> = {
  preencode: (state, value) => rawSegment.preencode(state, toRaw(value)),
  encode: (state, value) => rawSegment.encode(state, toRaw(value)),
  decode(state) {
    const { flags, end, ...rest } = rawSegment.decode(state)
    return { ...rest, end: flags === OPEN ? null : end }
  }
}

const record = struct({
  version: byte,
  createdAt: uint,
  oldest: uint,
  segments: list(segmentCodec, limits.segmentsMax),
  endedBytes: uint,
  gone: struct({ bytes: uint, segment: uint, block: uint }) as Codec<Gone>,
  since: uint,
  retention: optional(retentionCodec),
  founder: optional(struct({ holder: kept(32), address: kept(32) }) as Codec<Founder>)
})

export function encodeRecord(value: RoomRecord): Uint8Array {
  return encode(record, { version: RECORD_VERSION, ...value })
}

/** @throws if a later version wrote it */
export function decodeRecord(bytes: Uint8Array): RoomRecord {
  if (bytes[0] !== RECORD_VERSION) throw new Error(`a registry record of version ${bytes[0]}`)
  const { version: _, ...rest } = decode(record, bytes)
  return rest
}

function toRaw({ end, ...rest }: KeptSegment): Parameters<typeof rawSegment.encode>[1] {
  return { ...rest, flags: end === null ? OPEN : 0, end: end ?? 0 }
}
