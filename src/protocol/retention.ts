// How long a room's messages are kept: by age, by bytes and by count, whichever ends first. Owns the
// fields on the wire and in storage, and which of two is the shorter. Never looks at a clock.

import type { Codec } from './codec.ts'
import { struct, uint } from './codec.ts'

/** 0 is no bound. */
export interface Retention {
  /** Milliseconds since a message was stored. */
  ageMs: number
  /** Bytes of the pages kept. */
  bytes: number
  /** Messages kept. */
  messages: number
}

export const UNBOUNDED: Readonly<Retention> = Object.freeze({ ageMs: 0, bytes: 0, messages: 0 })

export const retentionCodec: Codec<Retention> = struct({ ageMs: uint, bytes: uint, messages: uint })

export function isSame(a: Retention, b: Retention): boolean {
  return a.ageMs === b.ageMs && a.bytes === b.bytes && a.messages === b.messages
}

/** The shorter of two, bound by bound. */
export function shorter(a: Retention, b: Retention): Retention {
  return {
    ageMs: lesser(a.ageMs, b.ageMs),
    bytes: lesser(a.bytes, b.bytes),
    messages: lesser(a.messages, b.messages)
  }
}

/** The longer of two, bound by bound. */
export function longer(a: Retention, b: Retention): Retention {
  return {
    ageMs: greater(a.ageMs, b.ageMs),
    bytes: greater(a.bytes, b.bytes),
    messages: greater(a.messages, b.messages)
  }
}

function greater(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.max(a, b)
}

function lesser(a: number, b: number): number {
  return a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b)
}
