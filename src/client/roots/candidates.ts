// The root peers that a room may live on, in the order in which all its members take them: those that its
// invite names, those that the app configured, those that announce the room, those found. Chooses the first
// few; finds one to stand in.

import type { PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { steadyNow } from '../clock.ts'
import { clientLimits } from '../limits.ts'
import type { RootLink } from './root-link.ts'
import type { Roots } from './roots.ts'

export class Candidates {
  readonly #roots: Roots
  /** What roots announce that keep the room; null for no room. */
  readonly #topic: Uint8Array | null
  /** Those that were named, in their order, each once. */
  readonly #named: readonly PeerKey[]
  /** What is used of them while all is well. */
  readonly #first: readonly PeerKey[]

  constructor(
    roots: Roots,
    named: { invited: readonly PeerKey[]; configured: readonly PeerKey[] },
    topic: Uint8Array | null
  ) {
    const { invited, configured } = named
    this.#roots = roots
    this.#topic = topic
    this.#named = unique([...invited, ...configured])
    this.#first = unique(invited.length > 0 ? invited : configured).slice(0, roots.rootsMax)
  }

  /** Whether a reader may come to read from more than one root, now or some day. */
  get several(): boolean {
    return this.#named.length !== 1
  }

  /** How many roots a room lives on. */
  get wanted(): number {
    return Math.min(this.#roots.rootsMax, this.#first.length || this.#roots.rootsMax)
  }

  /** How long one may be out of reach, in milliseconds. */
  get lostMs(): number {
    return this.#roots.lostMs
  }

  /** Those to begin with; waits until some are found where nobody named any. */
  async first(): Promise<RootLink[]> {
    const keys = this.#first.length > 0 ? this.#first : await this.#search()
    return keys.flatMap((key) => this.#roots.link(key) ?? [])
  }

  /**
   * The next that answers and that `used` does not know; null if none does now.
   *
   * @param strangers whether one will do that nobody named.
   */
  async next(used: (root: PeerKey) => boolean, strangers: boolean): Promise<RootLink | null> {
    for (const key of this.#named) {
      if (!used(key) && (await this.#roots.speaks(key))) return this.#roots.link(key)
    }
    if (!strangers) return null
    let [found] = await this.#announcing(1, used)
    if (found === undefined) [found] = await this.#roots.look({ max: 1, skip: used })
    return found === undefined ? null : this.#roots.link(found)
  }

  /** Those that nobody named: where the room is already, before any other. */
  async #search(): Promise<readonly PeerKey[]> {
    const began = steadyNow()
    const first = await this.#announcing(this.#roots.rootsMax, () => false)
    if (first.length > 0) return first
    const others = await this.#roots.search()
    // Where no node of the DHT answered for a while, it was too early to ask.
    if (steadyNow() - began < clientLimits.lookupMs) return others
    const late = await this.#announcing(this.#roots.rootsMax, () => false)
    return late.length > 0 ? late : others
  }

  async #announcing(max: number, skip: (root: PeerKey) => boolean): Promise<PeerKey[]> {
    return this.#topic === null ? [] : this.#roots.look({ max, skip, topic: this.#topic })
  }

  /** One that `next` gave is not needed after all. */
  release({ root }: RootLink): void {
    this.#roots.release(root)
  }
}

function unique(keys: readonly PeerKey[]): PeerKey[] {
  return [...new Map(keys.map((key) => [mapKey(key), key])).values()]
}
