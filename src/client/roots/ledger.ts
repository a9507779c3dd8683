// What one root has signed of a room's cores, as far as this client saw it: the newest head of each.
// Two heads of one length that differ convict the root, and so does a log that did not grow out of
// what was signed before.

import b4a from 'b4a'
import type { CoreKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { hostileRoot } from '../../protocol/errors.ts'
import { isHeadOf } from '../../protocol/head.ts'
import type { Head } from '../../protocol/head.ts'
import { checkGrowth, checkPage } from '../../protocol/inclusion.ts'
import type { Proven } from '../../protocol/room-channel.ts'
import type { Segment } from '../../protocol/segments.ts'

export class Ledger {
  readonly #heads = new Map<string, Head>()

  /** The newest head seen of a core. */
  of(coreKey: CoreKey): Head | null {
    return this.#heads.get(mapKey(coreKey)) ?? null
  }

  /** A head from a cursor of an earlier session, if the root has really signed it. */
  recall(segment: Segment, head: Head): void {
    if (isHeadOf(head, segment.coreKey, segment.signer)) this.see(segment, head)
  }

  /**
   * A root shows a head.
   *
   * @throws `HOSTILE_ROOT` if it shows another for a length that it has shown one for.
   */
  see({ coreKey, signer }: Segment, head: Head): void {
    const key = mapKey(coreKey)
    const known = this.#heads.get(key)
    if (known === undefined || head.length > known.length) this.#heads.set(key, head)
    if (known === undefined || head.length !== known.length || isSame(head, known)) return
    // Signatures are looked at only now: without a quarrel they would cost more than all the rest.
    for (const each of [known, head]) {
      if (!isHeadOf(each, coreKey, signer)) throw hostileRoot('a head that its root did not sign')
    }
    throw hostileRoot(
      `two histories: both signed, both of ${head.length} pages, and not the same`,
      [known, head]
    )
  }

  /**
   * Checks what a root says of a head that it has shown before: that the page is under it, and that the
   * log of now has grown out of it.
   *
   * @throws `HOSTILE_ROOT`
   */
  check({ coreKey, signer }: Segment, earlier: Head, block: number, proof: Proven): void {
    const { page, head, path, roots, laterRoots, paths } = proof
    if (page === null || head === null) return // not kept any more: nothing can be said
    for (const each of [earlier, head]) {
      if (!isHeadOf(each, coreKey, signer)) throw hostileRoot('a head that its root did not sign')
    }
    checkPage(earlier, block, page, { path, roots })
    checkGrowth(earlier, head, { roots, laterRoots, paths })
  }
}

function isSame(a: Head, b: Head): boolean {
  return a.fork === b.fork && b4a.equals(a.treeHash, b.treeHash)
}
