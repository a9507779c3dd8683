// What a member hands over directly, checked before anybody is shown it: frames that one author has made,
// whole and signed. A member speaks for itself only; what others wrote comes from them, or from a root.

import b4a from 'b4a'
import type { AuthorKey, Signature } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { badFrame } from '../../protocol/errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { isCertified } from '../../protocol/keys.ts'
import type { OpenedMessage } from '../../protocol/payload.ts'
import { isSigned, openMessage } from '../../protocol/payload.ts'

export class Credentials {
  readonly #keys: RoomKeys
  /** The one author that this member has; null until it has shown it. */
  #author: AuthorKey | null = null
  /** The certificate that was checked. */
  #certificate: Signature | null = null

  constructor(keys: RoomKeys) {
    this.#keys = keys
  }

  /**
   * The name of a frame, which is its last message's, in hex. Proves nothing yet.
   *
   * @throws `BAD_FRAME` if it does not open.
   */
  nameOf(payloads: readonly Uint8Array[]): string {
    return mapKey(this.#open(payloads.at(-1)).id)
  }

  /**
   * Makes sure that all of a frame is this member's own, and proven by its last signature.
   *
   * @throws `BAD_FRAME`: no honest member sends such a one.
   */
  check(payloads: readonly Uint8Array[]): void {
    const messages = payloads.map((payload) => this.#open(payload))
    const last = messages.at(-1)
    if (last === undefined || !this.#isMembers(last))
      throw badFrame('a frame that no member signed')
    for (const [i, message] of messages.entries()) {
      const before = messages[i - 1]
      if (before !== undefined && !follows(before, message))
        throw badFrame('a frame that is no part of a chain')
    }
  }

  #open(payload: Uint8Array | undefined): OpenedMessage {
    try {
      return openMessage(this.#keys, payload ?? b4a.alloc(0))
    } catch (err) {
      throw badFrame('a payload that is no message of this room', err)
    }
  }

  // Signed and certified in every frame, so that whoever reads only this one knows its author.
  #isMembers(message: OpenedMessage): boolean {
    const { author, certificate } = message
    if (certificate === null || !isSigned(message)) return false
    if (this.#author !== null && !b4a.equals(author, this.#author)) return false
    if (this.#certificate !== null && b4a.equals(certificate, this.#certificate)) return true
    if (!isCertified(this.#keys, author, certificate)) return false
    this.#author = b4a.from(author) as AuthorKey
    this.#certificate = b4a.from(certificate) as Signature
    return true
  }
}

function follows(before: OpenedMessage, message: OpenedMessage): boolean {
  return (
    message.number === before.number + 1 &&
    b4a.equals(message.previous, before.id) &&
    b4a.equals(message.chain, before.chain) &&
    b4a.equals(message.author, before.author)
  )
}
