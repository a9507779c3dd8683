// One author in one room: seals bodies into the author's chain and groups them into frames. Signs the
// first of a chain and the last of every frame, which proves all between. Never uses a number twice.

import b4a from 'b4a'
import type { AuthorKey, ChainId, KeyPair, MessageHash, Signature } from '../../protocol/bytes.ts'
import { randomBytes } from '../../protocol/derive.ts'
import { certify } from '../../protocol/keys.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import type { GivenUp } from '../../protocol/payload.ts'
import { MessageKind, NO_MESSAGE, sealMessage } from '../../protocol/payload.ts'
import { wireLimits } from '../../protocol/limits.ts'

/** Sealed messages that travel together, are stored together, and are sent again together. */
export interface SealedFrame {
  ids: MessageHash[]
  payloads: Uint8Array[]
  chain: ChainId
  /** Number of the first in the chain. */
  number: number
}

/** Where an author's chain stands. */
export interface ChainState {
  chain: ChainId
  /** Of the next message. */
  number: number
  /** Hash of the newest message. */
  previous: MessageHash
  /** Will never be stored, and no message has said so yet. */
  givenUp: readonly GivenUp[]
}

export class Author {
  readonly #keys: RoomKeys
  readonly #identity: KeyPair
  readonly #certificate: Signature | null
  readonly #now: () => number
  readonly #chain: ChainId
  #number: number
  #previous: MessageHash
  readonly #givenUp: GivenUp[]

  /** @param state the chain to go on with; a new one without. */
  constructor(
    keys: RoomKeys,
    identity: KeyPair,
    now: () => number,
    state: ChainState | null = null
  ) {
    this.#keys = keys
    this.#identity = identity
    this.#now = now
    this.#certificate = certify(keys, identity.publicKey as AuthorKey)
    this.#chain = state?.chain ?? (randomBytes(16) as ChainId)
    this.#number = state?.number ?? 0
    this.#previous = state?.previous ?? NO_MESSAGE
    this.#givenUp = [...(state?.givenUp ?? [])]
  }

  /** The chain as it is now. */
  get state(): ChainState {
    const [chain, number, previous] = [this.#chain, this.#number, this.#previous]
    return { chain, number, previous, givenUp: [...this.#givenUp] }
  }

  /** Seals bodies, in order, as one frame. */
  seal(bodies: readonly Uint8Array[]): SealedFrame {
    const frame: SealedFrame = {
      ids: [],
      payloads: [],
      chain: this.#chain,
      number: this.#number
    }
    const sentAt = this.#now()
    for (const [i, body] of bodies.entries()) {
      const signed = this.#number === 0 || i === bodies.length - 1
      const { id, payload } = this.#next(body, sentAt, signed)
      frame.ids.push(id)
      frame.payloads.push(payload)
    }
    return frame
  }

  /** These will never be stored: the next signed message says so, and readers do not wait for them. */
  giveUp(frame: SealedFrame): void {
    // Of a chain that was left nobody can say so any more.
    if (!b4a.equals(frame.chain, this.#chain)) return
    for (const [i, id] of frame.ids.entries()) this.#givenUp.push({ number: frame.number + i, id })
  }

  #next(
    body: Uint8Array,
    sentAt: number,
    signed: boolean
  ): { id: MessageHash; payload: Uint8Array } {
    const givenUp = signed ? this.#givenUp.splice(0, wireLimits.givenUpMax) : []
    const sealed = sealMessage(
      this.#keys,
      {
        kind: MessageKind.text,
        sentAt,
        author: this.#identity.publicKey as AuthorKey,
        chain: this.#chain,
        number: this.#number,
        previous: this.#previous,
        givenUp,
        body
      },
      signed ? this.#identity : null,
      signed ? this.#certificate : null
    )
    this.#number++
    this.#previous = sealed.id
    return sealed
  }
}

/** A body as bytes. */
export function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? b4a.from(body) : body
}
