// What a reader knows a chain by: its author and its id together. The ids are seen by all who are in the
// room, and each may write under any of them: under another author it is another chain.

import { mapKey } from '../../protocol/bytes.ts'
import type { ChainId } from '../../protocol/bytes.ts'
import { CONSTANTS, hash } from '../../protocol/derive.ts'
import type { OpenedMessage } from '../../protocol/payload.ts'

/** As long as a chain's id, since cursors hold it in its place. */
export function chainName({ author, chain }: Pick<OpenedMessage, 'author' | 'chain'>): ChainId {
  return hash(CONSTANTS.chainName, author, chain).subarray(0, 16) as ChainId
}

export class ChainNames {
  #author = ''
  #chain = ''
  #name = ''

  /** In hex. Messages come in runs of one author and chain: mostly it is the one before. */
  of(message: OpenedMessage, author: string, chain: string): string {
    if (author !== this.#author || chain !== this.#chain) {
      this.#author = author
      this.#chain = chain
      this.#name = mapKey(chainName(message))
    }
    return this.#name
  }
}
