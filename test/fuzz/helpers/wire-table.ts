// Every codec of the protocol as one row: how to make a value, write it, read it, and with which codes a
// reader may refuse. What is new on the wire gets a row here; a test finds what has none.

import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import b4a from 'b4a'
import { openBroadcast, sealBroadcast } from '../../../src/protocol/broadcast.ts'
import type { Codec } from '../../../src/protocol/codec.ts'
import { decode, encode } from '../../../src/protocol/codec.ts'
import {
  clientControlHandshake,
  controlMessages,
  rootControlHandshake
} from '../../../src/protocol/control.ts'
import { parseCursor, printCursor } from '../../../src/protocol/cursor.ts'
import type { Cursor } from '../../../src/protocol/cursor.ts'
import { directHandshake, directMessages } from '../../../src/protocol/direct-channel.ts'
import { directoryMessages } from '../../../src/protocol/directory-channel.ts'
import { filesMessages } from '../../../src/protocol/files-channel.ts'
import { headCodec } from '../../../src/protocol/head.ts'
import { parseInvite, printInvite } from '../../../src/protocol/invite.ts'
import type { Invite } from '../../../src/protocol/invite.ts'
import { decodePage, encodePage, pageSpan } from '../../../src/protocol/page.ts'
import type { PageFrame } from '../../../src/protocol/page.ts'
import { open, openMessage, seal, sealMessage } from '../../../src/protocol/payload.ts'
import type { Message } from '../../../src/protocol/payload.ts'
import { proofCodec } from '../../../src/protocol/proof.ts'
import {
  clientRoomHandshake,
  roomMessages,
  rootRoomHandshake
} from '../../../src/protocol/room-channel.ts'
import { segmentsCodec } from '../../../src/protocol/segments.ts'
import { parseTicket, printTicket } from '../../../src/protocol/ticket.ts'
import type { Ticket } from '../../../src/protocol/ticket.ts'
import { identity, member } from '../../protocol/fixtures.ts'
import * as any from './arbitraries.ts'

export interface Row {
  name: string
  value: Arbitrary<unknown>
  write: (value: unknown) => Uint8Array
  /** Gives back what `write` was given, as far as it travels. */
  read: (bytes: Uint8Array) => unknown
  /** What of a value comes back; all, unless given. */
  expect?: (value: unknown) => unknown
  /** Codes with which a reader may refuse. */
  codes: readonly string[]
  /** How many of its cuts are whole frames of earlier versions. */
  earlier?: number
  /** Whether a byte too many is refused. Elsewhere it belongs to a later version. */
  whole: boolean
}

/** A codec read in the way the mux does it: from a state, leaving later bytes alone. */
function wire(
  name: string,
  value: Arbitrary<unknown>,
  write: Codec<never, unknown>,
  read: Codec<never, unknown> = write
): Row {
  return {
    name,
    value,
    write: (each) => encode(write as Codec<unknown>, each),
    read: (buffer) => read.decode({ start: 0, end: buffer.byteLength, buffer }),
    codes: ['BAD_FRAME'],
    whole: false
  }
}

const text = (bytes: Uint8Array): string => b4a.toString(bytes, 'latin1')
const fromText = (value: string): Uint8Array => b4a.from(value, 'latin1')

/** Plaintext of a sealed message: what is damaged here was sealed so by a member. */
const plainOf = (sealed: Uint8Array): Uint8Array => open(member, member.contexts.payload, sealed)

/** Messages that later versions have added fields to. */
const grown: Readonly<Record<string, number>> = { granted: 1 }

const rooms: Row[] = Object.entries(roomMessages).map(([name, { codec }]) => ({
  ...wire(
    name,
    any.roomValues[name] ?? fc.constant(null),
    codec as unknown as Codec<never, unknown>
  ),
  earlier: grown[name] ?? 0
}))

const control: Row[] = Object.entries(controlMessages).map(([name, codec]) =>
  wire(
    `control ${name}`,
    any.controlValues[name] ?? fc.constant(null),
    codec as unknown as Codec<never, unknown>
  )
)

const direct: Row[] = Object.entries(directMessages).map(([name, { codec }]) =>
  wire(
    `direct ${name}`,
    any.directValues[name] ?? fc.constant(null),
    codec as unknown as Codec<never, unknown>
  )
)

const files: Row[] = Object.entries(filesMessages).map(([name, { codec }]) =>
  wire(
    `files ${name}`,
    any.filesValues[name] ?? fc.constant(null),
    codec as unknown as Codec<never, unknown>
  )
)

const people: Row[] = Object.entries(directoryMessages).map(([name, { codec }]) =>
  wire(
    `people ${name}`,
    any.directoryValues[name] ?? fc.constant(null),
    codec as unknown as Codec<never, unknown>
  )
)

/** Messages of the channels that have no arbitrary yet. */
export const unfuzzed: string[] = [
  ...Object.keys(roomMessages).filter((name) => any.roomValues[name] === undefined),
  ...Object.keys(controlMessages).filter((name) => any.controlValues[name] === undefined),
  ...Object.keys(directMessages).filter((name) => any.directValues[name] === undefined),
  ...Object.keys(filesMessages).filter((name) => any.filesValues[name] === undefined),
  ...Object.keys(directoryMessages).filter((name) => any.directoryValues[name] === undefined)
]

export const table: readonly Row[] = [
  ...rooms,
  ...direct,
  ...control,
  ...files,
  ...people,
  wire('direct handshake', any.directHello, directHandshake),
  wire('room handshake', any.roomHello, clientRoomHandshake, rootRoomHandshake),
  wire('hello', any.controlHello, clientControlHandshake, rootControlHandshake),
  wire('announcement', any.announcement, rootControlHandshake, clientControlHandshake),
  wire('segment list', any.segments, segmentsCodec),
  {
    ...wire('head', any.head, headCodec),
    read: (bytes) => decode(headCodec, bytes),
    whole: true
  },
  {
    ...wire('proof of access', any.proof, proofCodec),
    read: (bytes) => decode(proofCodec, bytes),
    whole: true
  },
  {
    name: 'page',
    value: any.page,
    write(value) {
      const { first, storedAt, frames } = value as {
        first: number
        storedAt: number
        frames: PageFrame[]
      }
      return encodePage(first, storedAt, frames)
    },
    read(bytes) {
      const page = decodePage(bytes)
      const { first, count } = pageSpan(bytes)
      if (first !== page.first || count !== page.entries.length) throw new Error('another span')
      return page
    },
    expect(value) {
      const { first, storedAt, frames } = value as {
        first: number
        storedAt: number
        frames: PageFrame[]
      }
      const flat = frames.flatMap(({ sender, payloads }) =>
        payloads.map((payload) => ({ sender, payload }))
      )
      return { first, storedAt, entries: flat.map((each, i) => ({ index: first + i, ...each })) }
    },
    codes: ['BAD_PAGE'],
    whole: true
  },
  {
    name: 'invite',
    value: any.invite,
    write: (value) => fromText(printInvite(value as Invite)),
    read: (bytes) => parseInvite(text(bytes)),
    codes: ['BAD_INVITE'],
    whole: true
  },
  {
    name: 'ticket',
    value: any.controlValues['ticket'] as Arbitrary<unknown>,
    write: (value) => fromText(printTicket(value as Ticket)),
    read: (bytes) => parseTicket(text(bytes)),
    codes: ['BAD_TICKET'],
    whole: true
  },
  {
    name: 'cursor',
    value: any.cursor,
    write: (value) => fromText(printCursor(value as Cursor)),
    read: (bytes) => parseCursor(text(bytes)),
    codes: ['BAD_CURSOR'],
    whole: true
  },
  {
    name: 'sealed message',
    value: any.message,
    write: (value) => sealMessage(member, value as Message, identity, null).payload,
    read: (bytes) => messageOf(openMessage(member, bytes)),
    codes: ['NOT_OPENED', 'BAD_PAYLOAD'],
    whole: true
  },
  {
    name: 'message under its seal',
    value: any.message,
    write: (value) => plainOf(sealMessage(member, value as Message, identity, null).payload),
    read: (plain) => messageOf(openMessage(member, seal(member, member.contexts.payload, plain))),
    codes: ['BAD_PAYLOAD'],
    whole: true
  },
  {
    name: 'sealed broadcast',
    value: any.broadcast,
    write: (value) => sealBroadcast(member, identity, value as Parameters<typeof sealBroadcast>[2]),
    read(bytes) {
      const { kind, sentAt, body } = openBroadcast(member, bytes)
      return { kind, sentAt, body }
    },
    codes: ['NOT_OPENED', 'BAD_PAYLOAD'],
    whole: true
  },
  {
    name: 'broadcast under its seal',
    value: any.broadcast,
    write: (value) =>
      open(
        member,
        member.contexts.broadcast,
        sealBroadcast(member, identity, value as Parameters<typeof sealBroadcast>[2])
      ),
    read(plain) {
      const sealed = seal(member, member.contexts.broadcast, plain)
      const { kind, sentAt, body } = openBroadcast(member, sealed)
      return { kind, sentAt, body }
    },
    codes: ['BAD_PAYLOAD'],
    whole: true
  }
]

function messageOf(opened: Message): Message {
  const { kind, sentAt, author, chain, number, previous, givenUp, body } = opened
  return { kind, sentAt, author, chain, number, previous, givenUp, body }
}
