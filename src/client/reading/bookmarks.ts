// Where each chain stood after every message that was shown, at a cost that does not grow with the
// chains: a snapshot now and then, and what has moved since. What a cursor is made from, if asked for.

import { mapKey } from '../../protocol/bytes.ts'
import type { ChainPosition } from '../../protocol/cursor.ts'
import type { Chain } from './chain.ts'
import { clientLimits } from '../limits.ts'

/** Moves kept before the next snapshot, at the least. */
const MOVES_MIN = 1024

export class Bookmarks {
  #snapshot: readonly ChainPosition[] | null = null
  #moves: ChainPosition[] = []

  /** A chain stands elsewhere now. */
  moved(chain: Chain): void {
    if (this.#snapshot !== null) this.#moves.push(chain.position())
  }

  /** The positions of now, to be had at any later time. */
  mark(chains: Iterable<Chain>): () => ChainPosition[] {
    if (this.#snapshot === null || this.#moves.length > this.#snapshot.length + MOVES_MIN) {
      this.#snapshot = Array.from(chains, (chain) => chain.position())
      this.#moves = []
    }
    const [snapshot, moves, count] = [this.#snapshot, this.#moves, this.#moves.length]
    return () => {
      const latest = new Map<string, ChainPosition>()
      for (const position of snapshot) latest.set(mapKey(position.chain), position)
      for (const position of moves.slice(0, count)) latest.set(mapKey(position.chain), position)
      return [...latest.values()].slice(-clientLimits.chainsMax)
    }
  }
}
