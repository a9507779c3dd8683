// What the tests of the tally share: a full count of all that is stored, and rooms that fall into few of
// the tally's shards.

import b4a from 'b4a'
import type { RoomId } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import { pageSpan } from '../../src/protocol/page.ts'
import { newRecord } from '../../src/rooms/record.ts'
import { changesFor, Registry } from '../../src/rooms/registry.ts'
import type { Totals } from '../../src/rooms/tally.ts'
import { NOTHING_KEPT } from '../../src/rooms/tally.ts'
import type { Store } from '../../src/storage/store.ts'

/** Counts every room, message and byte of a store, block by block. */
export async function countAll(store: Store): Promise<Totals> {
  const totals = { ...NOTHING_KEPT }
  const registry = await Registry.open(store)
  for await (const id of registry.ids()) {
    totals.rooms++
    const record = await registry.get(id)
    totals.messages += record?.oldest ?? 0
    totals.bytes += record?.gone.bytes ?? 0
    for (const { name } of record?.segments ?? []) {
      const core = await store.openCore(`room/${mapKey(id)}/${mapKey(name)}`)
      for (let i = 0; i < core.length; i++) {
        const block = await core.get(i, { wait: false })
        if (block === null) continue
        totals.messagesKept += pageSpan(block).count
        totals.bytesKept += block.byteLength
      }
      await core.close()
    }
  }
  totals.messages += totals.messagesKept
  totals.bytes += totals.bytesKept
  return totals
}

/** Room `number`, one of those that share a shard with all of the same `shard`. */
export function sharded(shard: number, number: number): RoomId {
  const id = b4a.alloc(32, `room ${number};`)
  id[0] = 4 * shard + (number % 4)
  return id as RoomId
}

/** Registers many rooms at once, without a message. */
export async function keepRooms(store: Store, ids: readonly RoomId[]): Promise<void> {
  await Registry.open(store)
  await store.notes.write(ids.flatMap((id) => changesFor(id, newRecord(0))))
}

/** How often the end of a core is looked at from now on. */
export function countPeeks(store: Store): { count: number } {
  const peeks = { count: 0 }
  const peek = store.peek.bind(store)
  store.peek = (key) => {
    peeks.count++
    return peek(key)
  }
  return peeks
}
