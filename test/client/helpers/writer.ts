// A member at the lowest level: seals messages of one chain exactly as a test says, with a signature or
// without, right or wrong. And what the parts of a reader take: candidates, arrivals, pages.

import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type {
  AuthorKey,
  ChainId,
  KeyPair,
  MessageHash,
  PeerKey,
  Signature
} from '../../../src/protocol/bytes.ts'
import { mapKey } from '../../../src/protocol/bytes.ts'
import { randomBytes } from '../../../src/protocol/derive.ts'
import type { RoomKeys } from '../../../src/protocol/keys.ts'
import { certify, createRoomKey, ownerKeys } from '../../../src/protocol/keys.ts'
import { toGuest, keysOf } from '../../../src/protocol/invite.ts'
import { encodePage } from '../../../src/protocol/page.ts'
import type { GivenUp, SealedMessage } from '../../../src/protocol/payload.ts'
import { NO_MESSAGE, openMessage, sealMessage } from '../../../src/protocol/payload.ts'
import type { Candidate } from '../../../src/client/reading/prover.ts'
import type { Arrival } from '../../../src/client/reading/timeline.ts'

export const TIME = 1_700_000_000_000

/** A room's keys as its owner and as a guest has them. */
export function createKeys(): { keys: RoomKeys; guest: RoomKeys } {
  const roomKey = createRoomKey()
  const guest = keysOf(toGuest({ kind: 'owner', roomKey, roots: [] }))
  return { keys: ownerKeys(roomKey), guest }
}

export interface SealOptions {
  signed?: boolean
  /** Bytes to put where the signature or the certificate belongs. */
  certificate?: Signature | null
  signer?: KeyPair
  number?: number
  previous?: MessageHash
  givenUp?: readonly GivenUp[]
}

/** A message as it was sealed. */
export interface Written extends SealedMessage {
  number: number
  name: string
}

export class Writer {
  readonly keys: RoomKeys
  readonly identity: KeyPair
  readonly chain: ChainId
  number = 0
  previous: MessageHash = NO_MESSAGE

  constructor(
    keys: RoomKeys,
    identity: KeyPair = crypto.keyPair(),
    chain: ChainId = randomBytes(16) as ChainId
  ) {
    this.keys = keys
    this.identity = identity
    this.chain = chain
  }

  get author(): AuthorKey {
    return this.identity.publicKey as AuthorKey
  }

  /** Seals the next message of the chain. */
  seal(body: string, options: SealOptions = {}): Written {
    const { number = this.number, previous = this.previous, givenUp = [] } = options
    const signed = options.signed ?? true
    const certificate =
      options.certificate === undefined ? certify(this.keys, this.author) : options.certificate
    const sealed = sealMessage(
      this.keys,
      {
        kind: 0,
        sentAt: TIME,
        author: this.author,
        chain: this.chain,
        number,
        previous,
        givenUp,
        body: b4a.from(body)
      },
      signed ? (options.signer ?? this.identity) : null,
      signed ? certificate : null
    )
    this.number = number + 1
    this.previous = sealed.id
    return { ...sealed, number, name: mapKey(sealed.id) }
  }

  /** Bodies as one frame: the first of a chain and the last are signed. */
  frame(...bodies: string[]): Written[] {
    const last = bodies.length - 1
    return bodies.map((body, i) => this.seal(body, { signed: this.number === 0 || i === last }))
  }
}

export function candidateOf(keys: RoomKeys, { payload }: { payload: Uint8Array }): Candidate {
  const message = openMessage(keys, payload)
  const { id, author, chain } = message
  return {
    message,
    id: mapKey(id),
    author: mapKey(author),
    chain: mapKey(chain),
    proven: false
  }
}

/** Entries of one root, numbered from `first`. */
export function arrivalsOf(
  payloads: readonly { payload: Uint8Array }[],
  first = 0,
  root = 'a'
): Arrival[] {
  return payloads.map(({ payload }, i) => ({ index: first + i, payload, storedAt: TIME, root }))
}

/** One page that holds these payloads. */
export function pageOf(payloads: readonly { payload: Uint8Array }[], first: number): Uint8Array {
  const sender = b4a.alloc(32, 7) as PeerKey
  return encodePage(first, TIME, [{ sender, payloads: payloads.map(({ payload }) => payload) }])
}
