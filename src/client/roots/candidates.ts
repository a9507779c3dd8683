// The root peers that a room may live on, in the order in which all its members take them: those that its
// invite names, those that the app configured, those found. Chooses the first few; finds one to stand in.

import type { PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import type { RootLink } from './root-link.ts'
import type { Roots } from './roots.ts'

export class Candidates {
  readonly #roots: Roots
  /** Those that were named, in their order, each once. */
  readonly #named: readonly PeerKey[]
  /** What is used of them while all is well. */
  readonly #first: readonly PeerKey[]

  constructor(roots: Roots, invited: readonly PeerKey[], configured: readonly PeerKey[]) {
    this.#roots = roots
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
    const keys = this.#first.length > 0 ? this.#first : await this.#roots.search()
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
    const found = await this.#roots.look({ max: 1, skip: used })
    return found[0] === undefined ? null : this.#roots.link(found[0])
  }

  /** One that `next` gave is not needed after all. */
  release({ root }: RootLink): void {
    this.#roots.release(root)
  }
}

function unique(keys: readonly PeerKey[]): PeerKey[] {
  return [...new Map(keys.map((key) => [mapKey(key), key])).values()]
}
