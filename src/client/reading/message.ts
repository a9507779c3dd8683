// What a reader gets: a message, or an entry that is none for this room. Plain fields, texts for keys.

import type { Cursor } from '../../protocol/cursor.ts'
import { printCursor } from '../../protocol/cursor.ts'
import { formatKey } from '../../protocol/bytes.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import type { Candidate } from './prover.ts'
import type { Arrival } from './timeline.ts'

abstract class Entry {
  readonly #cursor: () => Cursor

  constructor(cursor: () => Cursor) {
    this.#cursor = cursor
  }

  /** Where to read on after this one: opaque, and good at all roots that were read. */
  get cursor(): string {
    return printCursor(this.#cursor())
  }
}

export class ReadMessage extends Entry {
  /** Number of the message in this room at this root; null for a direct copy. */
  readonly index: number | null
  /** Key of the root that gave it, in z32; null if it came directly from its author. */
  readonly root: string | null
  /** The message's hash, in hex: its name everywhere. */
  readonly id: string
  /** Milliseconds since 1970 by the root's clock; null for a direct copy. */
  readonly storedAt: number | null
  /** Milliseconds since 1970 by the author's clock. */
  readonly sentAt: number
  /** The author's identity key, in z32. */
  readonly author: string
  /** The author's chain, in hex, and the number in it. */
  readonly chain: string
  readonly number: number
  /** 0 for text; see `MessageKind`. */
  readonly kind: number
  /** Whether the author is a member and wrote it. A `proven` event may follow. */
  readonly proven: boolean
  /** Another proven message stands at the same place of the same chain. */
  readonly fork: boolean
  /** It fills what was said to be missing. */
  readonly late: boolean
  readonly body: Uint8Array

  constructor(
    arrival: Arrival,
    { message, id, author, chain, proven }: Candidate,
    { fork, late }: { fork: boolean; late: boolean },
    cursor: () => Cursor
  ) {
    super(cursor)
    this.index = arrival.index
    this.root = arrival.root
    this.id = id
    this.storedAt = arrival.storedAt
    this.sentAt = message.sentAt
    this.author = authorName(author, message.author)
    this.chain = chain
    this.number = message.number
    this.kind = message.kind
    this.proven = proven
    this.fork = fork
    this.late = late
    this.body = message.body
  }
}

/** An entry of the log that does not open with this room's key, or is no message. Never hidden. */
export class Unreadable extends Entry {
  /** Number of the entry in this room at this root. */
  readonly index: number
  /** Key of the root that gave it, in z32: a member that gives such a one directly is not listened to. */
  readonly root: string
  readonly error: RootPeerError

  constructor(arrival: Arrival, error: RootPeerError, cursor: () => Cursor) {
    super(cursor)
    this.index = arrival.index as number
    this.root = arrival.root as string
    this.error = error
  }
}

// Messages mostly come from the same few authors; z32 of a key costs more than a look-up.
const names = new Map<string, string>()

function authorName(key: string, author: Uint8Array): string {
  let name = names.get(key)
  if (name === undefined) {
    if (names.size > 4096) names.clear()
    name = formatKey(author)
    names.set(key, name)
  }
  return name
}
