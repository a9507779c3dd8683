// Tickets: what an operator hands to whoever may use a root peer. A text that names the root and holds a
// secret, and the messages by which it is presented. Never says what a ticket is good for: the root knows.

import b4a from 'b4a'
import type { PeerKey } from './bytes.ts'
import { fromZ32, key32, toZ32 } from './bytes.ts'
import type { Codec } from './codec.ts'
import { bool, decode, encode, fixed, kept, optional, struct, text, uint, byte } from './codec.ts'
import { CONSTANTS, hash, KEYS_VERSION } from './derive.ts'
import { badTicket } from './access-errors.ts'
import { wireLimits } from './limits.ts'

export interface Ticket {
  /** The root that it is good at; presented to no other. */
  root: PeerKey
  /** 32 random bytes. */
  secret: Uint8Array
}

/** What a ticket allows; null where it sets no bound of its own. */
export interface Scopes {
  /** Whether rooms may be opened that the root does not keep yet. */
  create: boolean
  /** Rooms that it pays for, and their bytes. */
  rooms: number | null
  bytes: number | null
  messagesPerDay: number | null
  /** Milliseconds since 1970. */
  expiresAt: number | null
}

/** The answer to a ticket, and what is said when it ends: its scopes if it is accepted, else why not. */
export interface TicketAnswer {
  scopes: Scopes | null
  code: number
  detail: string
}

const PREFIX = 'rp-ticket-'
const CHECK_BYTES = 4
const body = struct({ version: byte, root: kept<PeerKey>(32), secret: kept(32) })

export const ticketCodec: Codec<Ticket> = struct({ root: fixed<PeerKey>(32), secret: fixed(32) })

export const scopesCodec: Codec<Scopes> = struct({
  create: bool,
  rooms: optional(uint),
  bytes: optional(uint),
  messagesPerDay: optional(uint),
  expiresAt: optional(uint)
})

export const ticketAnswerCodec: Codec<TicketAnswer> = struct({
  scopes: optional(scopesCodec),
  code: uint,
  detail: text(wireLimits.detailBytesMax)
})

/** `rp-ticket-` and z32 of version, root, secret and a check of 4 bytes. */
export function printTicket({ root, secret }: Ticket): string {
  const bytes = encode(body, { version: KEYS_VERSION, root, secret })
  return PREFIX + toZ32(b4a.concat([bytes, check(bytes)]))
}

/**
 * Reads what `printTicket` wrote; white space around it is forgiven.
 *
 * @throws `BAD_TICKET`, saying what is wrong: not a ticket, damaged, or of another version.
 */
export function parseTicket(written: string): Ticket {
  const text = written.trim()
  if (!text.startsWith(PREFIX)) throw badTicket(`not a ticket: it should look like ${PREFIX}…`)
  const bytes = fromZ32(text.slice(PREFIX.length))
  const end = (bytes?.byteLength ?? 0) - CHECK_BYTES
  if (
    bytes === null ||
    end <= 0 ||
    !b4a.equals(check(bytes.subarray(0, end)), bytes.subarray(end))
  ) {
    throw badTicket('this ticket is damaged: a letter is wrong or missing. Copy it again, whole')
  }
  if (bytes[0] !== KEYS_VERSION) {
    throw badTicket(`a ticket of version ${bytes[0]}; this program knows version ${KEYS_VERSION}`)
  }
  try {
    const { root, secret } = decode(body, bytes.subarray(0, end))
    return { root: key32(root, 'a root'), secret: key32(secret, 'a secret') }
  } catch {
    throw badTicket('this ticket was made wrongly: its check holds, but its fields do not decode')
  }
}

/** What a root keeps of a ticket instead of its secret. */
export function ticketHash(secret: Uint8Array): Uint8Array {
  return hash(CONSTANTS.ticket, secret)
}

function check(bytes: Uint8Array): Uint8Array {
  return hash(CONSTANTS.ticketCheck, bytes).subarray(0, CHECK_BYTES)
}
