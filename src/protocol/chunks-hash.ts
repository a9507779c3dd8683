// The hash over the chunks of an upload, in order: a chain over their leaves. A leaf is what Hypercore
// hashes a block to, so that a root, which keeps those, need not hash a byte again.

import crypto from 'hypercore-crypto'
import { CONSTANTS, hash } from './derive.ts'

export class ChunksHash {
  /** Of no chunks at all. */
  #value: Uint8Array = CONSTANTS.chunks

  /** The hash over all that was added so far. */
  get value(): Uint8Array {
    return this.#value
  }

  add(chunk: Uint8Array): void {
    this.addLeaf(crypto.data(chunk))
  }

  /** A chunk of which only its leaf is at hand. */
  addLeaf(leaf: Uint8Array): void {
    this.#value = hash(CONSTANTS.chunks, this.#value, leaf)
  }
}
