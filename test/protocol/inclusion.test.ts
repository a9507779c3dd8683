import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import crypto from 'hypercore-crypto'
import { RootPeerError } from '../../src/protocol/errors.ts'
import type { Head } from '../../src/protocol/head.ts'
import { checkGrowth, checkPage, pathIndexes, rootIndexes } from '../../src/protocol/inclusion.ts'
import type { TreeNode } from '../../src/protocol/inclusion.ts'
import { SegmentCore } from '../../src/rooms/segment.ts'
import { tmpFolder } from '../helpers/tmp.ts'

const page = (i: number): Uint8Array => b4a.from(`page ${i} ${'x'.repeat(i)}`)

/** A core of 21 pages, and its heads at every length. */
async function create(t: Test): Promise<{ core: SegmentCore; heads: (Head | null)[] }> {
  const store = new Corestore(await tmpFolder(t))
  const hypercore = store.get({ name: 'pages' })
  await hypercore.ready()
  t.teardown(() => store.close(), { force: true })
  const core = new SegmentCore(hypercore)
  const heads: (Head | null)[] = [null]
  for (let i = 0; i < 21; i++) {
    await core.append([page(i)])
    heads.push(core.head())
  }
  return { core, heads }
}

const thrown = (work: () => void): string => {
  try {
    work()
    return 'nothing'
  } catch (err) {
    return err instanceof RootPeerError ? err.code : `untyped: ${String(err)}`
  }
}

test('every page of every length is under its head, and under no other place or content', async (t) => {
  const { core, heads } = await create(t)
  let wrong = 0
  for (let length = 1; length < heads.length; length++) {
    const head = heads[length] as Head
    const roots = await core.nodes(rootIndexes(length))
    for (let block = 0; block < length; block++) {
      const path = await core.nodes(pathIndexes(2 * block, length))
      const proof = { path, roots }
      checkPage(head, block, page(block), proof)
      const bad = [
        () => checkPage(head, block, page(block + 1), proof),
        () => checkPage(head, (block + 1) % (length + 1), page(block), proof),
        () => checkPage(head, length, page(block), proof),
        () => checkPage(head, block, page(block), { path: [...path, path[0] ?? lie], roots }),
        () => checkPage(head, block, page(block), { path, roots: roots.slice(1) }),
        () => checkPage(head, block, page(block), { path, roots: [lie, ...roots.slice(1)] })
      ]
      if (path.length > 0) {
        bad.push(() =>
          checkPage(head, block, page(block), { path: [lie, ...path.slice(1)], roots })
        )
      }
      for (const each of bad) if (thrown(each) !== 'HOSTILE_ROOT') wrong++
    }
  }
  t.is(wrong, 0)
})

test('a later head has grown out of an earlier one, or not', async (t) => {
  const { core, heads } = await create(t)
  const other = await create(t) // signed by another key, but the same pages: the same tree
  await other.core.append([page(99)])
  const rewritten = other.core.head() as Head
  for (let before = 1; before < heads.length; before++) {
    for (let after = before; after < heads.length; after++) {
      const proof = await growth(core, before, after)
      checkGrowth(heads[before] as Head, heads[after] as Head, proof)
      if (before < after) {
        t.is(
          thrown(() => checkGrowth(heads[after] as Head, heads[before] as Head, proof)),
          'HOSTILE_ROOT'
        )
      }
    }
  }
  const proof = await growth(other.core, 21, 22)
  const [first] = proof.paths
  t.is(
    thrown(() => checkGrowth({ ...rewritten, length: 21 }, rewritten, proof)),
    'HOSTILE_ROOT'
  )
  t.is(
    thrown(() =>
      checkGrowth(heads[21] as Head, rewritten, {
        ...proof,
        paths: [[lie], ...proof.paths.slice(1)]
      })
    ),
    'HOSTILE_ROOT',
    'a path that is longer than it can be'
  )
  t.is(
    thrown(() => checkGrowth(heads[21] as Head, rewritten, { ...proof, laterRoots: [lie] })),
    'HOSTILE_ROOT'
  )
  t.is(first?.length, 0, 'the great root stays what it is')
})

test('numbers beyond what a tree can have convict as well', async (t) => {
  const { heads } = await create(t)
  const head = heads[21] as Head
  const length = 2 ** 52 + 2
  const proof = {
    path: [],
    paths: [],
    laterRoots: [lie],
    roots: rootIndexes(length).map(() => lie)
  }
  t.is(
    thrown(() => checkPage({ ...head, length }, 0, page(0), proof)),
    'HOSTILE_ROOT'
  )
  const vast = { ...lie, size: Number.MAX_SAFE_INTEGER }
  const roots = [vast]
  const treeHash = crypto.tree([{ index: 1, ...vast }])
  t.is(
    thrown(() => checkPage({ ...head, length: 2, treeHash }, 0, page(0), { path: [vast], roots })),
    'HOSTILE_ROOT'
  )
})

const lie: TreeNode = { size: 1, hash: b4a.alloc(32, 1) }

async function growth(
  core: SegmentCore,
  before: number,
  after: number
): Promise<Parameters<typeof checkGrowth>[2]> {
  const indexes = rootIndexes(before)
  const paths: TreeNode[][] = []
  for (const root of indexes) paths.push(await core.nodes(pathIndexes(root, after)))
  return {
    roots: await core.nodes(indexes),
    laterRoots: await core.nodes(rootIndexes(after)),
    paths
  }
}
