import test from 'brittle'
import b4a from 'b4a'
import type { AuthorKey, EntryHash } from '../../src/protocol/bytes.ts'
import { sealedBytesOf } from '../../src/protocol/content.ts'
import { hash, CONSTANTS, deriveKeyPair } from '../../src/protocol/derive.ts'
import type { Entry } from '../../src/protocol/entry.ts'
import {
  EntryKind,
  isThere,
  NO_ENTRY,
  openEntry,
  outranks,
  sealEntry
} from '../../src/protocol/entry.ts'
import type { FileEntry } from '../../src/protocol/files-messages.ts'
import { wireLimits } from '../../src/protocol/limits.ts'
import { pathKey, stateKey } from '../../src/protocol/paths.ts'
import { open, seal } from '../../src/protocol/payload.ts'
import {
  codeOf,
  filled,
  fromHex,
  guest,
  hex,
  identity,
  member,
  mutations,
  otherIdentity,
  otherRoom,
  readable,
  TIME
} from './fixtures.ts'
import { sealedFiles as files } from './golden.ts'

const author = identity.publicKey as AuthorKey
const file: Entry = {
  kind: EntryKind.file,
  path: 'docs/Grüße.txt',
  number: 3,
  previous: filled<EntryHash>(32, 2),
  author,
  writtenAt: TIME,
  modifiedAt: TIME - 1000,
  mediaType: 'text/plain',
  content: { size: 300_000, fileKey: filled(32, 6), groups: [filled(32, 7)] },
  value: filled(0, 0)
}
const none = { content: null, mediaType: '', modifiedAt: 0, previous: NO_ENTRY, number: 1 }
const folder: Entry = { ...file, ...none, kind: EntryKind.folder, path: 'docs' }
const deleted: Entry = { ...file, ...none, kind: EntryKind.deleted, number: 4 }
const value: Entry = {
  ...file,
  ...none,
  kind: EntryKind.value,
  path: 'topic',
  value: fromHex('ff00')
}
const unset: Entry = { ...value, kind: EntryKind.unset, value: filled(0, 0) }

const sealed = sealEntry(member, identity, file)
const { key } = sealed
const context = hash(CONSTANTS.entry, member.id, key)
const plain = open(member, context, sealed.entry.sealed)
const resealed = (bytes: Uint8Array): FileEntry => ({
  ...sealed.entry,
  sealed: seal(member, context, bytes)
})

test('the plaintext and the hash of an entry are what they were', (t) => {
  t.is(hex(plain), files.entry)
  t.is(hex(sealed.hash), files.entryHash)
  t.alike(
    { ...sealed.entry, sealed: null },
    { version: 3, deleted: false, size: sealedBytesOf(300_000), sealed: null }
  )
  const opened = openEntry(guest, key, { ...sealed.entry, sealed: fromHex(files.sealedEntry) })
  t.is(opened.path, file.path, 'sealed long ago')
})

test('whoever can read the room opens an entry of any kind, and gets what was sealed', (t) => {
  for (const entry of [file, folder, deleted, value, unset]) {
    const made = sealEntry(member, identity, entry)
    const { hash: name, ...opened } = openEntry(guest, made.key, made.entry)
    t.alike(readable(opened), readable(entry))
    t.is(hex(name), hex(made.hash))
    t.is(made.entry.deleted, !isThere(entry))
    const ofState = entry.kind === EntryKind.value || entry.kind === EntryKind.unset
    t.is(hex(made.key), hex((ofState ? stateKey : pathKey)(member, entry.path)))
  }
})

test('the largest entries fit where a root keeps them', (t) => {
  const { fileGroupsMax, fileGroupChunks, fileChunkBytes, valueBytesMax, mediaTypeBytesMax } =
    wireLimits
  const largest: Entry = {
    ...file,
    path: `${`${'a'.repeat(203)}/`.repeat(5)}abcd`,
    mediaType: 'm'.repeat(mediaTypeBytesMax),
    content: {
      size: fileGroupsMax * fileGroupChunks * fileChunkBytes,
      fileKey: filled(32, 1),
      groups: Array.from({ length: fileGroupsMax }, () => filled(32, 2))
    }
  }
  const full: Entry = { ...value, path: 'n'.repeat(255), value: filled(valueBytesMax, 1) }
  for (const entry of [largest, full]) {
    const made = sealEntry(member, identity, entry)
    t.ok(
      made.entry.sealed.byteLength <= wireLimits.fileEntryBytesMax,
      `${made.entry.sealed.byteLength} bytes`
    )
    t.is(openEntry(guest, made.key, made.entry).path, entry.path)
  }
  const over = { ...value, value: filled(valueBytesMax + 1, 1) }
  t.is(
    codeOf(() => sealEntry(member, identity, over)),
    'TOO_LARGE'
  )
})

test('an entry is of its path and its room', (t) => {
  t.is(
    codeOf(() => openEntry(member, pathKey(member, 'docs/other'), sealed.entry)),
    'NOT_OPENED'
  )
  t.is(
    codeOf(() => openEntry(otherRoom, pathKey(otherRoom, file.path), sealed.entry)),
    'NOT_OPENED'
  )
  // What a guest could do, who can seal: put the same plaintext under another path.
  const elsewhere = pathKey(member, 'docs/other')
  const moved = seal(member, hash(CONSTANTS.entry, member.id, elsewhere), plain)
  t.is(
    codeOf(() => openEntry(member, elsewhere, { ...sealed.entry, sealed: moved })),
    'BAD_ENTRY'
  )
})

test('nobody but a member writes one, and nobody in another’s name', (t) => {
  t.is(
    codeOf(() => sealEntry(guest, identity, file)),
    'LESSER_INVITE'
  )
  const forged = sealEntry(member, otherIdentity, file)
  t.is(
    codeOf(() => openEntry(member, key, forged.entry)),
    'BAD_ENTRY',
    'signed by somebody else'
  )
  const writer = deriveKeyPair(CONSTANTS.writerKeyPair, filled(32, 1))
  const uncertified = sealEntry({ ...guest, writer }, identity, file)
  t.is(
    codeOf(() => openEntry(member, key, uncertified.entry)),
    'BAD_ENTRY',
    'no member'
  )
})

test('what a root says beside an entry is what its author said', (t) => {
  const lies: [string, Partial<FileEntry>][] = [
    ['version', { version: 4 }],
    ['deleted', { deleted: true }],
    ['size', { size: sealed.entry.size - 1 }]
  ]
  for (const [what, lie] of lies) {
    t.is(
      codeOf(() => openEntry(member, key, { ...sealed.entry, ...lie })),
      'BAD_ENTRY',
      what
    )
  }
})

test('cut anywhere, or with a byte another, it is refused', (t) => {
  const odd: string[] = []
  const note = (what: string, work: () => unknown, wanted: string[]): void => {
    const code = codeOf(work)
    if (!wanted.includes(code)) odd.push(`${what}: ${code}`)
  }
  for (let end = 0; end < plain.byteLength; end++) {
    note(`${end} left`, () => openEntry(member, key, resealed(plain.subarray(0, end))), [
      'BAD_ENTRY'
    ])
  }
  for (const { at, bytes } of mutations(plain)) {
    note(`${at} changed`, () => openEntry(member, key, resealed(bytes)), ['BAD_ENTRY'])
  }
  const { sealed: whole } = sealed.entry
  for (let end = 0; end < whole.byteLength; end++) {
    const cut = { ...sealed.entry, sealed: whole.subarray(0, end) }
    note(`${end} sealed`, () => openEntry(member, key, cut), ['NOT_OPENED'])
  }
  t.alike(odd, [])
})

test('what makes no sense is refused, even if a member signed it', (t) => {
  const table: [string, Entry][] = [
    ['a file without content', { ...file, content: null }],
    ['a folder with content', { ...folder, content: file.content }],
    ['a file with a value', { ...file, value: fromHex('00') }],
    [
      'hashes that its size does not have',
      { ...file, content: { size: 300_000, fileKey: filled(32, 6), groups: [] } }
    ]
  ]
  for (const [what, entry] of table) {
    const made = sealEntry(member, identity, entry)
    t.is(
      codeOf(() => openEntry(member, made.key, made.entry)),
      'BAD_ENTRY',
      what
    )
  }
  for (const path of ['', '/', '/docs', 'a/../b', 'cafe\u0301']) {
    t.is(
      codeOf(() => sealEntry(member, identity, { ...file, path })),
      'BAD_PATH',
      path
    )
  }
})

test('of two entries of a path the same one holds everywhere', (t) => {
  const older = openEntry(member, key, sealed.entry)
  const newer = { ...older, number: 4, hash: filled<EntryHash>(32, 0) }
  const twin = { ...older, hash: filled<EntryHash>(32, 0xff) }
  t.alike([outranks(newer, older), outranks(older, newer)], [true, false])
  t.alike([outranks(twin, older), outranks(older, twin)], [true, false])
  t.is(b4a.compare(twin.hash, older.hash) > 0, true)
})
