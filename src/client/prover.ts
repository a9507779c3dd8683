// Who wrote a message: proven by its own signature and certificate, or by a proven message of the same
// author that names its hash. Checks the newest signature of a chain in a batch and walks back, so that
// a batch costs one or two checks an author and not one a message.

import type { AuthorKey, MessageHash } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { isCertified } from '../protocol/keys.ts'
import type { RoomKeys } from '../protocol/keys.ts'
import type { OpenedMessage } from '../protocol/payload.ts'
import { isSigned } from '../protocol/payload.ts'
import { clientLimits } from './limits.ts'

/** A message on its way to the app. */
export interface Candidate {
  message: OpenedMessage
  /** Its hash in hex. */
  id: string
  proven: boolean
}

export class Prover {
  readonly #keys: RoomKeys
  /** Authors whose certificate was checked, in hex. */
  readonly #members = new Set<string>()
  /** Hashes that proven messages name and that have not been seen, with the author that named them. */
  readonly #named = new Map<string, string>()
  /** Seen, and not proven yet. */
  readonly #unproven = new Map<string, Candidate>()

  constructor(keys: RoomKeys) {
    this.#keys = keys
  }

  /**
   * Marks what is proven in a batch, in the order it came.
   *
   * @returns earlier messages that this batch has proven.
   */
  prove(batch: readonly Candidate[]): Candidate[] {
    for (const { message } of batch) this.#meet(message)
    const waiting: Candidate[] = []
    for (let i = batch.length - 1; i >= 0; i--) {
      const candidate = batch[i] as Candidate
      if (this.#isNamed(candidate) || this.#isSigned(candidate.message)) this.#accept(candidate)
      else waiting.push(candidate)
    }
    // Named by something that stands before them in the batch: two copies of one history, joined.
    for (const candidate of waiting) {
      if (this.#isNamed(candidate)) this.#accept(candidate)
      else remember(this.#unproven, candidate.id, candidate)
    }
    return this.#late()
  }

  /** A certificate is checked once an author. */
  #meet({ author, certificate }: OpenedMessage): void {
    if (certificate === null) return
    const key = mapKey(author)
    if (!this.#members.has(key) && isCertified(this.#keys, author, certificate))
      this.#members.add(key)
  }

  #isNamed({ id, message }: Candidate): boolean {
    const author = this.#named.get(id)
    return author !== undefined && author === mapKey(message.author)
  }

  #isSigned(message: OpenedMessage): boolean {
    return this.#isMember(message.author) && isSigned(message)
  }

  #isMember(author: AuthorKey): boolean {
    return this.#members.has(mapKey(author))
  }

  #accept(candidate: Candidate): void {
    candidate.proven = true
    this.#named.delete(candidate.id)
    this.#unproven.delete(candidate.id)
    const { message } = candidate
    const author = mapKey(message.author)
    if (message.number > 0) this.#name(message.previous, author)
    for (const { id } of message.givenUp) this.#name(id, author)
  }

  #name(hash: MessageHash, author: string): void {
    remember(this.#named, mapKey(hash), author)
  }

  /** Earlier messages that are named by now, and those that these name in turn. */
  #late(): Candidate[] {
    const late: Candidate[] = []
    if (this.#unproven.size === 0) return late
    for (let found = true; found;) {
      found = false
      for (const candidate of this.#unproven.values()) {
        if (!this.#isNamed(candidate)) continue
        this.#accept(candidate)
        late.push(candidate)
        found = true
      }
    }
    return late
  }
}

/** Adds to a bounded map; the oldest entry makes room. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value)
  if (map.size <= clientLimits.unprovenMax) return
  const oldest = map.keys().next()
  if (oldest.done !== true) map.delete(oldest.value)
}
