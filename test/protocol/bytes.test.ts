import test from 'brittle'
import { formatKey, fromZ32, key32, mapKey, parsePeerKey, toZ32 } from '../../src/protocol/bytes.ts'
import type { RootPeerError } from '../../src/protocol/errors.ts'
import { codeOf, filled, hex, roomKey } from './fixtures.ts'

test('a key is read in z32 and hex, in any case of hex, with white space around it', (t) => {
  const z32 = formatKey(roomKey)
  t.is(z32.length, 52)
  const table = [z32, hex(roomKey), hex(roomKey).toUpperCase(), ` ${z32}\n`, `\t${hex(roomKey)} `]
  for (const text of table) t.is(hex(parsePeerKey(text)), hex(roomKey), JSON.stringify(text))
})

test('what is no key is refused as such', (t) => {
  const z32 = formatKey(roomKey)
  const table = [
    '',
    'hello',
    z32.slice(1),
    `${z32}y`,
    z32.toUpperCase(),
    `l${z32.slice(1)}`,
    `é${z32.slice(1)}`,
    hex(roomKey).slice(2),
    `${hex(roomKey)}00`,
    `zz${hex(roomKey).slice(2)}`,
    'y'.repeat(100_000)
  ]
  for (const text of table)
    t.is(
      codeOf(() => parsePeerKey(text)),
      'BAD_KEY',
      text.slice(0, 70)
    )
})

test('an invite given for a key does not end in the error', (t) => {
  const secret = 'rp-owner-' + 'ybndrfg8ejkmcpqx'.repeat(4)
  try {
    parsePeerKey(secret)
    t.fail('it was taken for a key')
  } catch (err) {
    const { message, got } = err as RootPeerError
    t.absent(`${message} ${String(got)}`.includes(secret.slice(0, 16)))
  }
})

test('key32 copies 32 bytes and nothing else', (t) => {
  const source = filled(32, 1)
  const key = key32(source, 'a key')
  source.fill(2)
  t.is(hex(key), '01'.repeat(32))
  t.is(key.buffer.byteLength, 32, 'in memory of its own')
  for (const length of [0, 31, 33, 64]) {
    t.is(
      codeOf(() => key32(filled(length, 1), 'a key')),
      'BAD_KEY'
    )
  }
})

test('bytes have one spelling in z32, and each spelling one meaning', (t) => {
  const alphabet = 'ybndrfg8ejkmcpqxot1uwisza345h769'.split('')
  for (let length = 0; length < 12; length++) {
    const text = toZ32(roomKey.subarray(1, 1 + length))
    t.is(
      hex(fromZ32(text) ?? filled(1, 0)),
      hex(roomKey.subarray(1, 1 + length)),
      `${length} bytes`
    )
    // Whatever else ends the text is refused, or is the spelling of other bytes.
    const twice = alphabet
      .flatMap((letter) => [text + letter, text.slice(0, -1) + letter])
      .filter((other) => {
        const bytes = fromZ32(other)
        return other !== text && bytes !== null && toZ32(bytes) !== other
      })
    t.alike(twice, [])
  }
  t.is(toZ32(filled(1, 0)), 'yy')
  for (const text of ['y', 'yb', 'yn', 'yyy', 'YY', 'l9', '0y', 'y-', 'yé'])
    t.is(fromZ32(text), null, text)
})

test('map keys tell byte strings apart', (t) => {
  t.is(mapKey(filled(2, 255)), 'ffff')
  t.not(mapKey(filled(2, 0)), mapKey(filled(1, 0)))
})
