// Lists of blobs: the parts of a core that one file's content lies in. Only arithmetic.

import type { Blob } from '../../protocol/files-index.ts'

/** With so many blocks more, from `block` on; what adjoins becomes one blob. */
export function grown(
  blobs: readonly Blob[],
  place: { block: number; byte: number },
  chunks: readonly Uint8Array[]
): Blob[] {
  if (chunks.length === 0) return [...blobs]
  const byteLength = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  const added = {
    core: 0,
    blockOffset: place.block,
    blockLength: chunks.length,
    byteOffset: place.byte,
    byteLength
  }
  const last = blobs.at(-1)
  if (last === undefined || last.blockOffset + last.blockLength !== place.block) {
    return [...blobs, added]
  }
  const blockLength = last.blockLength + chunks.length
  return [...blobs.slice(0, -1), { ...last, blockLength, byteLength: last.byteLength + byteLength }]
}

export function chunksIn(blobs: readonly Blob[]): number {
  return blobs.reduce((sum, { blockLength }) => sum + blockLength, 0)
}

/** Blocks of the chunks from number `chunk` on, up to, not including, `until`. */
export function* blocksOf(blobs: readonly Blob[], chunk: number, until: number): Generator<number> {
  let first = 0
  for (const { blockOffset, blockLength } of blobs) {
    const end = Math.min(until, first + blockLength)
    for (let i = Math.max(chunk, first); i < end; i++) yield blockOffset + i - first
    first += blockLength
  }
}
