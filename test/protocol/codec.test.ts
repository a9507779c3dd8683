import test from 'brittle'
import b4a from 'b4a'
import type { Codec } from '../../src/protocol/codec.ts'
import {
  bool,
  byte,
  bytes,
  checked,
  decode,
  duplex,
  encode,
  fixed,
  kept,
  list,
  nothing,
  optional,
  strict,
  struct,
  text,
  uint
} from '../../src/protocol/codec.ts'
import { badFrame } from '../../src/protocol/errors.ts'
import { codeOf, filled, fromHex, hex } from './fixtures.ts'

test('whole numbers take the fewest bytes, up to 2^53 - 1', (t) => {
  const table: [number, string][] = [
    [0, '00'],
    [252, 'fc'],
    [253, 'fdfd00'],
    [65535, 'fdffff'],
    [65536, 'fe00000100'],
    [2 ** 32 - 1, 'feffffffff'],
    [2 ** 32, 'ff0000000001000000'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff1f00']
  ]
  for (const [value, expected] of table) {
    t.is(hex(encode(uint, value)), expected)
    t.is(decode(uint, fromHex(expected)), value)
  }
})

test('what a block refuses is BAD_FRAME, even outside a frame', (t) => {
  const table: [string, Codec<never, unknown>, string][] = [
    ['a number of 2^53', uint, 'ff0000000000002000'],
    ['the greatest number there is', uint, 'ffffffffffffffffff'],
    ['a number cut after its first byte', uint, 'fd'],
    ['a number cut before its last byte', uint, 'ff00000000000000'],
    ['no number', uint, ''],
    ['no byte', byte, ''],
    ['fewer bytes than fixed', fixed(4), '010203'],
    ['fewer bytes than kept', kept(4), '010203'],
    ['fewer bytes than announced', bytes(10), '0401'],
    ['more bytes than allowed', bytes(2), '03010203'],
    ['2^53 - 1 bytes announced', bytes(2 ** 53), 'ffffffffffffff1f00'],
    ['more letters than allowed', text(2), '03616263'],
    ['more items than allowed', list(byte, 2), '03010203'],
    ['more items than bytes left', list(byte, 2 ** 40), 'ff0000000000010000ff'],
    ['more items of no size than bytes left', list(nothing, 9), '05'],
    ['neither there nor absent', optional(byte), '0201'],
    ['there, but nothing follows', optional(byte), '01'],
    ['neither true nor false', bool, '02'],
    ['no sense', checked(byte, (value) => value === 1, 'not one'), '02']
  ]
  for (const [what, codec, frame] of table) {
    const buffer = fromHex(frame)
    const bare = codeOf(() => codec.decode({ start: 0, end: buffer.byteLength, buffer }))
    t.is(bare, 'BAD_FRAME', what)
  }
  t.is(
    codeOf(() => uint.decode({ start: 0, end: 1, buffer: null })),
    'BAD_FRAME',
    'no buffer'
  )
})

test('what the other side would refuse is not written', (t) => {
  t.is(
    codeOf(() => encode(bytes(2), filled(3, 1))),
    'TOO_LARGE'
  )
  t.is(
    codeOf(() => encode(list(byte, 2), [1, 2, 3])),
    'TOO_LARGE'
  )
  t.is(
    codeOf(() => encode(fixed(4), filled(3, 1))),
    'BAD_FRAME'
  )
})

test('text is cut between characters, and read whatever it holds', (t) => {
  const table: [string, number, string][] = [
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['aé', 2, 'a'],
    ['aé', 3, 'aé'],
    ['a𝄞b', 4, 'a'],
    ['a𝄞b', 5, 'a𝄞'],
    ['é', 0, '']
  ]
  for (const [value, max, expected] of table) {
    t.is(decode(text(max), encode(text(max), value)), expected, `${value} in ${max} bytes`)
  }
  t.is(decode(text(9), fromHex('02ff61')), '\ufffda', 'bytes that are not UTF-8')
})

test('a frame may go on after its last field, a whole value may not', (t) => {
  const codec = struct({ a: byte, b: optional(uint) })
  const buffer = fromHex('010107aabb')
  const state = { start: 0, end: 5, buffer }
  t.alike(codec.decode(state), { a: 1, b: 7 })
  t.is(state.start, 3)
  t.is(
    codeOf(() => decode(codec, buffer)),
    'BAD_FRAME'
  )
})

test('fixed reads in place, kept reads into memory of its own', (t) => {
  const buffer = fromHex('01020304')
  const inPlace = decode(fixed(4), buffer)
  const own = decode(kept(4), buffer)
  buffer.fill(0)
  t.is(hex(inPlace), '00000000')
  t.is(hex(own), '01020304')
})

test('duplex writes one thing and reads another', (t) => {
  const codec = duplex(byte, nothing)
  t.is(hex(encode(codec, 5)), '05')
  t.is(decode(codec, b4a.alloc(0)), null)
})

test('strict turns every error into BAD_FRAME, and says where', (t) => {
  const failing = (err: unknown): Codec<null> => ({
    ...nothing,
    decode() {
      throw err
    }
  })
  for (const err of [new TypeError('t'), new RangeError('r'), badFrame('f'), 'a text']) {
    try {
      decode(strict(failing(err), 'here'), b4a.alloc(0))
      t.fail('it threw nothing')
    } catch (caught) {
      t.is(
        codeOf(() => reThrow(caught)),
        'BAD_FRAME'
      )
      t.ok((caught as Error).message.includes('here: '))
    }
  }
})

function reThrow(err: unknown): never {
  throw err
}
