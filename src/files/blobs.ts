// Lists of blobs: the parts of a core that one file's content lies in. Only arithmetic.

import type { Blob } from '../protocol/files-index.ts'

/** Where the next chunk will be. */
export interface Place {
  /** Position of the content core. */
  core: number
  block: number
  byte: number
}

/** A list of blobs with so many chunks more, that were put at `place`; what adjoins becomes one blob. */
export function grown(blobs: readonly Blob[], place: Place, chunks: readonly Uint8Array[]): Blob[] {
  if (chunks.length === 0) return [...blobs]
  const byteLength = bytesIn(chunks)
  const last = blobs.at(-1)
  if (
    last !== undefined &&
    last.core === place.core &&
    last.blockOffset + last.blockLength === place.block
  ) {
    const longer = {
      ...last,
      blockLength: last.blockLength + chunks.length,
      byteLength: last.byteLength + byteLength
    }
    return [...blobs.slice(0, -1), longer]
  }
  const { core, block, byte } = place
  const added = {
    core,
    blockOffset: block,
    blockLength: chunks.length,
    byteOffset: byte,
    byteLength
  }
  return [...blobs, added]
}

export function chunksOf(blobs: readonly Blob[]): number {
  return blobs.reduce((sum, { blockLength }) => sum + blockLength, 0)
}

export function bytesOf(blobs: readonly Blob[]): number {
  return blobs.reduce((sum, { byteLength }) => sum + byteLength, 0)
}

export function bytesIn(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** Where chunk number `chunk` is, and how many of its blob begin there; null beyond the end. */
export function locate(
  blobs: readonly Blob[],
  chunk: number
): { core: number; block: number; count: number } | null {
  let skipped = 0
  for (const { core, blockOffset, blockLength } of blobs) {
    const within = chunk - skipped
    if (within < blockLength)
      return { core, block: blockOffset + within, count: blockLength - within }
    skipped += blockLength
  }
  return null
}

/** What tells the content of one put from that of any other. */
export function nameOf(blobs: readonly Blob[]): string {
  const first = blobs[0]
  return first === undefined ? '' : `${first.core}/${first.blockOffset}`
}
