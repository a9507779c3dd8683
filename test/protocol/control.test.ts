import test from 'brittle'
import type { Announcement, Hello } from '../../src/protocol/control.ts'
import {
  clientControlHandshake,
  commonVersion,
  controlMessages,
  rootControlHandshake
} from '../../src/protocol/control.ts'
import { encode } from '../../src/protocol/codec.ts'
import { wireNumber } from '../../src/protocol/errors.ts'
import { checkFrame, codeOf, decodeFrame, fromHex, hex } from './fixtures.ts'
import { frames } from './golden.ts'

const hello: Hello = { versionMin: 1, versionMax: 3, agent: 'test/1' }
const announcement: Announcement = {
  versionMin: 1,
  versionMax: 1,
  agent: 'root-peer/0.1.0',
  durable: true,
  writable: true,
  ticketNeeded: false,
  bodyBytesMax: 131072,
  frameBytesMax: 983040,
  frameMessagesMax: 1000,
  roomsMax: 1024,
  features: ['a', 'bc']
}

test('the handshakes of the control channel', (t) => {
  const toRoot = { write: clientControlHandshake, read: rootControlHandshake }
  const toClient = { write: rootControlHandshake, read: clientControlHandshake }
  checkFrame(t, 'hello', toRoot, hello, frames.hello)
  checkFrame(t, 'announcement', toClient, announcement, frames.announcement)
})

test('notice', (t) => {
  const { notice } = controlMessages
  const value = { code: wireNumber('SHUTTING_DOWN'), detail: 'back at noon' }
  checkFrame(t, 'notice', { write: notice, read: notice }, value, frames.notice)
})

test('every combination of flags comes back, and unknown flags are not in the way', (t) => {
  for (let flags = 0; flags < 8; flags++) {
    const value = {
      ...announcement,
      durable: (flags & 1) !== 0,
      writable: (flags & 2) !== 0,
      ticketNeeded: (flags & 4) !== 0
    }
    t.alike(decodeFrame(clientControlHandshake, encode(rootControlHandshake, value)), value)
  }
  const { agent } = announcement
  const at = 3 + agent.length
  const frame = encode(rootControlHandshake, announcement)
  frame[at] = 0xf3
  t.alike(decodeFrame(clientControlHandshake, frame), announcement)
})

test('over-long agents, features and details are refused', (t) => {
  const long = (length: number) => `${hex(Uint8Array.of(length))}${'61'.repeat(length)}`
  t.is(
    codeOf(() => decodeFrame(rootControlHandshake, fromHex(`0101${long(65)}`))),
    'BAD_FRAME'
  )
  t.is(
    codeOf(() =>
      decodeFrame(clientControlHandshake, fromHex(`01010000000000002100${'00'.repeat(64)}`))
    ),
    'BAD_FRAME',
    '33 features'
  )
  t.is(
    codeOf(() => decodeFrame(controlMessages.notice, fromHex(`01fd0102${'61'.repeat(513)}`))),
    'BAD_FRAME'
  )
})

test('a detail that is too long is cut, so that the reason for an end always arrives', (t) => {
  const { notice } = controlMessages
  const frame = encode(notice, { code: 1, detail: 'é'.repeat(400) })
  t.is(decodeFrame(notice, frame).detail, 'é'.repeat(256))
})

test('the common version', (t) => {
  const table: [number, number, number | string][] = [
    [1, 1, 1],
    [0, 9, 1],
    [1, 9, 1],
    [2, 9, 'VERSION_UNSUPPORTED'],
    [0, 0, 'VERSION_UNSUPPORTED'],
    [9, 1, 'VERSION_UNSUPPORTED']
  ]
  for (const [versionMin, versionMax, expected] of table) {
    const work = () => commonVersion({ versionMin, versionMax })
    const got = typeof expected === 'number' ? work() : codeOf(work)
    t.is(got, expected, `${versionMin} to ${versionMax}`)
  }
})
