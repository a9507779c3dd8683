// Content on its way into a store, chunk after chunk. Shows once it is put there with its entry.

import type { Blob } from '../../protocol/files-index.ts'

export class Staged {
  readonly #append: (blobs: readonly Blob[], chunks: readonly Uint8Array[]) => Promise<Blob[]>
  readonly #drop: (blobs: readonly Blob[]) => void
  blobs: Blob[] = []

  constructor(
    append: (blobs: readonly Blob[], chunks: readonly Uint8Array[]) => Promise<Blob[]>,
    drop: (blobs: readonly Blob[]) => void
  ) {
    this.#append = append
    this.#drop = drop
  }

  async add(chunks: readonly Uint8Array[]): Promise<void> {
    this.blobs = await this.#append(this.blobs, chunks)
  }

  /** It came to nothing. */
  drop(): void {
    this.#drop(this.blobs)
    this.blobs = []
  }
}
