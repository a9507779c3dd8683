// A receipt: what a root said when it had stored a message, kept by whoever sent it.

import b4a from 'b4a'
import type { CoreKey, MessageHash } from '../../protocol/bytes.ts'
import { formatKey, mapKey } from '../../protocol/bytes.ts'
import type { Head } from '../../protocol/head.ts'

export interface Receipt {
  /** The message's hash, in hex: its name everywhere. */
  id: string
  /** Key of the root, in z32. */
  root: string
  /** Number of the message in this room at this root. */
  index: number
  /** Milliseconds since 1970 by the root's clock. */
  storedAt: number
  /** Key of the core that holds it, in z32, and the block in it. */
  coreKey: string
  block: number
  /** What the root has signed of that core: hashes and signature in hex. Null if it was found in the log. */
  head: { fork: number; length: number; treeHash: string; signature: string } | null
}

/** Where a frame was stored. */
export interface StoredAt {
  root: string
  first: number
  storedAt: number
  coreKey: CoreKey
  block: number
  head: Head | null
}

export function receiptOf(ids: readonly MessageHash[], at: StoredAt): Receipt[] {
  const { root, first, storedAt, block } = at
  const coreKey = formatKey(at.coreKey)
  const head = at.head === null ? null : printHead(at.head)
  return ids.map((id, i) => ({
    id: mapKey(id),
    root,
    index: first + i,
    storedAt,
    coreKey,
    block,
    head
  }))
}

function printHead({ fork, length, treeHash, signature }: Head): NonNullable<Receipt['head']> {
  return {
    fork,
    length,
    treeHash: b4a.toString(treeHash, 'hex'),
    signature: b4a.toString(signature, 'hex')
  }
}
