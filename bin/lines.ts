// A stream of bytes as lines: split at \n and nowhere else, nothing decoded, and no more of it in memory
// than a line may be long.

import { RootPeerError } from '../src/protocol/protocol.ts'

const NEWLINE = 10

/**
 * The lines of a stream, without their newline, as many at a time as come together. A last line without
 * one counts; an empty rest does not.
 *
 * @throws `TOO_LARGE` at a line of more than `lineBytesMax` bytes, after those before it
 */
export async function* splitLines(
  input: AsyncIterable<Uint8Array>,
  lineBytesMax: number
): AsyncGenerator<Uint8Array[]> {
  const splitter = new Splitter(lineBytesMax)
  for await (const chunk of input) {
    const lines = splitter.split(chunk)
    if (lines.length > 0) yield lines
    if (splitter.failure !== null) throw splitter.failure
  }
  const rest = splitter.rest()
  if (rest !== null) yield [rest]
}

class Splitter {
  readonly #lineBytesMax: number
  /** The line that has begun. */
  #parts: Uint8Array[] = []
  #bytes = 0
  #number = 1
  failure: Error | null = null

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /** The lines that end in this chunk, up to the first that is too long. */
  split(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#add(chunk.subarray(start, end))
      if (this.failure !== null) return lines
      lines.push(this.#take())
      start = end + 1
    }
    if (start < chunk.byteLength) this.#add(chunk.subarray(start))
    return lines
  }

  rest(): Uint8Array | null {
    return this.#bytes > 0 ? this.#take() : null
  }

  #add(part: Uint8Array): void {
    this.#parts.push(part)
    this.#bytes += part.byteLength
    if (this.#bytes <= this.#lineBytesMax) return
    const most = this.#lineBytesMax
    this.failure = new RootPeerError(
      'TOO_LARGE',
      `line ${this.#number} is longer than ${most.toLocaleString('en-US')} bytes, the most that a message holds`,
      { expected: most }
    )
  }

  #take(): Uint8Array {
    const [only] = this.#parts
    const line = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    this.#number++
    return line
  }
}
