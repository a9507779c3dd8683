// Arbitrary values of everything that travels, as fast-check makes and shrinks them. Legal by
// construction: what is illegal is made from their bytes. Asserts nothing.

import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { Cursor } from '../../../src/protocol/cursor.ts'
import type { Invite } from '../../../src/protocol/invite.ts'
import { encodePage } from '../../../src/protocol/page.ts'
import type { PageFrame } from '../../../src/protocol/page.ts'
import type { GivenUp, Message } from '../../../src/protocol/payload.ts'

/** Numbers around every change of their length on the wire, and any other. */
export const number: Arbitrary<number> = fc.oneof(
  fc.nat(3),
  fc.nat(300),
  fc.constantFrom(0, 252, 253, 0xffff, 0x10000, 0xffffffff, 0x100000000, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat()
)

export const byte: Arbitrary<number> = fc.nat(255)

export function bytes<T extends Uint8Array>(max: number): Arbitrary<T> {
  return fc.uint8Array({ maxLength: max }) as unknown as Arbitrary<T>
}

export function exactly<T extends Uint8Array>(length: number): Arbitrary<T> {
  return fc.uint8Array({ minLength: length, maxLength: length }) as unknown as Arbitrary<T>
}

/** Text that is never cut: at most `max` bytes of UTF-8. */
export const text = (max: number): Arbitrary<string> =>
  fc.string({ unit: 'binary', maxLength: Math.floor(max / 4) })

const maybe = <T>(arbitrary: Arbitrary<T>): Arbitrary<T | null> =>
  fc.option(arbitrary, { nil: null })
const some = <T>(arbitrary: Arbitrary<T>, maxLength = 4): Arbitrary<T[]> =>
  fc.array(arbitrary, { maxLength })

export const head = fc.record({
  fork: number,
  length: number,
  treeHash: exactly(32),
  signature: exactly(64)
})

const access = fc.constantFrom(1, 2, 3)

export const pull = fc.record({
  stream: number,
  coreKey: maybe(exactly(32)),
  from: number,
  limit: number,
  live: fc.boolean(),
  head: maybe(head)
})

export const proof = fc.record({
  version: byte,
  owner: exactly(32),
  writer: exactly(32),
  reader: exactly(32),
  access: byte,
  signature: exactly(64)
})

/** A list that is one log: each starts where the one before it ended, and only the last may be open. */
export const segments = fc
  .tuple(some(fc.tuple(exactly(32), exactly(32), fc.nat(1000))), fc.nat(1_000_000), fc.boolean())
  .map(([parts, begin, open]) => {
    let start = begin
    return parts.map(([coreKey, signer, length], i) => {
      const end = open && i === parts.length - 1 ? null : start + length
      const segment = { coreKey, signer, start, end }
      start += length
      return segment
    })
  })

/** What a page is made of. Numbers stay below 2^53, as they do for an honest root. */
export const page = fc.record({
  first: fc.oneof(fc.nat(5), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1000 })),
  storedAt: number,
  frames: fc.array(
    fc.record({
      sender: exactly(32),
      payloads: fc.array(bytes(60), { minLength: 1, maxLength: 4 })
    }),
    { minLength: 1, maxLength: 4 }
  ) as unknown as Arbitrary<PageFrame[]>
})

/** Bytes of a page that decodes; what it holds does not open. */
const block = page.map(({ first, storedAt, frames }) => encodePage(first, storedAt, frames))

const node = fc.record({ size: number, hash: exactly(32) })
const path = some(node)
const code = { code: number, detail: text(512) }

const optionalNumber = maybe(number)

/** What a ticket allows. */
const scopes = fc.record({
  create: fc.boolean(),
  rooms: optionalNumber,
  bytes: optionalNumber,
  messagesPerDay: optionalNumber,
  expiresAt: optionalNumber
})

/** One for each message of the control channel. */
export const controlValues: Record<string, Arbitrary<unknown>> = {
  ticket: fc.record({ root: exactly(32), secret: exactly(32) }),
  notice: fc.record(code),
  ticketed: fc.record({ scopes: maybe(scopes), ...code })
}

const quota = fc.record({ kind: number, limit: number, use: number, full: fc.boolean() })
const retention = fc.record({ ageMs: number, bytes: number, messages: number })

/** One for each message of the room channel. */
export const roomValues: Record<string, Arbitrary<unknown>> = {
  granted: fc.record({
    access,
    segments,
    oldest: number,
    next: number,
    windowBytes: number,
    retention
  }),
  retain: retention,
  delete: fc.constant(null),
  denied: fc.record(code),
  append: fc.record({
    frame: number,
    resume: fc.boolean(),
    payloads: fc.array(bytes(200), { minLength: 1, maxLength: 5 })
  }),
  stored: fc.record({
    frame: number,
    first: number,
    storedAt: number,
    segment: number,
    block: number,
    head
  }),
  refused: fc.record({ frame: number, ...code }),
  pull,
  pages: fc.record({
    stream: number,
    segment: number,
    block: number,
    pages: some(fc.oneof(bytes(200), block)),
    next: number,
    end: fc.boolean(),
    head: maybe(head)
  }),
  gap: fc
    .tuple(number, number, number)
    .filter(([, a, b]) => a !== b)
    .map(([stream, a, b]) => ({ stream, from: Math.min(a, b), to: Math.max(a, b) })),
  reset: fc.record({ stream: number, number }),
  proof: fc.record({
    request: number,
    page: maybe(bytes(200)),
    path,
    roots: path,
    head: maybe(head),
    laterRoots: path,
    paths: some(path)
  }),
  presence: fc.record({
    snapshot: fc.boolean(),
    members: number,
    guests: number,
    joined: some(fc.record({ peer: exactly(32), access, since: number })),
    left: some(exactly(32))
  }),
  broadcast: bytes(300),
  segments,
  stop: fc.record({ stream: number }),
  more: fc.record({ stream: number, limit: number }),
  prove: fc.record({ request: number, segment: number, block: number, length: number }),
  replicate: fc.record({ on: fc.boolean() }),
  usage: fc.uniqueArray(quota, { maxLength: 8, selector: ({ kind }) => kind })
}

/** One for each message of the direct channel. */
export const directValues: Record<string, Arbitrary<unknown>> = {
  denied: fc.record(code),
  pass: fc.record({
    frame: number,
    payloads: fc.array(bytes(200), { minLength: 1, maxLength: 5 })
  }),
  received: fc.record({ frame: number }),
  offer: fc.record({ ids: fc.array(exactly(32), { minLength: 1, maxLength: 5 }) }),
  wanted: fc.record({
    places: fc
      .uniqueArray(number, { maxLength: 5 })
      .map((places) => places.toSorted((a, b) => a - b))
  }),
  broadcast: bytes(300)
}

const entry = {
  version: number.map((each) => Math.max(1, each)),
  deleted: fc.constant(false),
  size: number,
  sealed: bytes(200)
}
const storedFile = fc.record({ key: exactly(64), seq: number, storedAt: number, ...entry })
const positive = number.map((each) => Math.max(1, each))
const keep = fc.nat(100)

const person = fc.record({
  identity: exactly(32),
  profile: maybe(bytes(200)),
  online: fc.boolean(),
  lastSeen: number
})

/** One for each message of the directory channel. */
export const directoryValues: Record<string, Arbitrary<unknown>> = {
  publish: fc.record({ request: number, profile: bytes(300) }),
  attend: fc.record({ request: number, identity: exactly(32), signature: exactly(64) }),
  accepted: fc.record({ request: number }),
  refused: fc.record({ request: number, ...code }),
  find: fc.record({ request: number, by: fc.constantFrom(0, 1), key: exactly(32) }),
  list: fc.record({
    request: number,
    after: maybe(exactly(32)),
    limit: number.map((each) => Math.max(1, each))
  }),
  people: fc.record({ request: number, people: some(person), end: fc.boolean() }),
  watch: fc.record({ request: number, identities: some(exactly(32)), listed: fc.boolean() }),
  changed: fc.record({ request: number, people: some(person) }),
  reset: fc.record({ request: number })
}

/** One for each message of the files channel. */
export const filesValues: Record<string, Arbitrary<unknown>> = {
  granted: fc.record({
    access,
    index: maybe(exactly(32)),
    seq: number,
    fileBytesMax: number,
    windowBytes: number
  }),
  denied: fc.record(code),
  begin: fc.record({ request: number, key: exactly(64), attempt: exactly(16), size: number }),
  ready: fc.record({ request: number, chunks: number, hash: exactly(32) }),
  chunk: fc.record({ request: number, index: number, bytes: bytes(300) }),
  taken: fc.record({ request: number, chunks: number }),
  commit: fc.record({ request: number, hash: exactly(32), keep, entry: fc.record(entry) }),
  put: fc.record({
    request: number,
    key: exactly(64),
    keep,
    contentOf: number,
    entry: fc.record({
      ...entry,
      deleted: fc.boolean(),
      size: fc.constant(0)
    }),
    chunks: some(bytes(300), 16)
  }),
  committed: fc.record({ request: number, seq: number, storedAt: number }),
  refused: fc.record({ request: number, ...code }),
  stop: fc.record({ request: number }),
  stat: fc.record({ request: number, keys: fc.array(exactly(64), { minLength: 1, maxLength: 4 }) }),
  list: fc.record({
    request: number,
    folder: exactly(32),
    after: maybe(exactly(32)),
    limit: positive
  }),
  versions: fc.record({ request: number, key: exactly(64) }),
  entries: fc.record({ request: number, entries: some(storedFile), end: fc.boolean() }),
  get: fc.record({
    request: number,
    files: fc.array(
      fc
        .tuple(exactly(64), number, fc.nat(1000), fc.nat(1000))
        .map(([key, seq, from, more]) => ({ key, seq, from, to: more === 0 ? 0 : from + more })),
      { minLength: 1, maxLength: 4 }
    ),
    limit: positive
  }),
  chunks: fc.record({
    request: number,
    parts: some(
      fc.record({
        file: number,
        kind: fc.constantFrom(0, 1, 2, 3),
        chunk: number,
        bytes: bytes(300)
      })
    ),
    end: fc.boolean()
  }),
  watch: fc.record({
    request: number,
    index: maybe(exactly(32)),
    seq: number,
    folder: maybe(exactly(32)),
    live: fc.boolean(),
    limit: positive
  }),
  changes: fc.record({
    request: number,
    index: maybe(exactly(32)),
    entries: some(storedFile),
    next: number,
    end: fc.boolean()
  }),
  reset: fc.record({ request: number, index: maybe(exactly(32)), seq: number }),
  more: fc.record({ request: number, limit: positive }),
  replicate: fc.record({ on: fc.boolean(), index: maybe(exactly(32)), contents: some(exactly(32)) })
}

export const directHello = fc.record({ proof })

export const roomHello = fc.record({ proof, pull: maybe(pull) })

export const controlHello = fc.record({ versionMin: number, versionMax: number, agent: text(64) })

export const announcement = fc.record({
  versionMin: number,
  versionMax: number,
  agent: text(64),
  durable: fc.boolean(),
  writable: fc.boolean(),
  ticketNeeded: fc.boolean(),
  bodyBytesMax: number,
  frameBytesMax: number,
  frameMessagesMax: number,
  roomsMax: number,
  features: some(text(32))
})

const named = { roots: some(exactly<Invite['roots'][number]>(32), 8) }

export const invite = fc.oneof(
  fc.record({ kind: fc.constant('owner'), roomKey: exactly(32), ...named }),
  fc.record({ kind: fc.constant('member'), memberKey: exactly(32), owner: exactly(32), ...named }),
  fc.record({
    kind: fc.constant('guest'),
    readKey: exactly(32),
    owner: exactly(32),
    writer: exactly(32),
    ...named
  }),
  fc.record({ kind: fc.constant('space'), identity: exactly(32), ...named })
) as Arbitrary<Invite>

const chainPosition = fc
  .tuple(exactly(16), some(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 50 }))), number)
  .map(([chain, steps, more]) => {
    let at = 0
    const holes = steps.map(([skip, length]) => {
      const from = at + skip
      at = from + length
      return { from, to: at }
    })
    return { chain, next: Math.max(at, more), holes }
  })

export const cursor = fc.record({
  roots: some(
    fc.record({ root: exactly(32), coreKey: maybe(exactly(32)), next: number, head: maybe(head) })
  ),
  chains: some(chainPosition)
}) as unknown as Arbitrary<Cursor>

export const message = fc.record({
  kind: number,
  sentAt: number,
  author: exactly(32),
  chain: exactly(16),
  number,
  previous: exactly(32),
  givenUp: some(fc.record({ number, id: exactly(32) })) as unknown as Arbitrary<GivenUp[]>,
  body: bytes(300)
}) as unknown as Arbitrary<Message>

export const broadcast = fc.record({ kind: number, sentAt: number, body: bytes(300) })
