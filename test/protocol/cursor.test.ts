import test from 'brittle'
import type { ChainId, CoreKey, PeerKey } from '../../src/protocol/bytes.ts'
import { fromZ32, toZ32 } from '../../src/protocol/bytes.ts'
import type { Cursor } from '../../src/protocol/cursor.ts'
import { parseCursor, printCursor } from '../../src/protocol/cursor.ts'
import { codeOf, filled, fromHex, mutations, readable } from './fixtures.ts'
import { cursors } from './golden.ts'

const head = { fork: 0, length: 9, treeHash: filled(32, 4), signature: filled<never>(64, 5) }
const full: Cursor = {
  roots: [
    { root: filled<PeerKey>(32, 1), coreKey: filled<CoreKey>(32, 2), next: 70_000, head },
    { root: filled<PeerKey>(32, 3), coreKey: null, next: 0, head: null }
  ],
  chains: [
    {
      chain: filled<ChainId>(16, 6),
      next: 10,
      holes: [
        { from: 1, to: 2 },
        { from: 4, to: 10 }
      ]
    },
    { chain: filled<ChainId>(16, 7), next: 0, holes: [] }
  ]
}
const text = printCursor(full)
const from = (bytes: string) => parseCursor(`c${toZ32(fromHex(bytes))}`)

test('a cursor as text is what it was, and comes back', (t) => {
  t.is(text, cursors.full)
  t.alike(readable(parseCursor(text)), readable(full))
  const empty = { roots: [], chains: [] }
  t.is(printCursor(empty), cursors.empty)
  t.alike(parseCursor(cursors.empty ?? ''), empty)
})

test('cut anywhere, longer, or with a letter another, a cursor is refused or another cursor', (t) => {
  const odd: string[] = []
  for (let length = 0; length < text.length; length++) {
    const code = codeOf(() => parseCursor(text.slice(0, length)))
    if (code !== 'BAD_CURSOR') odd.push(`${length} left: ${code}`)
  }
  for (const more of ['y', 'yy', ' ', 'l']) {
    const code = codeOf(() => parseCursor(text + more))
    if (code !== 'BAD_CURSOR') odd.push(`"${more}" more: ${code}`)
  }
  for (const { at, bytes } of mutations(fromZ32(text.slice(1)) ?? filled(0, 0))) {
    const code = codeOf(() => parseCursor(`c${toZ32(bytes)}`))
    if (code !== 'BAD_CURSOR' && code !== 'nothing thrown') odd.push(`${at} changed: ${code}`)
  }
  t.alike(odd, [])
})

test('what is no cursor of this version is refused', (t) => {
  const chain = '06'.repeat(16)
  const table: [string, () => unknown][] = [
    ['nothing', () => parseCursor('')],
    ['only its letter', () => parseCursor('c')],
    ['a number', () => parseCursor('17')],
    ['upper case', () => parseCursor(text.toUpperCase())],
    ['an invite', () => parseCursor('rp-owner-yyyy')],
    ['another version', () => from('020000')],
    ['65 roots', () => from(`0141${'00'.repeat(65 * 35)}00`)],
    ['more chains than bytes', () => from('010005')],
    ['a hole of nothing', () => from(`010001${chain}05010303`)],
    ['a hole beyond the next number', () => from(`010001${chain}05010306`)],
    ['a hole backwards', () => from(`010001${chain}05010402`)]
  ]
  for (const [what, work] of table) t.is(codeOf(work), 'BAD_CURSOR', what)
  t.is(
    codeOf(() => from(`010001${chain}05010305`)),
    'nothing thrown',
    'while such a hole is one'
  )
})
