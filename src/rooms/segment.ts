// One segment of a room's log as the core it is: append, read, find, head. The only file that reads
// blocks past Hypercore's own `get`.

import type Hypercore from 'hypercore'
import type { CoreKey, RoomId, Signature } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Head } from '../protocol/head.ts'
import type { TreeNode } from '../protocol/inclusion.ts'
import { pageSpan } from '../protocol/page.ts'
import type { Store } from '../storage/store.ts'
import type { KeptSegment, RoomRecord } from './record.ts'

export class SegmentCore {
  readonly core: Hypercore
  /** Kept until the next append: hashing the roots once a commit is enough. */
  #head: Head | null = null

  constructor(core: Hypercore) {
    this.core = core
  }

  get key(): CoreKey {
    return this.core.key as CoreKey
  }

  /** The one signer of the core's manifest. */
  get signer(): Uint8Array {
    const signer = this.core.manifest?.signers[0]
    if (signer === undefined) throw new Error('a segment without a signer')
    return signer.publicKey
  }

  get length(): number {
    return this.core.length
  }

  /** Appends pages as blocks; resolves once they are synced. */
  async append(pages: readonly Uint8Array[]): Promise<void> {
    await this.core.append(pages)
    this.#head = null
  }

  /** What is signed of this core now; null while it is empty. */
  head(): Head | null {
    if (this.length === 0) return null
    if (this.#head === null || this.#head.length !== this.length) {
      const { state } = this.core.core
      const { fork, length, signature } = state
      if (signature === null) return null
      this.#head = { fork, length, treeHash: state.hash(), signature: plain(signature) }
    }
    return this.#head
  }

  /** Nodes of the Merkle tree by their flat-tree index, in one read. */
  async nodes(indexes: readonly number[]): Promise<TreeNode[]> {
    const reader = this.core.core.state.storage.read()
    const wanted = indexes.map((index) => reader.getTreeNode(index))
    reader.tryFlush()
    return (await Promise.all(wanted)).map((node, i) => {
      if (node === null) throw new Error(`tree node ${indexes[i]} is missing`)
      return node
    })
  }

  /** Blocks from `start`, at most `count`, in one read; stops before one that is gone. */
  async read(start: number, count: number): Promise<Uint8Array[]> {
    const end = Math.min(start + count, this.length)
    const reader = this.core.core.state.storage.read()
    const wanted: Promise<Uint8Array | null>[] = []
    for (let i = start; i < end; i++) wanted.push(reader.getBlock(i))
    reader.tryFlush()
    const blocks: Uint8Array[] = []
    for (const block of await Promise.all(wanted)) {
      if (block === null) break
      blocks.push(block)
    }
    return blocks
  }

  /**
   * The block whose page holds message `number`: the last whose first number is not above it; -1 if none
   * is kept.
   *
   * @param from blocks before this one are not looked at
   */
  async find(number: number, from = 0): Promise<number> {
    let low = from
    let high = this.length - 1
    let found = -1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const [page] = await this.read(middle, 1)
      // Cleared blocks are the oldest ones, so a hole means: look later.
      if (page === undefined || pageSpan(page).first <= number) {
        if (page !== undefined) found = middle
        low = middle + 1
      } else {
        high = middle - 1
      }
    }
    return found
  }

  /**
   * Where the log ends: blocks that are here up to the last, and the number that comes next as its page
   * says; null for an empty core. A core that was rolled back, and then met a mirror that had more, is
   * longer than what it holds: what is missing at its end is not ours any more.
   *
   * @param from as many blocks were let go of: next is null if none is left behind them
   * @throws if no page is left of those that were not: to number anew would be to use numbers twice.
   */
  async end(from = 0): Promise<{ length: number; next: number | null }> {
    if (this.length === 0) return { length: 0, next: null }
    const length = await this.#held(from)
    const [page] = await this.read(length - 1, 1)
    if (page === undefined) {
      if (from > 0) return { length, next: null }
      throw new Error('no page of this log is left')
    }
    const { first, count } = pageSpan(page)
    return { length, next: first + count }
  }

  /** One past the last block that is here; `from` if none behind that is. */
  async #held(from: number): Promise<number> {
    for (let length = this.length; length > from; length--) {
      if (await this.core.has(length - 1)) return length
    }
    return from
  }

  async close(): Promise<void> {
    await this.core.close()
  }
}

/** Opens the core of a segment of this name, made if missing. */
export async function openSegment(
  store: Store,
  id: RoomId,
  { name }: Pick<KeptSegment, 'name'>
): Promise<SegmentCore> {
  return new SegmentCore(await store.openCore(`room/${mapKey(id)}/${mapKey(name)}`))
}

export interface SegmentEnd {
  /** Blocks up to the last that is here. */
  length: number
  /** Bytes of all blocks. */
  byteLength: number
  /** Number of the message that comes next. */
  next: number
}

/**
 * Where a log ends, as a rule without opening its last core: a room that is only looked at costs no more
 * than that.
 *
 * @param open is called if it has to be opened after all
 */
export async function endOf(
  store: Store,
  { segments, oldest, gone }: RoomRecord,
  open: () => Promise<SegmentCore>
): Promise<SegmentEnd> {
  const position = segments.length - 1
  const kept = segments[position]
  const seen = kept === undefined ? null : await store.peek(kept.coreKey)
  if (seen === null || seen.length === 0) {
    return { length: 0, byteLength: 0, next: Math.max(kept?.start ?? 0, oldest) }
  }
  const { length, byteLength, last } = seen
  if (last !== null) {
    const { first, count } = pageSpan(last)
    return { length, byteLength, next: first + count }
  }
  const from = gone.segment === position ? gone.block : 0
  if (from === length) return { length, byteLength, next: oldest }
  const end = await (await open()).end(from)
  return { length: end.length, byteLength, next: end.next ?? oldest }
}

// Hypercore wraps the signature of a manifest with one signer: count, signer, 64 bytes, no patches.
function plain(signature: Uint8Array): Signature {
  return (signature.byteLength === 64 ? signature : signature.subarray(2, 66)) as Signature
}
