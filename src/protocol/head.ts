// A head: what a root has signed of one core. It outlives the connection as a receipt, and two heads
// of one length that differ convict their root. Owns its codec and its check.

import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { CoreKey, Signature } from './bytes.ts'
import type { Codec } from './codec.ts'
import { encode, fixed, kept, struct, uint } from './codec.ts'
import * as c from 'compact-encoding'

type Five = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]

/** The state of a core as signed by its root: Hypercore's own signature over its Merkle tree. */
export interface Head {
  fork: number
  /** Blocks, that is pages. */
  length: number
  treeHash: Uint8Array
  signature: Signature
}

// Copied: the newest head is kept, and the frame that brought it may hold half a megabyte of pages.
export const headCodec: Codec<Head> = struct({
  fork: uint,
  length: uint,
  treeHash: kept(32),
  signature: kept<Signature>(64)
})

// Hypercore's own constants: what it puts before a tree that it signs, and before a manifest that it
// hashes, and the namespace of a signer. Hypercore itself would bring its storage along.
const [TREE, , , MANIFEST, NAMESPACE] = crypto.namespace('hypercore', 6) as Five
/** Version 1, no flags, BLAKE2b, a quorum of one among one signer, who signs with Ed25519. */
const PLAIN = b4a.from([1, 0, 0, 1, 1, 0])
const signable = struct({
  tree: fixed(32),
  manifestHash: fixed(32),
  treeHash: fixed(32),
  length: c.uint64,
  fork: c.uint64
})

/** Whether a core's key is the hash of the plain manifest with this one signer. */
export function isSignerOf(coreKey: CoreKey, signer: Uint8Array): boolean {
  return b4a.equals(crypto.hash([MANIFEST, PLAIN, NAMESPACE, signer]), coreKey)
}

/** Whether a head was signed for this core; `signer` must be known to be the core's (`isSignerOf`). */
export function isHeadOf(head: Head, coreKey: CoreKey, signer: Uint8Array): boolean {
  const { treeHash, length, fork } = head
  const bytes = encode(signable, { tree: TREE, manifestHash: coreKey, treeHash, length, fork })
  return crypto.verify(bytes, head.signature, signer)
}
