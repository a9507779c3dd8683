// Proof that a page lies under a head, and that a later head of the same root has grown out of an
// earlier one. Hypercore's own tree, in a form that can be checked with nothing at hand but the heads.

import flat from 'flat-tree'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { Codec } from './codec.ts'
import { fixed, list, struct, uint } from './codec.ts'
import { hostileRoot } from './errors.ts'
import type { Head } from './head.ts'

/** A node of a core's Merkle tree; where it stands follows from where it is used. */
export interface TreeNode {
  /** Bytes of all blocks below it. */
  size: number
  hash: Uint8Array
}

/** A tree of 2^53 blocks is no deeper. */
const DEPTH_MAX = 53
/** A tree has twice as many nodes as blocks, and each has a number. */
const LENGTH_MAX = 2 ** 52 - 1
const node: Codec<TreeNode> = struct({ size: uint, hash: fixed(32) })

/** Siblings from a node up to the root above it. */
export type Path = readonly TreeNode[]

export const pathCodec: Codec<Path, TreeNode[]> = list(node, DEPTH_MAX)
export const pathsCodec: Codec<readonly Path[], TreeNode[][]> = list(pathCodec, DEPTH_MAX)

/** Indexes, in Hypercore's flat tree, of the roots of a tree of `length` blocks. */
export function rootIndexes(length: number): number[] {
  return flat.fullRoots(2 * length)
}

/** Indexes of the siblings on the way from a node to the root above it, in a tree of `length` blocks. */
export function pathIndexes(index: number, length: number): number[] {
  const roots = new Set(rootIndexes(length))
  const path: number[] = []
  for (let at = index; !roots.has(at); at = flat.parent(at)) {
    path.push(flat.sibling(at))
    if (path.length > DEPTH_MAX)
      throw new Error(`node ${index} is not in a tree of ${length} blocks`)
  }
  return path
}

/**
 * Checks that `page` is block `block` of the tree that `head` signs.
 *
 * @throws `HOSTILE_ROOT`: whoever gave this proof has no such page under that head.
 */
export function checkPage(
  head: Head,
  block: number,
  page: Uint8Array,
  proof: { path: Path; roots: readonly TreeNode[] }
): void {
  const roots = checkRoots(head, proof.roots)
  if (block >= head.length) throw hostileRoot('a block beyond the head that should cover it')
  climb(
    2 * block,
    { size: page.byteLength, hash: crypto.data(page) },
    proof.path,
    roots,
    head.length
  )
}

/**
 * Checks that the tree of `later` holds all of the tree of `earlier`, unchanged.
 *
 * @param proof roots of both, and for each root of the earlier its path in the later.
 * @throws `HOSTILE_ROOT`: the log was rewritten.
 */
export function checkGrowth(
  earlier: Head,
  later: Head,
  proof: { roots: readonly TreeNode[]; laterRoots: readonly TreeNode[]; paths: readonly Path[] }
): void {
  if (later.fork !== earlier.fork || later.length < earlier.length) {
    throw hostileRoot('a head that is older than one that was signed before')
  }
  const before = checkRoots(earlier, proof.roots)
  const after = checkRoots(later, proof.laterRoots)
  for (const [i, [index, root]] of [...before].entries()) {
    climb(index, root, proof.paths[i] ?? [], after, later.length)
  }
}

/** The roots by index, if they are those that the head signs. */
function checkRoots(head: Head, roots: readonly TreeNode[]): Map<number, TreeNode> {
  if (head.length > LENGTH_MAX) throw hostileRoot('a head of more blocks than can be numbered')
  const indexes = rootIndexes(head.length)
  if (roots.length !== indexes.length) throw hostileRoot('roots of another tree')
  const placed = roots.map(({ size, hash }, i) => ({ index: indexes[i] as number, size, hash }))
  if (!b4a.equals(crypto.tree(placed), head.treeHash)) throw hostileRoot('roots of another tree')
  return new Map(placed.map((root) => [root.index, root]))
}

function climb(
  index: number,
  start: TreeNode,
  path: Path,
  roots: ReadonlyMap<number, TreeNode>,
  length: number
): void {
  const siblings = pathIndexes(index, length)
  if (path.length !== siblings.length) throw hostileRoot('a path of another length')
  let at = { index, size: start.size, hash: start.hash }
  for (const [i, sibling] of siblings.entries()) {
    const { size, hash } = path[i] as TreeNode
    if (!Number.isSafeInteger(at.size + size)) throw hostileRoot('a tree of more than 2^53 bytes')
    const other = { index: sibling, size, hash }
    at = { index: flat.parent(at.index), size: at.size + size, hash: crypto.parent(at, other) }
  }
  const root = roots.get(at.index)
  if (root === undefined || root.size !== at.size || !b4a.equals(root.hash, at.hash)) {
    throw hostileRoot('a page, or a log, that is not under the head that was signed')
  }
}
