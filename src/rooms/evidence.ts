// Evidence that a page is kept under a head that this root has signed: what a receipt is checked with.

import type { Proven } from '../protocol/room-messages.ts'
import { pathIndexes, rootIndexes } from '../protocol/inclusion.ts'
import type { Log } from './log.ts'
import type { SegmentCore } from './segment.ts'

const NONE: Omit<Proven, 'request'> = Object.freeze({
  page: null,
  path: [],
  roots: [],
  head: null,
  laterRoots: [],
  paths: []
})

/**
 * The page of a block, its path to the roots of the tree of `length` blocks, and how that tree lies in
 * the one that is signed now. Without a page if there is no such block, or it is not kept.
 */
export async function evidence(
  log: Log,
  { segment, block, length }: { segment: number; block: number; length: number }
): Promise<Omit<Proven, 'request'>> {
  if (segment >= log.segments.all.length) return NONE
  const release = log.hold()
  try {
    return await prove(await log.core(segment), block, length)
  } finally {
    release()
  }
}

async function prove(
  core: SegmentCore,
  block: number,
  length: number
): Promise<Omit<Proven, 'request'>> {
  const head = core.head()
  if (head === null || length > head.length || block >= length) return NONE
  const [page] = await core.read(block, 1)
  if (page === undefined) return NONE

  const before = rootIndexes(length)
  const wanted = [
    pathIndexes(2 * block, length),
    before,
    rootIndexes(head.length),
    ...before.map((root) => pathIndexes(root, head.length))
  ]
  const nodes = await core.nodes(wanted.flat())
  const [path, roots, laterRoots, ...paths] = wanted.map((part) => nodes.splice(0, part.length))
  return { page, path: path ?? [], roots: roots ?? [], head, laterRoots: laterRoots ?? [], paths }
}
