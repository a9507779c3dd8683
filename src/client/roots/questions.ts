// The proofs that one root is asked for in one room: no more at a time than it answers, each with a number
// that its answer carries.

import { RootPeerError } from '../../protocol/errors.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { Proven } from '../../protocol/room-channel.ts'

export class Questions {
  #requests = 0
  readonly #asked = new Map<number, (proof: Proven | null) => void>()
  /** Who waits to ask. */
  readonly #askers: (() => void)[] = []

  /**
   * Asks, in turn.
   *
   * @param send - false if there is nobody to be asked
   * @throws `CLOSED` if the channel closes first, or is closed
   */
  async ask(send: (request: number) => boolean): Promise<Proven> {
    // A root answers so many at a time and no more.
    while (this.#asked.size >= wireLimits.provesMax) {
      await new Promise<void>((resolve) => this.#askers.push(resolve))
    }
    const request = this.#requests++
    const proof = await new Promise<Proven | null>((resolve) => {
      this.#asked.set(request, resolve)
      if (!send(request)) resolve(null)
    })
    this.#asked.delete(request)
    this.#askers.shift()?.()
    if (proof === null) throw new RootPeerError('CLOSED', 'no channel to the root peer')
    return proof
  }

  answer(proof: Proven): void {
    this.#asked.get(proof.request)?.(proof)
  }

  /** The channel closed: nothing will be answered. */
  cut(): void {
    for (const answer of this.#asked.values()) answer(null)
  }
}
