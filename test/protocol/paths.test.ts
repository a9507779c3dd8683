import test from 'brittle'
import { wireLimits } from '../../src/protocol/limits.ts'
import {
  folderHash,
  folderOf,
  foldersOf,
  nameOf,
  normalName,
  normalPath,
  pathKey,
  stateHash,
  stateKey
} from '../../src/protocol/paths.ts'
import { codeOf, guest, hex, member, otherRoom } from './fixtures.ts'
import { sealedFiles as files } from './golden.ts'

const { pathBytesMax, pathSegmentsMax, segmentBytesMax } = wireLimits

test('a path has one form', (t) => {
  const forms: [string, string][] = [
    ['a/b', 'a/b'],
    ['/a/b', 'a/b'],
    ['a/b/', 'a/b'],
    ['', ''],
    ['/', ''],
    ['cafe\u0301', 'café'],
    ['日本語/Ελλάδα/עברית', '日本語/Ελλάδα/עברית'],
    ['a b/…/.hidden/..a', 'a b/…/.hidden/..a'],
    ['new\nline/back\\slash', 'new\nline/back\\slash'],
    ['😀', '😀']
  ]
  for (const [written, normal] of forms) {
    t.is(normalPath(written), normal)
    t.is(normalPath(normal), normal, 'and keeps it')
  }
})

test('what is no path is refused, however long it is', (t) => {
  const wrong: [string, string][] = [
    ['up', '..'],
    ['up on the way', 'a/../b'],
    ['here', './a'],
    ['an empty name', 'a//b'],
    ['two before it', '//a'],
    ['NUL', 'a\0b'],
    ['half a character', 'a\ud83d'],
    ['10,000 names', Array(10_000).fill('a').join('/')],
    [
      'one too deep',
      Array(pathSegmentsMax + 1)
        .fill('a')
        .join('/')
    ],
    ['a long name', 'a'.repeat(segmentBytesMax + 1)],
    ['a long path', `${'a'.repeat(200)}/`.repeat(6)],
    ['a name long in bytes', 'é'.repeat(segmentBytesMax / 2 + 1)],
    ['a megabyte', 'a'.repeat(1_000_000)]
  ]
  for (const [what, path] of wrong)
    t.is(
      codeOf(() => normalPath(path)),
      'BAD_PATH',
      what
    )
  t.is(normalPath(Array(pathSegmentsMax).fill('a').join('/')).length, 2 * pathSegmentsMax - 1)
  t.is(normalPath('a'.repeat(segmentBytesMax)).length, segmentBytesMax)
  const longest = `${`${'a'.repeat(203)}/`.repeat(5)}abc${'d'.repeat(1)}`
  t.is(longest.length, pathBytesMax)
  t.is(normalPath(longest), longest)
  for (const name of ['', '..', 'a/b', '\0', 'é'.repeat(200)]) {
    t.is(
      codeOf(() => normalName(name)),
      'BAD_PATH',
      `name ${name.slice(0, 4)}`
    )
  }
  t.is(normalName('topic'), 'topic')
})

test('a path is taken apart', (t) => {
  t.alike([nameOf('a/b/c'), nameOf('a')], ['c', 'a'])
  t.alike([folderOf('a/b/c'), folderOf('a')], ['a/b', ''])
  t.alike(foldersOf('a/b/c'), ['a', 'a/b'])
  t.alike(foldersOf('a'), [])
})

test('keys are what they were, and a folder is the prefix of what is in it', (t) => {
  t.is(hex(folderHash(member, '')), files.rootFolder)
  t.is(hex(pathKey(member, 'a')), files.keyOfA)
  t.is(hex(pathKey(guest, 'a/b')), files.keyOfAB)
  t.is(hex(stateKey(member, 'a')), files.stateKeyOfA)
  t.is(hex(pathKey(member, 'a/b')).slice(0, 64), hex(folderHash(member, 'a')))
  t.is(hex(pathKey(member, 'a')), hex(folderHash(member, '')) + hex(folderHash(member, 'a')))
  t.is(hex(stateKey(member, 'a')).slice(0, 64), hex(stateHash(member)))
})

test('equal names hash differently in every folder, room and space', (t) => {
  const own = (key: Uint8Array): string => hex(key).slice(64)
  const keys = [
    pathKey(member, 'a'),
    pathKey(member, 'b'),
    pathKey(member, 'a/a'),
    pathKey(member, 'a/a/a'),
    pathKey(member, 'b/a'),
    pathKey(otherRoom, 'a'),
    stateKey(member, 'a')
  ]
  t.is(new Set(keys.map(own)).size, keys.length)
})
