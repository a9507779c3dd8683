// The identity of a device: the key pair that signs its messages, from a seed.

import type { KeyPair } from '../../protocol/bytes.ts'
import { CONSTANTS, deriveKeyPair } from '../../protocol/derive.ts'

/** The identity that a seed of 32 bytes gives. */
export function identityOf(seed: Uint8Array): KeyPair {
  return deriveKeyPair(CONSTANTS.identity, seed)
}
