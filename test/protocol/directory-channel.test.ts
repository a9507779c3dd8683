import test from 'brittle'
import type { Codec } from '../../src/protocol/codec.ts'
import {
  directoryHandshake,
  directoryMessages,
  FindBy
} from '../../src/protocol/directory-channel.ts'
import { checkFrame, codeOf, decodeFrame, filled, fromHex, TIME } from './fixtures.ts'
import { directory } from './golden.ts'

const m = directoryMessages
const ann = { identity: filled(32, 1), profile: filled(70, 2), online: true, lastSeen: TIME }
const ben = { identity: filled(32, 3), profile: null, online: false, lastSeen: 0 }

const values: { [Name in keyof typeof m]: unknown } = {
  publish: { request: 300, profile: filled(70, 2) },
  attend: { request: 1, identity: filled(32, 1), signature: filled(64, 4) },
  accepted: { request: 300 },
  refused: { request: 300, code: 33, detail: 'no' },
  find: { request: 2, by: FindBy.handle, key: filled(32, 5) },
  list: { request: 3, after: filled(32, 1), limit: 64 },
  people: { request: 3, people: [ann, ben], end: true },
  watch: { request: 4, identities: [filled(32, 1), filled(32, 3)], listed: true },
  changed: { request: 4, people: [ben] },
  reset: { request: 4 }
}

test('both handshakes are empty', (t) => {
  checkFrame(t, 'handshake', { write: directoryHandshake, read: directoryHandshake }, null, '')
})

test('every message of the directory channel', (t) => {
  for (const name of Object.keys(m) as (keyof typeof m)[]) {
    const codec = m[name].codec as unknown as Codec<unknown>
    checkFrame(t, name, { write: codec, read: codec }, values[name], directory[name])
  }
})

test('positions are never moved', (t) => {
  t.alike(
    Object.entries(m).map(([name, { position }]) => `${position} ${name}`),
    [
      '0 publish',
      '1 attend',
      '2 accepted',
      '3 refused',
      '4 find',
      '5 list',
      '6 people',
      '7 watch',
      '8 changed',
      '9 reset'
    ]
  )
})

test('over-long counts and lengths, and values that make no sense, are refused', (t) => {
  const key = '00'.repeat(32)
  const table: [string, Codec<never, unknown>, string][] = [
    ['a profile too long', m.publish.codec, `00fd0104${'00'.repeat(1025)}`],
    ['a search by nothing', m.find.codec, `0002${key}`],
    ['a page for nobody', m.list.codec, '000000'],
    ['65 people', m.people.codec, `0041${`${key}000000`.repeat(65)}01`],
    ['257 who are watched', m.watch.codec, `00fd0101${key.repeat(257)}00`],
    ['neither here nor away', m.changed.codec, `0001${key}000200`],
    ['a detail too long', m.refused.codec, `0001fd0102${'61'.repeat(513)}`]
  ]
  for (const [what, codec, frame] of table) {
    t.is(
      codeOf(() => decodeFrame(codec, fromHex(frame))),
      'BAD_FRAME',
      what
    )
  }
})
