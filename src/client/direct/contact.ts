// A member that somebody here wants to speak to: when it is dialled, by which of the two, and when to give
// up. The one with the smaller key dials; the other does so only if nothing came of it in a moment.

import type NoiseSecretStream from '@hyperswarm/secret-stream'
import type { PeerKey } from '../../protocol/bytes.ts'
import { Backoff } from '../backoff.ts'
import { steadyNow } from '../clock.ts'
import { clientLimits } from '../limits.ts'
import type { Network } from '../roots/network.ts'
import type { DirectRoom } from './member-channel.ts'

export interface ContactParts {
  network: Network
  peer: PeerKey
  /** Whether the other is to dial. */
  yields: boolean
  dialled: (stream: NoiseSecretStream) => void
  /** It can't be reached. */
  gaveUp: () => void
}

export class Contact {
  readonly peer: PeerKey
  /** Rooms in which it is wanted. */
  readonly rooms = new Set<DirectRoom>()
  readonly #parts: ContactParts
  readonly #backoff = new Backoff()
  #attempts = 0
  #reachedAt = 0
  #busy = false
  #closed = false

  constructor(parts: ContactParts) {
    this.peer = parts.peer
    this.#parts = parts
  }

  /** Dials, unless that is under way; gives up after too many times. */
  call(): void {
    if (this.#busy || this.#closed) return
    if (this.#attempts >= clientLimits.directDialsMax) return this.#parts.gaveUp()
    this.#busy = true
    if (!this.#parts.yields && this.#attempts === 0) void this.#dial()
    else
      this.#backoff.schedule(
        () => void this.#dial(),
        this.#parts.yields ? clientLimits.directYieldMs : 0
      )
  }

  /** It has proven to be a member, on a connection that either has dialled. */
  reached(): void {
    this.#backoff.cancel()
    this.#busy = false
    this.#reachedAt = steadyNow()
  }

  /** The connection broke. One that never lasts is dialled ever more slowly, and then left. */
  lost(): void {
    if (steadyNow() - this.#reachedAt > clientLimits.directHelloMs) {
      this.#attempts = 0
      this.#backoff.reset()
    }
    this.call()
  }

  close(): void {
    this.#closed = true
    this.#backoff.cancel()
  }

  async #dial(): Promise<void> {
    this.#attempts++
    let stream: NoiseSecretStream | null = null
    try {
      stream = await this.#parts.network.dial(this.peer)
    } catch {
      // It does not answer, or can't be reached: it is tried again.
    }
    this.#busy = false
    if (stream === null) this.call()
    else this.#parts.dialled(stream)
  }
}
