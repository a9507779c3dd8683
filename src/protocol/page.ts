// A page: one block of a room's core. Encoded once, when its commit is made; those bytes are stored,
// pushed, served and replicated as they are, and decoded only by clients. Owns the layout.

import b4a from 'b4a'
import type { PeerKey } from './bytes.ts'
import { mapKey } from './bytes.ts'
import type { State } from './codec.ts'
import { byte, fixed, put, take, uint } from './codec.ts'
import { badPage } from './errors.ts'
import { wireLimits } from './limits.ts'

const PAGE_VERSION = 1
const sender32 = fixed<PeerKey>(32)

/** Messages that one peer handed in together; stored contiguously. */
export interface PageFrame {
  sender: PeerKey
  payloads: readonly Uint8Array[]
}

export interface PageEntry {
  /** Number of the message in this room at this root. */
  index: number
  /** Noise key of who handed it in: a hint from the root, proven by nothing. */
  sender: PeerKey
  payload: Uint8Array
}

export interface Page {
  /** Number of the first message. */
  first: number
  /** Milliseconds since 1970 by the root's clock, when the commit was made. */
  storedAt: number
  entries: PageEntry[]
}

/** Encodes a page. The caller keeps to `wireLimits.pageMessagesMax` and `pageBytesMax`. */
export function encodePage(
  first: number,
  storedAt: number,
  frames: readonly PageFrame[]
): Uint8Array {
  const senders: PeerKey[] = []
  const places = new Map<string, number>()
  const state: State = { start: 0, end: 0, buffer: null }
  let count = 0

  byte.preencode(state, PAGE_VERSION)
  uint.preencode(state, first)
  uint.preencode(state, storedAt)
  for (const frame of frames) {
    const place = placeOf(frame.sender, senders, places)
    for (const payload of frame.payloads) {
      uint.preencode(state, place)
      uint.preencode(state, payload.byteLength)
      state.end += payload.byteLength
    }
    count += frame.payloads.length
  }
  uint.preencode(state, senders.length)
  state.end += 32 * senders.length
  uint.preencode(state, count)

  state.buffer = b4a.allocUnsafeSlow(state.end)
  byte.encode(state, PAGE_VERSION)
  uint.encode(state, first)
  uint.encode(state, storedAt)
  uint.encode(state, senders.length)
  for (const sender of senders) put(state, sender)
  uint.encode(state, count)
  for (const frame of frames) {
    const place = placeOf(frame.sender, senders, places)
    for (const payload of frame.payloads) {
      uint.encode(state, place)
      uint.encode(state, payload.byteLength)
      put(state, payload)
    }
  }
  return state.buffer
}

/** What a page says of all its messages. */
export interface PageSpan {
  /** Number of the first message, and how many there are. */
  first: number
  count: number
  storedAt: number
}

/** What a page says of all its messages, without touching the entries. */
export function pageSpan(page: Uint8Array): PageSpan {
  return reading(page, (state) => {
    const { first, count, storedAt } = readHead(state)
    return { first, count, storedAt }
  })
}

/**
 * Decodes a page; payloads are views of its bytes.
 *
 * @throws `BAD_PAGE` if a byte is wrong, missing or too many.
 */
export function decodePage(page: Uint8Array): Page {
  return reading(page, (state) => {
    const { first, storedAt, senders, count } = readHead(state)
    const entries: PageEntry[] = []
    for (let i = 0; i < count; i++) {
      const sender = senders[uint.decode(state)]
      if (sender === undefined) throw badPage('a sender that is not in the table')
      entries.push({ index: first + i, sender, payload: take(state, uint.decode(state)) })
    }
    if (state.start !== state.end) throw badPage('bytes after the last message')
    return { first, storedAt, entries }
  })
}

interface PageHead {
  first: number
  storedAt: number
  senders: PeerKey[]
  count: number
}

function readHead(state: State): PageHead {
  const version = byte.decode(state)
  if (version !== PAGE_VERSION) throw badPage(`a page of version ${version}`)
  const first = uint.decode(state)
  const storedAt = uint.decode(state)
  const sendersCount = uint.decode(state)
  if (sendersCount > wireLimits.pageMessagesMax)
    throw badPage(`${sendersCount} senders in one page`)
  const senders: PeerKey[] = []
  for (let i = 0; i < sendersCount; i++) senders.push(sender32.decode(state))
  const count = uint.decode(state)
  // An empty page would move no reader on.
  if (count === 0 || count > wireLimits.pageMessagesMax)
    throw badPage(`${count} messages in one page`)
  if (!Number.isSafeInteger(first + count)) throw badPage('message numbers beyond 2^53')
  return { first, storedAt, senders, count }
}

function placeOf(sender: PeerKey, senders: PeerKey[], places: Map<string, number>): number {
  // Frames of one commit mostly come from one sender: compare before hashing.
  const last = senders.length - 1
  if (senders[last] === sender) return last
  const key = mapKey(sender)
  let place = places.get(key)
  if (place === undefined) {
    place = senders.push(sender) - 1
    places.set(key, place)
  }
  return place
}

function reading<T>(page: Uint8Array, read: (state: State) => T): T {
  try {
    return read({ start: 0, end: page.byteLength, buffer: page })
  } catch (err) {
    throw badPage(err instanceof Error ? err.message : 'unreadable', err)
  }
}
