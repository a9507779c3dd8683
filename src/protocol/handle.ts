// Handles: the names by which people find each other, written like an e-mail address or any other way.
// Owns their one form, and what follows from it. A handle itself never travels.

import b4a from 'b4a'
import type { HandleHash } from './bytes.ts'
import { key32 } from './bytes.ts'
import { CONSTANTS, hash } from './derive.ts'
import { badHandle } from './directory-errors.ts'
import { wireLimits } from './limits.ts'

/** Everything that follows from a handle. */
export interface Handle {
  /** In its one form. */
  readonly name: string
  /** What root peers know it by. */
  readonly hash: HandleHash
  /** What its owner announces on the DHT. Whoever sees it there can't ask a root for the handle. */
  readonly topic: Uint8Array
  /** Opens what a profile shows only to those who know its handle. */
  readonly key: Uint8Array
}

// White space, and all that is not seen: two handles that look the same should be the same.
const UNSEEN = /[\s\p{C}\p{Z}]/u

/**
 * Reads a handle: compatible forms of a letter and its cases are one, white space around it is forgiven.
 *
 * @throws `BAD_HANDLE` if it is empty, longer than 254 bytes, or holds what can't be seen.
 */
export function parseHandle(written: string): Handle {
  const { handleBytesMax } = wireLimits
  // Before it is looked at: a text of megabytes costs nothing.
  if (written.length > 4 * handleBytesMax) throw tooLong(written)
  // Lower case may undo the form, so it is made again.
  const name = written.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
  if (name === '') throw badHandle('there is no handle: the text is empty', written)
  if (UNSEEN.test(name)) throw badHandle('a handle has no white space or unseen letters', written)
  const bytes = b4a.from(name)
  if (bytes.byteLength > handleBytesMax) throw tooLong(written)
  const own = key32<HandleHash>(hash(CONSTANTS.handle, bytes), 'a handle')
  return Object.freeze({
    name,
    hash: own,
    topic: handleTopicOf(own),
    key: hash(CONSTANTS.handleKey, bytes)
  })
}

export function handleTopicOf(handle: HandleHash): Uint8Array {
  return hash(CONSTANTS.handleTopic, handle)
}

function tooLong(written: string): Error {
  return badHandle(`a handle is at most ${wireLimits.handleBytesMax} bytes`, written)
}
