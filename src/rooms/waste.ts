// Waste: cores, or the beginnings of cores, that no room holds any more. What is waste is written down in
// the moment in which a room lets go of it, so that none is left behind by a kill. Owns how it is cleared.

import type { CoreKey, RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { bool, decode, encode, kept, struct, uint } from '../protocol/codec.ts'
import type { Change } from '../storage/notes.ts'
import type { Store } from '../storage/store.ts'
import { openSegment } from './segment.ts'

export interface Scrap {
  id: RoomId
  /** Of the segment. */
  name: Uint8Array
  coreKey: CoreKey
  /** The blocks before this one. */
  blocks: number
  /** Nothing of the core is needed any more. */
  whole: boolean
}

const WASTE = 'waste/'
const scrap = struct({
  id: kept<RoomId>(32),
  name: kept(16),
  coreKey: kept<CoreKey>(32),
  blocks: uint,
  whole: bool
})

/** To be written with the record that lets go of it. */
export function wasteOf(scraps: readonly Scrap[]): Change[] {
  return scraps.map((each) => ({ name: nameOf(each), value: encode(scrap, each) }))
}

/**
 * Clears what was written down, and strikes it off. May be done again.
 *
 * @param from blocks before this one are known to be cleared
 * @returns bytes that the cores ever had
 */
export async function clear(store: Store, scraps: readonly Scrap[], from = 0): Promise<number> {
  let bytes = 0
  for (const each of scraps) {
    const core = await openSegment(store, each.id, each)
    try {
      bytes += core.core.byteLength
      const end = Math.min(each.blocks, core.length)
      if (!each.whole && from < end) await core.core.clear(from, end)
    } finally {
      await core.close()
    }
    if (each.whole) await store.removeCore(each.coreKey)
    await store.notes.write([{ name: nameOf(each), value: null }])
  }
  return bytes
}

/** Clears what a kill has left. */
export async function clearRest(store: Store): Promise<void> {
  const scraps: Scrap[] = []
  for await (const { value } of store.notes.list(WASTE)) scraps.push(decode(scrap, value))
  store.freed(await clear(store, scraps)) // how much of it was left is not known any more
}

function nameOf({ coreKey }: Scrap): string {
  return WASTE + mapKey(coreKey)
}
