// The code that two people compare by voice: the same on both sides, and another one if either has the
// wrong key of the other.

import b4a from 'b4a'
import { CONSTANTS, hash } from './derive.ts'

const GROUPS = 6

/** 24 digits in groups of four: 79 bits. */
export function safetyCode(one: Uint8Array, other: Uint8Array): string {
  const [first, second] = b4a.compare(one, other) < 0 ? [one, other] : [other, one]
  const bytes = hash(CONSTANTS.safetyCode, first, second)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: GROUPS }, (_, group) =>
    String(view.getUint32(4 * group) % 10_000).padStart(4, '0')
  ).join(' ')
}
