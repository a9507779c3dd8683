// The proof that opens a room: one signature, good for one room, one access, one connection and one
// prover. Owns what is signed and how it is checked; never knows of channels or storage.

import b4a from 'b4a'
import type { PeerKey, RoomId, Signature } from './bytes.ts'
import type { Codec } from './codec.ts'
import { byte, fixed, struct } from './codec.ts'
import { CONSTANTS, sign, verify } from './derive.ts'
import { badProof, RootPeerError, versionUnsupported } from './errors.ts'
import type { RoomKeys, RoomPublicKeys } from './keys.ts'
import { Access, roomIdOf } from './keys.ts'

/** Version of the proof: the first byte, so that it can change. */
const PROOF_VERSION = 1

export interface Proof {
  version: number
  owner: Uint8Array
  writer: Uint8Array
  reader: Uint8Array
  access: number
  signature: Signature
}

export const proofCodec: Codec<Proof> = struct({
  version: byte,
  owner: fixed(32),
  writer: fixed(32),
  reader: fixed(32),
  access: byte,
  signature: fixed<Signature>(64)
})

/** What ties a proof to one connection and one prover. */
export interface ProofContext {
  /** `handshakeHash` of the Noise connection, the same on both sides. */
  handshakeHash: Uint8Array
  /** Noise public key of the prover. */
  prover: PeerKey
}

/** Proves `access` to a room on this connection. Throws where the keys do not give it. */
export function proveAccess(keys: RoomKeys, access: Access, context: ProofContext): Proof {
  const keyPair =
    access === Access.owner ? keys.owner : access === Access.member ? keys.writer : keys.reader
  if (keyPair === null) throw badProof('these keys do not give the access asked for')
  const { owner, writer, reader } = keys.publicKeys
  const signature = sign(keyPair, CONSTANTS.proof, ...signed(context, access, keys.id))
  return { version: PROOF_VERSION, owner, writer, reader, access, signature }
}

/**
 * The access that a proof gives to the room it was sent for.
 *
 * @throws `VERSION_UNSUPPORTED` or `BAD_PROOF`; then nothing may be created or told.
 */
export function checkProof(proof: Proof, id: Uint8Array, context: ProofContext): Access {
  if (proof.version !== PROOF_VERSION) {
    throw versionUnsupported(`proof ${PROOF_VERSION}`, `proof ${proof.version}`)
  }
  const access = accessOf(proof.access)
  const roomId = roomIdOf(proof)
  if (!b4a.equals(roomId, id)) throw badProof('the keys do not hash to this room')
  const publicKey = provingKey(proof, access)
  if (!verify(publicKey, proof.signature, CONSTANTS.proof, ...signed(context, access, roomId))) {
    throw badProof(`the signature does not prove ${NAMES[access]} access on this connection`)
  }
  return access
}

const NAMES: Record<Access, string> = { 1: 'guest', 2: 'member', 3: 'owner' }

function accessOf(value: number): Access {
  for (const access of Object.values(Access)) if (access === value) return access
  throw new RootPeerError('BAD_PROOF', 'an access that does not exist', { got: value })
}

function provingKey(keys: RoomPublicKeys, access: Access): Uint8Array {
  return access === Access.owner ? keys.owner : access === Access.member ? keys.writer : keys.reader
}

// Every part has a fixed length: 64, 32, 1, 32.
function signed(context: ProofContext, access: Access, id: RoomId): Uint8Array[] {
  return [context.handshakeHash, context.prover, b4a.from([access]), id]
}
