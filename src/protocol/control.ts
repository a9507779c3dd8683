// The control channel, one per connection: who speaks, which version, under which bounds.
// Owns its handshakes and its table of messages. A position is never reused.

import type { Codec } from './codec.ts'
import { duplex, list, strict, struct, text, uint } from './codec.ts'
import { versionUnsupported } from './errors.ts'
import { wireLimits } from './limits.ts'
import { ticketAnswerCodec, ticketCodec } from './ticket.ts'

export const CONTROL_PROTOCOL = 'root-peer/control'

/** Versions of the protocol that this code speaks. */
export const PROTOCOL_VERSIONS = Object.freeze({ min: 1, max: 1 })

/** What a client says first. */
export interface Hello {
  versionMin: number
  versionMax: number
  agent: string
}

/** What a root says first: what it is and what it allows. */
export interface Announcement {
  versionMin: number
  versionMax: number
  agent: string
  /** Whether what it acknowledges is synced to disk. */
  durable: boolean
  /** Whether it takes appends now. */
  writable: boolean
  /** Whether opening rooms needs a ticket. */
  ticketNeeded: boolean
  bodyBytesMax: number
  frameBytesMax: number
  frameMessagesMax: number
  /** Rooms that one connection may have open. */
  roomsMax: number
  /** Names of what it can do beyond version 1; empty so far. */
  features: string[]
}

/** Something that concerns the whole connection: the operator's word, shutting down, why it ends. */
export interface Notice {
  code: number
  detail: string
}

const { agentBytesMax, detailBytesMax } = wireLimits
const DURABLE = 1
const WRITABLE = 2
const TICKET_NEEDED = 4

const hello: Codec<Hello> = struct({
  versionMin: uint,
  versionMax: uint,
  agent: text(agentBytesMax)
})

const record = struct({
  versionMin: uint,
  versionMax: uint,
  agent: text(agentBytesMax),
  flags: uint,
  bodyBytesMax: uint,
  frameBytesMax: uint,
  frameMessagesMax: uint,
  roomsMax: uint,
  features: list(text(32), 32)
})

const toRecord = ({ durable, writable, ticketNeeded, ...rest }: Announcement) => ({
  ...rest,
  flags: (durable ? DURABLE : 0) | (writable ? WRITABLE : 0) | (ticketNeeded ? TICKET_NEEDED : 0)
})

const announcement: Codec<Announcement> = {
  preencode: (state, value) => record.preencode(state, toRecord(value)),
  encode: (state, value) => record.encode(state, toRecord(value)),
  decode(state) {
    const { flags, ...rest } = record.decode(state)
    return {
      ...rest,
      durable: (flags & DURABLE) !== 0,
      writable: (flags & WRITABLE) !== 0,
      ticketNeeded: (flags & TICKET_NEEDED) !== 0
    }
  }
}

const notice: Codec<Notice> = struct({ code: uint, detail: text(detailBytesMax) })

/** The handshake as the client sees it: it writes a hello and reads an announcement. */
export const clientControlHandshake: Codec<Hello, Announcement> = strict(
  duplex(hello, announcement),
  'control handshake'
)

/** The handshake as the root sees it. */
export const rootControlHandshake: Codec<Announcement, Hello> = strict(
  duplex(announcement, hello),
  'control handshake'
)

/**
 * Messages of the control channel, by position:
 *
 * | position | name | from | |
 * | --- | --- | --- | --- |
 * | 0 | ticket | client | right after the handshake, to the root that it names |
 * | 1 | notice | root | |
 * | 2 | ticketed | root | the answer to `ticket`, and again when the ticket ends |
 */
export const controlMessages = Object.freeze({
  ticket: strict(ticketCodec, 'ticket'),
  notice: strict(notice, 'notice'),
  ticketed: strict(ticketAnswerCodec, 'ticketed')
})

/** The version that both sides speak. Throws `VERSION_UNSUPPORTED`. */
export function commonVersion(theirs: { versionMin: number; versionMax: number }): number {
  const { min, max } = PROTOCOL_VERSIONS
  const version = Math.min(max, theirs.versionMax)
  if (version < min || version < theirs.versionMin) {
    throw versionUnsupported(`${min} to ${max}`, `${theirs.versionMin} to ${theirs.versionMax}`)
  }
  return version
}
