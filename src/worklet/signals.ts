// Typing and receipts, as broadcasts carry them. What does not decode is nothing: broadcasts are hints.

import b4a from 'b4a'
import { mapKey } from '../protocol/bytes.ts'
import { badRequest } from './errors.ts'
import { hex32 } from './fields.ts'
import { workletLimits } from './limits.ts'

export function typingBody(typing: boolean): Uint8Array {
  return b4a.from([typing ? 1 : 0])
}

export function isTyping(body: Uint8Array): boolean {
  return body[0] === 1
}

/** Throws `BAD_REQUEST` for what is no message's id. */
export function receiptBody(ids: readonly string[]): Uint8Array {
  return b4a.concat(
    ids.map((id) => {
      const hash = hex32(id)
      if (hash === null) throw badRequest('a message id is 64 hex digits', id)
      return hash
    })
  )
}

export function receiptIds(body: Uint8Array): string[] {
  const { hashBytes, receiptIdsMax } = workletLimits
  const count = Math.min(Math.floor(body.byteLength / hashBytes), receiptIdsMax)
  return Array.from({ length: count }, (_, i) =>
    mapKey(body.subarray(i * hashBytes, (i + 1) * hashBytes))
  )
}
