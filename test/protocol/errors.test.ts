import test from 'brittle'
import type { WireCode } from '../../src/protocol/errors.ts'
import {
  badFrame,
  badInvite,
  lesserInvite,
  RootPeerError,
  tooLarge,
  versionUnsupported,
  wireCode,
  wireCodeOf,
  wireNumber
} from '../../src/protocol/errors.ts'

const TABLE: WireCode[] = [
  'UNKNOWN',
  'BAD_FRAME',
  'VERSION_UNSUPPORTED',
  'BAD_PROOF',
  'ROOM_UNKNOWN',
  'READ_ONLY',
  'TOO_LARGE',
  'WINDOW_OVERRUN',
  'OUT_OF_ORDER',
  'DISK_FULL',
  'ROOM_FULL',
  'RATE_LIMITED',
  'SHUTTING_DOWN',
  'TOO_MANY',
  'UNEXPECTED',
  'SUPERSEDED',
  'UNAVAILABLE',
  'TICKET_NEEDED',
  'ROOM_DELETED',
  'BAD_TICKET',
  'TICKET_EXPIRED',
  'TICKET_REVOKED',
  'TICKET_FOREIGN',
  'NOT_ALLOWED',
  'BANNED',
  'ROOMS_FULL',
  'SPACE_AGAIN',
  'FILE_UNKNOWN',
  'FILE_CHANGED',
  'BAD_CHUNK',
  'BAD_RANGE',
  'BAD_PROFILE',
  'PROFILE_EXPIRED',
  'PROFILE_STALE',
  'DIRECTORY_FULL'
]

test('the numbers of codes never move', (t) => {
  t.alike(
    TABLE.map((_, number) => wireCode(number)),
    TABLE
  )
  t.alike(
    TABLE.map(wireNumber),
    TABLE.map((_, number) => number)
  )
})

test('a number of a later version is UNKNOWN', (t) => {
  for (const number of [TABLE.length, 1000, Number.MAX_SAFE_INTEGER]) {
    t.is(wireCode(number), 'UNKNOWN')
  }
})

test('only codes that may travel do', (t) => {
  t.is(wireCodeOf(badFrame('x')), 'BAD_FRAME')
  t.is(wireCodeOf(badInvite('x')), 'UNKNOWN')
  for (const err of [new Error('x'), new TypeError('x'), null, { code: 'DISK_FULL' }]) {
    t.is(wireCodeOf(err), 'UNKNOWN')
  }
})

test('an error tells a person what happened and a program what it can use', (t) => {
  const err = tooLarge('a body in bytes', 10, 11)
  t.ok(err instanceof RootPeerError && err instanceof Error)
  t.alike([err.name, err.code, err.expected, err.got], ['RootPeerError', 'TOO_LARGE', 10, 11])
  t.is(err.message, 'a body in bytes is 11, more than the 10 allowed')
  t.ok(lesserInvite('owner', 'guest').message.startsWith('this needs an owner invite'))
  t.is(versionUnsupported('1 to 1', '2 to 3').code, 'VERSION_UNSUPPORTED')
  const cause = new RangeError('r')
  t.is(badFrame('x', cause).cause, cause)
  t.absent('cause' in badFrame('x'))
})
