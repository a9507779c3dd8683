// That an identity is here: a signature that is good on one connection only. Without it whoever hands
// in somebody's profile would count as that person.

import type { AuthorKey, KeyPair, Signature } from './bytes.ts'
import { CONSTANTS, sign, verify } from './derive.ts'
import { badProof } from './errors.ts'
import type { ProofContext } from './proof.ts'

export function proveAttendance(identity: KeyPair, context: ProofContext): Signature {
  return sign(identity, CONSTANTS.attendance, context.handshakeHash, context.prover)
}

/** Throws `BAD_PROOF`. */
export function checkAttendance(
  identity: AuthorKey,
  signature: Signature,
  context: ProofContext
): void {
  const { handshakeHash, prover } = context
  if (!verify(identity, signature, CONSTANTS.attendance, handshakeHash, prover)) {
    throw badProof('this does not prove the identity on this connection')
  }
}
