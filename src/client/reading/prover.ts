// Who wrote a message: proven by its own signature and certificate, or by a proven message of the same
// author that names its hash. Checks the newest signature of a chain in a batch and walks back, so that
// a batch costs one or two checks an author and not one a message.

import b4a from 'b4a'
import type { MessageHash } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { isCertified } from '../../protocol/keys.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import type { OpenedMessage } from '../../protocol/payload.ts'
import { isSigned } from '../../protocol/payload.ts'
import { clientLimits } from '../limits.ts'

/** A message on its way to the app. */
export interface Candidate {
  message: OpenedMessage
  /** Its hash, its author and its chain in hex: what maps know them by. */
  id: string
  author: string
  chain: string
  proven: boolean
}

export class Prover<C extends Candidate = Candidate> {
  readonly #keys: RoomKeys
  /** Authors whose certificate was checked, in hex. */
  readonly #members = new Set<string>()
  /** Hashes that proven messages name and that have not been seen, each with the author that named it. */
  readonly #named = new Set<string>()
  /** Seen, and not proven yet. */
  readonly #unproven = new Map<string, C>()
  #unprovenBytes = 0
  /** Those of them that were named since. */
  readonly #found: string[] = []

  constructor(keys: RoomKeys) {
    this.#keys = keys
  }

  /**
   * Marks what is proven in a batch, in the order it came.
   *
   * @returns earlier messages that this batch has proven.
   */
  prove(batch: readonly C[]): C[] {
    for (const candidate of batch) this.#meet(candidate)
    const waiting = new Set<C>()
    // Whether the candidate at hand is named by the one behind it: the common case, and no map's business.
    let next = false
    for (let i = batch.length - 1; i >= 0; i--) {
      const candidate = batch[i] as C
      if (next || this.#isNamed(candidate) || this.#isSigned(candidate)) {
        next = this.#accept(candidate, batch[i - 1])
      } else {
        waiting.add(candidate)
        this.#keep(candidate)
      }
    }
    if (waiting.size > 0) this.#match(batch, waiting)
    return this.#walkBack().filter((candidate) => !waiting.has(candidate))
  }

  /** A copy without a proof, beside one that has it: the hash says that they are the same. */
  #match(batch: readonly C[], waiting: Set<C>): void {
    const proven = new Set(batch.filter((each) => each.proven).map(({ id }) => id))
    for (const candidate of waiting) {
      if (!proven.has(candidate.id)) continue
      candidate.proven = true
      this.#forget(candidate.id)
    }
  }

  /** A certificate is checked once an author. */
  #meet({ author, message }: Candidate): void {
    const { certificate } = message
    if (certificate === null || this.#members.has(author)) return
    if (isCertified(this.#keys, message.author, certificate)) this.#members.add(author)
  }

  #isNamed({ id, author }: Candidate): boolean {
    return this.#named.size > 0 && this.#named.has(id + author)
  }

  #isSigned({ author, message }: Candidate): boolean {
    return this.#members.has(author) && isSigned(message)
  }

  /** Whether it names `before`, the one that stands before it; what else it names is remembered. */
  #accept(candidate: Candidate, before?: Candidate): boolean {
    candidate.proven = true
    if (this.#named.size > 0) this.#named.delete(candidate.id + candidate.author)
    if (this.#unproven.size > 0) this.#forget(candidate.id)
    const { message, author } = candidate
    for (const { id } of message.givenUp) this.#name(id, author)
    if (message.number === 0) return false
    if (before?.author === author && b4a.equals(before.message.id, message.previous)) return true
    this.#name(message.previous, author)
    return false
  }

  #name(hash: MessageHash, author: string): void {
    const id = mapKey(hash)
    this.#named.add(id + author)
    if (this.#named.size > clientLimits.unprovenMax) {
      const oldest = this.#named.keys().next()
      if (oldest.done !== true) this.#named.delete(oldest.value)
    }
    if (this.#unproven.has(id)) this.#found.push(id)
  }

  /** What was seen before it was named, and what that names in turn. */
  #walkBack(): C[] {
    const proven: C[] = []
    for (let id = this.#found.pop(); id !== undefined; id = this.#found.pop()) {
      const candidate = this.#unproven.get(id)
      if (candidate === undefined || !this.#isNamed(candidate)) continue
      this.#accept(candidate)
      proven.push(candidate)
    }
    return proven
  }

  /** Bounded in number and in bytes; the oldest make room. */
  #keep(candidate: C): void {
    const { unprovenMax, unprovenBytesMax } = clientLimits
    this.#forget(candidate.id)
    this.#unproven.set(candidate.id, candidate)
    this.#unprovenBytes += candidate.message.body.byteLength
    while (this.#unproven.size > unprovenMax || this.#unprovenBytes > unprovenBytesMax) {
      const oldest = this.#unproven.keys().next()
      if (oldest.done === true) return
      this.#forget(oldest.value)
    }
  }

  #forget(id: string): void {
    const candidate = this.#unproven.get(id)
    if (candidate === undefined) return
    this.#unproven.delete(id)
    this.#unprovenBytes -= candidate.message.body.byteLength
  }
}
