// The profile of version 0.1, which was a Hyperbee: read once, to be kept as notes from then on.

import b4a from 'b4a'
import Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'
import { formatKey } from '../../protocol/bytes.ts'
import type { Change } from './notes.ts'
import { placeName, SEED } from './profile-state.ts'

const PLACE = 'place/'

/** The identity's seed, and the place in each room; nothing for a profile that never was one. */
export async function readOldProfile(core: Hypercore): Promise<Change[]> {
  if (core.length === 0) return []
  const changes: Change[] = []
  const bee = new Hyperbee(core, { keyEncoding: 'binary', valueEncoding: 'binary' })
  await bee.ready()
  for await (const { key, value } of bee.createReadStream()) {
    const name = b4a.toString(key.subarray(0, PLACE.length))
    if (b4a.toString(key) === SEED) changes.push({ name: SEED, value })
    else if (name === PLACE) {
      changes.push({ name: placeName(formatKey(key.subarray(PLACE.length))), value })
    }
  }
  return changes
}
