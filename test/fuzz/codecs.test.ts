// Every codec of the protocol, over arbitrary values: the way back, every cut, every lie about a length,
// any damage. Nothing but a typed error comes out, and nothing is allocated on a stranger's word.

import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { checkGrowth, checkPage, rootIndexes } from '../../src/protocol/inclusion.ts'
import { codeOf, readable } from '../protocol/fixtures.ts'
import * as any from './helpers/arbitraries.ts'
import { table, unfuzzed } from './helpers/wire-table.ts'
import type { Row } from './helpers/wire-table.ts'

/** As long as a lie can be: lengths and counts that no frame can keep, and numbers beyond 2^53. */
const lies = [
  [0xfc],
  [0xfd, 0xff, 0xff],
  [0xfe, 0xff, 0xff, 0xff, 0x7f],
  [0xfe, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x00],
  [0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
].map((each) => Uint8Array.from(each))

const KiB = 1024
/** What one decode of a kilobyte may cost in memory: its result, and whatever the engine does meanwhile. */
const decodeBytesMax = 512 * KiB

/** Null, or what came out that must not. */
function offence({ read, codes }: Row, bytes: Uint8Array, mustFail: boolean): string | null {
  const code = codeOf(() => read(bytes))
  if (codes.includes(code) || (code === 'nothing thrown' && !mustFail)) return null
  return code
}

/** Holds for every arbitrary value of a row, or the test fails with the seed and the least value. */
function always(row: Row, numRuns: number, holds: (bytes: Uint8Array, value: unknown) => void) {
  fc.assert(
    fc.property(row.value, (value) => holds(row.write(value), value)),
    { numRuns }
  )
}

function expectNone(what: string, bytes: Uint8Array, found: string | null): void {
  if (found !== null) throw new Error(`${what}: ${found}; bytes ${b4a.toString(bytes, 'hex')}`)
}

test('every message of the channels has a row', (t) => {
  t.alike(unfuzzed, [])
})

for (const row of table) {
  const { name, read, whole } = row
  const { expect = (value: unknown) => value } = row

  test(`${name}: every value comes back`, (t) => {
    always(row, 80, (bytes, value) => {
      const got = readable(read(bytes))
      const wanted = readable(expect(value))
      if (isDeepStrictEqual(got, wanted)) return
      throw new Error(`${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`)
    })
    t.pass()
  })

  test(`${name}: every cut is refused`, (t) => {
    always(row, 8, (bytes) => {
      let earlier = row.earlier ?? 0
      for (let end = 0; end < bytes.byteLength; end++) {
        const found = offence(row, bytes.slice(0, end), true)
        if (found !== null && earlier-- > 0) continue
        expectNone(`cut at ${end}`, bytes, found)
      }
      const longer = b4a.concat([bytes, b4a.from([121])])
      expectNone('a byte more', bytes, offence(row, longer, whole))
    })
    t.pass()
  })

  test(`${name}: lies about lengths, counts and numbers are refused or harmless`, (t) => {
    always(row, 4, (bytes) => {
      for (let at = 0; at < Math.min(bytes.byteLength, 400); at++) {
        for (const lie of lies) {
          const lying = b4a.concat([bytes.subarray(0, at), lie, bytes.subarray(at + 1)])
          expectNone(`a lie at ${at}`, lying, offence(row, lying, false))
        }
      }
    })
    t.pass()
  })

  test(`${name}: damage is refused or harmless`, (t) => {
    const damage = fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'insert'), any.byte),
      {
        minLength: 1,
        maxLength: 6
      }
    )
    fc.assert(
      fc.property(row.value, damage, (value, hits) => {
        let bytes = row.write(value)
        for (const [where, how, byte] of hits) bytes = hit(bytes, where, how, byte)
        expectNone('damaged', bytes, offence(row, bytes, false))
      }),
      { numRuns: 100 }
    )
    fc.assert(
      fc.property(any.bytes(300), (bytes) => {
        expectNone('noise', bytes, offence(row, bytes, false))
      }),
      { numRuns: 100 }
    )
    t.pass()
  })

  test(`${name}: a kilobyte of lies allocates no megabytes`, (t) => {
    const [sample] = fc.sample(row.value, { numRuns: 1, seed: 7 })
    const honest = row.write(sample)
    let most = 0
    for (let at = 0; at < Math.min(honest.byteLength, 96); at++) {
      for (const lie of lies) {
        const room = Math.max(0, KiB - at - lie.byteLength)
        const lying = b4a.concat([honest.subarray(0, at), lie, b4a.alloc(room, 1)])
        most = Math.max(
          most,
          costOf(() => codeOf(() => read(lying)))
        )
      }
    }
    t.ok(most < decodeBytesMax, `${most} bytes at most`)
  })
}

test('a proof of inclusion that is arbitrary convicts its root, and nothing else', (t) => {
  const node = fc.record({ size: any.number, hash: any.exactly(32) })
  const path = fc.array(node, { maxLength: 54 })
  const paths = fc.array(path, { maxLength: 5 })
  // A hostile root signs what it likes: heads of any length, over roots that do hash to them.
  const tree = fc
    .tuple(fc.oneof(any.number, fc.constant(2 ** 52)), fc.infiniteStream(node))
    .map(([length, nodes]) => ({ length, roots: rootIndexes(length).map(() => take(nodes)) }))
  fc.assert(
    fc.property(tree, tree, path, paths, any.number, (one, other, climbed, climbs, block) => {
      const [earlier, later] = one.length < other.length ? [one, other] : [other, one]
      const proof = { roots: earlier.roots, laterRoots: later.roots, paths: climbs, path: climbed }
      const last = Math.min(block, Math.max(0, earlier.length - 1))
      const codes = [
        codeOf(() => checkPage(headOf(earlier), last, b4a.alloc(3), proof)),
        codeOf(() => checkGrowth(headOf(earlier), headOf(later), proof))
      ]
      for (const code of codes) {
        if (code !== 'HOSTILE_ROOT' && code !== 'nothing thrown') throw new Error(code)
      }
    }),
    { numRuns: 400 }
  )
  t.pass()
})

interface Tree {
  length: number
  roots: { size: number; hash: Uint8Array }[]
}

/** A head that nobody signed, of a tree with these roots. */
function headOf({ length, roots }: Tree): Parameters<typeof checkPage>[0] {
  const indexes = rootIndexes(length)
  const placed = roots.map((root, i) => ({ index: indexes[i] as number, ...root }))
  const signature = b4a.alloc(64) as Parameters<typeof checkPage>[0]['signature']
  // Beyond this Hypercore itself numbers nothing, so that there is nothing to hash.
  const treeHash = length < 2 ** 52 ? crypto.tree(placed) : b4a.alloc(32)
  return { fork: 0, length, treeHash, signature }
}

function take<T>(stream: Iterator<T>): T {
  return stream.next().value as T
}

function hit(bytes: Uint8Array, where: number, how: string, byte: number): Uint8Array {
  const at = bytes.byteLength === 0 ? 0 : where % bytes.byteLength
  if (how === 'cut') return b4a.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
  const rest = bytes.subarray(how === 'insert' ? at : at + 1)
  return b4a.concat([bytes.subarray(0, at), b4a.from([byte]), rest])
}

/** Bytes of memory of every kind that were taken; 0 if a collection came between. */
function costOf(work: () => unknown): number {
  const before = taken()
  const held = work()
  const after = taken()
  return held === undefined ? 0 : Math.max(0, after - before)
}

function taken(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
