// What speaks against sending a body, before anything is sealed. Also for callers without a type checker,
// whose mistakes would otherwise wait for ever.

import { badPayload, RootPeerError, tooLarge } from '../protocol/errors.ts'
import { wireLimits } from '../protocol/limits.ts'
import { toBytes } from './outbox/author.ts'

/** Why this can't be sent; null if it can. */
export function objectionTo(body: unknown, acks: number | undefined): RootPeerError | null {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    return badPayload('a message is a text or bytes')
  }
  if (acks !== undefined && !(Number.isSafeInteger(acks) && acks > 0)) {
    return new RootPeerError('FEW_ACKS', 'acks is a whole number from 1', { got: acks })
  }
  const { bodyBytesMax } = wireLimits
  const bytes = toBytes(body).byteLength
  return bytes > bodyBytesMax ? tooLarge('a message in bytes', bodyBytesMax, bytes) : null
}
