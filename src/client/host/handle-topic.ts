// A topic that our identity is announced on, as the owner of a handle or of a space, for as long as it is
// said to be. Nobody is looked for.

import type HyperDHT from 'hyperdht'
import type { Address, KeyPair } from 'hyperdht'
import { clientLimits } from '../limits.ts'

export class HandleTopic {
  readonly #dht: HyperDHT
  readonly #topic: Uint8Array
  readonly #identity: KeyPair
  readonly #addresses: () => Promise<Address[]>
  #timer: ReturnType<typeof setTimeout> | null = null
  #pause: number = clientLimits.announceMinMs
  #on = true
  #announced = false

  /** @param addresses where we are reached first, once we can be. */
  constructor(
    dht: HyperDHT,
    topic: Uint8Array,
    { identity, addresses }: { identity: KeyPair; addresses: () => Promise<Address[]> }
  ) {
    this.#dht = dht
    this.#topic = topic
    this.#identity = identity
    this.#addresses = addresses
    void this.#announce()
  }

  /** @param forget whether it is taken back; else it ends by itself after some minutes. */
  stop(forget: boolean): void {
    this.#on = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (!forget || !this.#announced) return
    this.#dht.unannounce(this.#topic, this.#identity).catch(() => {})
  }

  // A network that does not answer is asked again: nothing here rejects.
  async #announce(): Promise<void> {
    const addresses = await this.#addresses()
    if (!this.#on) return
    const done = await this.#dht
      .announce(this.#topic, this.#identity, addresses)
      .finished()
      .then(
        () => true,
        () => false
      )
    if (!this.#on) return
    this.#announced ||= done
    this.#timer = setTimeout(() => void this.#announce(), this.#pause)
    if (done) this.#pause = Math.min(2 * this.#pause, clientLimits.announceMaxMs)
  }
}
