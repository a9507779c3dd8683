// Root peers that friends have named and that we do not use ourselves: asked about those who named them.

import type { PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import type { Directories } from '../people/directories.ts'
import type { Watches } from '../people/watches.ts'
import type { Friend } from './friend.ts'

export class FriendRoots {
  readonly #directories: Directories
  readonly #watches: Watches
  readonly #used = new Map<Friend, Map<string, PeerKey>>()

  constructor(directories: Directories, watches: Watches) {
    this.#directories = directories
    this.#watches = watches
  }

  /** Uses those that he names now, and no longer those that he named before. */
  follow(friend: Friend): void {
    const before = this.#used.get(friend) ?? new Map<string, PeerKey>()
    const now = new Map<string, PeerKey>()
    for (const root of friend.roots) {
      const key = mapKey(root)
      if (before.has(key) || this.#directories.use(root)) now.set(key, root)
    }
    this.#used.set(friend, now)
    let differs = now.size !== before.size
    for (const [key, root] of before) {
      if (now.has(key)) continue
      differs = true
      this.#directories.leave(root)
    }
    if (differs) this.#watches.refresh()
  }

  forget(friend: Friend): void {
    for (const root of this.#used.get(friend)?.values() ?? []) this.#directories.leave(root)
    this.#used.delete(friend)
  }
}
