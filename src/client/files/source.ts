// Where a file's bytes come from: at hand, or in turn, and then perhaps more than once. Cuts them into the
// chunks that are sealed, and holds one of them at a time.

import b4a from 'b4a'
import { RootPeerError } from '../../protocol/errors.ts'
import { wireLimits } from '../../protocol/limits.ts'

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** What a file is put from. A function can be called again, so that an upload can begin anew. */
export type FileSource = Uint8Array | string | Pieces | (() => Pieces)

export class Source {
  readonly size: number
  /** Whether it can be read more than once. */
  readonly again: boolean
  readonly #open: () => Pieces
  #opened = false

  /** @throws `BAD_SOURCE` if it is none, or its size is not known. */
  constructor(source: FileSource, size: number | undefined) {
    if (typeof source === 'string' || source instanceof Uint8Array) {
      const bytes = typeof source === 'string' ? b4a.from(source) : source
      this.size = bytes.byteLength
      this.again = true
      this.#open = () => [bytes]
      return
    }
    if (size === undefined || !Number.isSafeInteger(size) || size < 0) {
      throw badSource('the size of what comes in turn must be said: { size }')
    }
    this.size = size
    this.again = typeof source === 'function'
    this.#open = typeof source === 'function' ? source : () => source
  }

  /**
   * Its chunks, in order; all but the last are of one size.
   *
   * @throws `BAD_SOURCE` if it has more or less than it said, or was read before.
   */
  async *chunks(): AsyncGenerator<Uint8Array> {
    if (this.#opened && !this.again)
      throw badSource('what comes in turn can be read once: give a function')
    this.#opened = true
    const { fileChunkBytes } = wireLimits
    let left = this.size
    let chunk: Uint8Array | null = null
    let filled = 0
    for await (const piece of this.#open()) {
      for (let at = 0; at < piece.byteLength;) {
        if (left === 0)
          throw badSource(`the source has more than the ${this.size} bytes that were said`)
        const size = Math.min(fileChunkBytes, left)
        chunk ??= b4a.allocUnsafeSlow(size)
        const part = piece.subarray(at, at + size - filled)
        chunk.set(part, filled)
        at += part.byteLength
        filled += part.byteLength
        if (filled < size) continue
        left -= size
        yield chunk
        chunk = null
        filled = 0
      }
    }
    if (left > 0)
      throw badSource(
        `the source has ${this.size - left + filled} bytes, and ${this.size} were said`
      )
  }
}

function badSource(message: string): RootPeerError<'BAD_SOURCE'> {
  return new RootPeerError('BAD_SOURCE', message)
}
