import test from 'brittle'
import b4a from 'b4a'
import {
  chunksOf,
  contentHash,
  ContentHasher,
  groupsOf,
  openChunk,
  openPage,
  pagePositionOf,
  positionOf,
  positionsOf,
  sealChunk,
  sealedBytesOf,
  sealPage
} from '../../src/protocol/content.ts'
import { hash, CONSTANTS } from '../../src/protocol/derive.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { codeOf, filled, fromHex, guest, hex, member, otherRoom } from './fixtures.ts'
import { sealedFiles as files } from './golden.ts'

const { fileChunkBytes, fileGroupChunks, fileGroupsMax } = wireLimits
const fileKey = filled(32, 6)
const hashOf = (chunk: Uint8Array): Uint8Array => hash(CONSTANTS.chunkHash, chunk)
const small = fromHex('68c3a9ff00')

/** A file of `size` bytes as a root has it. */
function store(size: number, value = 1): { sealed: Uint8Array[]; groups: Uint8Array[] } {
  const hasher = new ContentHasher(size)
  const sealed: Uint8Array[] = []
  for (let number = 0; number < chunksOf(size); number++) {
    const chunk = filled(Math.min(fileChunkBytes, size - number * fileChunkBytes), value)
    sealed.push(sealChunk(member, fileKey, { number, size }, chunk))
    const page = hasher.add(chunk)
    if (page !== null) sealed.push(sealPage(member, fileKey, hasher.groups.length - 1, page))
  }
  return { sealed, groups: hasher.groups }
}

test('a chunk and a page are what they were', (t) => {
  const at = { number: 0, size: small.byteLength }
  const sealed = sealChunk(member, fileKey, at, small)
  t.is(hex(sealed), files.chunk)
  t.is(hex(openChunk(guest, fileKey, { ...at, expected: hashOf(small) }, sealed)), hex(small))
  const page = b4a.concat([filled(32, 1), filled(32, 2)])
  const sealedPage = sealPage(member, fileKey, 3, page)
  t.is(hex(sealedPage), files.page)
  const hashes = openPage(guest, fileKey, { group: 3, expected: hashOf(page) }, sealedPage)
  t.alike(hashes.map(hex), [hex(filled(32, 1)), hex(filled(32, 2))])
  t.is(hex(contentHash({ size: 5, groups: [hashOf(small)] })), files.contentHash)
})

test('a root keeps as many chunks and bytes as it was told beforehand', (t) => {
  const sizes = [
    0,
    1,
    2,
    255,
    fileChunkBytes - 1,
    fileChunkBytes,
    fileChunkBytes + 1,
    10 * fileChunkBytes - 7
  ]
  for (const size of sizes) {
    const { sealed, groups } = store(size)
    t.is(sealed.length, positionsOf(size), `${size}: chunks`)
    t.is(
      sealed.reduce((sum, { byteLength }) => sum + byteLength, 0),
      sealedBytesOf(size),
      `${size}: bytes`
    )
    t.is(groups.length, groupsOf(size), `${size}: groups`)
    if (groups.length === 0 || sealed.length === 1) continue
    t.is(pagePositionOf(0, size), sealed.length - 1)
  }
})

test('pages stand behind their groups', (t) => {
  const group = fileGroupChunks * fileChunkBytes
  t.is(positionsOf(group), fileGroupChunks + 1)
  t.is(pagePositionOf(0, group), fileGroupChunks)
  t.is(positionOf(fileGroupChunks - 1), fileGroupChunks - 1)
  t.is(positionOf(fileGroupChunks), fileGroupChunks + 1)
  t.is(positionsOf(group + 1), fileGroupChunks + 3)
  t.is(pagePositionOf(0, group + 1), fileGroupChunks)
  t.is(pagePositionOf(1, group + 1), fileGroupChunks + 2)
  t.is(groupsOf(fileGroupsMax * group), fileGroupsMax)
  t.ok(Number.isSafeInteger(sealedBytesOf(fileGroupsMax * group)))
})

test('two groups are hashed as two', (t) => {
  const size = (fileGroupChunks + 1) * fileChunkBytes
  const hasher = new ContentHasher(size)
  const chunk = filled(fileChunkBytes, 0)
  const pages: number[] = []
  for (let number = 0; number <= fileGroupChunks; number++) {
    const page = hasher.add(chunk)
    if (page !== null) pages.push(number, page.byteLength)
  }
  t.alike(pages, [fileGroupChunks - 1, fileGroupChunks * 32, fileGroupChunks, 32])
  t.is(hasher.groups.length, 2)
})

test('a chunk under another number, of another file, room, size or content does not pass', (t) => {
  const size = 2 * fileChunkBytes + 5
  const { sealed } = store(size)
  const expected = hashOf(filled(fileChunkBytes, 1))
  const [first = small, second = small, last = small] = sealed
  const codes: [string, () => unknown, string][] = [
    [
      'as it is',
      () => openChunk(member, fileKey, { number: 0, size, expected }, first),
      'nothing thrown'
    ],
    [
      'another number',
      () => openChunk(member, fileKey, { number: 0, size, expected }, second),
      'BAD_CONTENT'
    ],
    [
      'another key',
      () => openChunk(member, filled(32, 7), { number: 0, size, expected }, first),
      'BAD_CONTENT'
    ],
    [
      'another room',
      () => openChunk(otherRoom, fileKey, { number: 0, size, expected }, first),
      'BAD_CONTENT'
    ],
    [
      'cut short',
      () => openChunk(member, fileKey, { number: 0, size: fileChunkBytes, expected }, first),
      'BAD_CONTENT'
    ],
    [
      'another content',
      () => openChunk(member, fileKey, { number: 0, size, expected: filled(32, 1) }, first),
      'BAD_CONTENT'
    ],
    ['as a page', () => openPage(member, fileKey, { group: 0, expected }, first), 'BAD_CONTENT'],
    [
      'the last as one before',
      () => openChunk(member, fileKey, { number: 2, size: 9 * fileChunkBytes, expected }, last),
      'BAD_CONTENT'
    ]
  ]
  for (const [what, work, code] of codes) t.is(codeOf(work), code, what)
})

test('padding is zeros, of one size, and damage anywhere is found', (t) => {
  const size = 300
  const chunk = filled(size, 3)
  const at = { number: 0, size, expected: hashOf(chunk) }
  const sealed = sealChunk(member, fileKey, at, chunk)
  t.ok(sealed.byteLength > size + 16, 'there is some')
  const odd: number[] = []
  for (let i = 0; i < sealed.byteLength; i++) {
    const copy = b4a.from(sealed)
    copy[i] = (copy[i] as number) ^ 1
    if (codeOf(() => openChunk(member, fileKey, at, copy)) !== 'BAD_CONTENT') odd.push(i)
    if (codeOf(() => openChunk(member, fileKey, at, sealed.subarray(0, i))) !== 'BAD_CONTENT')
      odd.push(i)
  }
  t.alike(odd, [])
  // What a guest could do, who has the file's key: seal other bytes.
  const longer = sealChunk(member, fileKey, { number: 0, size: size + 1 }, filled(size + 1, 3))
  t.is(
    codeOf(() => openChunk(member, fileKey, at, longer)),
    'BAD_CONTENT'
  )
})

test('equal bytes have one content hash, whatever they are sealed with', (t) => {
  const [a, b] = [store(300_000), store(300_000)]
  t.is(hex(contentHash({ size: 300_000, ...a })), hex(contentHash({ size: 300_000, ...b })))
  const other = store(300_000, 2)
  t.not(hex(contentHash({ size: 300_000, ...a })), hex(contentHash({ size: 300_000, ...other })))
})
