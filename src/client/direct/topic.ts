// A room's topic on the DHT: announced, and looked up for others who announce it. Who comes later finds who
// was there before, so there is no hurry after the first times. Whoever is found is a stranger.

import type { Address } from 'hyperdht'
import type { PeerKey } from '../../protocol/bytes.ts'
import { clientLimits } from '../limits.ts'
import type { Network } from '../roots/network.ts'

export interface TopicParts {
  network: Network
  topic: Uint8Array
  /** Where we can be reached, once we can; null to look only. */
  reachable: (() => Promise<Address[]>) | null
  found: (peer: PeerKey) => void
}

export class Topic {
  readonly #parts: TopicParts
  #pause: number = clientLimits.announceMinMs
  #timer: ReturnType<typeof setTimeout> | null = null
  #asking = false
  #on = false
  #announced = false

  constructor(parts: TopicParts) {
    this.#parts = parts
  }

  get isOn(): boolean {
    return this.#on
  }

  start(): void {
    if (this.#on) return
    this.#on = true
    this.#pause = clientLimits.announceMinMs
    void this.#ask()
  }

  /** @param forget whether to take the announcement back; it ends by itself after some minutes. */
  stop(forget: boolean): void {
    this.#on = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const announced = this.#announced
    this.#announced = false
    if (announced && forget) this.#parts.network.unannounce(this.#parts.topic)
  }

  // A network that does not answer is asked again: nothing here rejects.
  async #ask(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    await this.#look()
    this.#asking = false
    if (!this.#on) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#ask()
    }, this.#pause)
    this.#pause = Math.min(2 * this.#pause, clientLimits.announceMaxMs)
  }

  async #look(): Promise<void> {
    const { network, topic, reachable, found } = this.#parts
    const addresses = reachable === null ? null : await reachable()
    if (!this.#on) return
    const first = !this.#announced
    // To its end, also when there is enough: the announcement is made last.
    for await (const peer of network.lookup(topic, addresses)) if (this.#on) found(peer)
    if (addresses === null || !this.#on) return
    this.#announced = true
    // Of two that come at the same moment one at least finds the other now.
    if (first) for await (const peer of network.lookup(topic)) if (this.#on) found(peer)
  }
}
