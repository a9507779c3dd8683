// What the tests of the tally share: a full count of all that is stored, and rooms that fall into few of
// the tally's shards.

import b4a from 'b4a'
import Hyperbee from 'hyperbee'
import type { RoomId } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import { pageSpan } from '../../src/protocol/page.ts'
import { Registry } from '../../src/rooms/registry.ts'
import type { Totals } from '../../src/rooms/tally.ts'
import type { Store } from '../../src/storage/store.ts'

/** Counts every room, message and byte of a store, block by block. */
export async function countAll(store: Store): Promise<Totals> {
  const totals = { rooms: 0, messages: 0, bytes: 0 }
  const registry = await Registry.open(store)
  for await (const id of registry.ids()) {
    totals.rooms++
    for (const { name } of (await registry.get(id))?.segments ?? []) {
      const core = await store.openCore(`room/${mapKey(id)}/${mapKey(name)}`)
      for (let i = 0; i < core.length; i++) {
        const block = await core.get(i, { wait: false })
        if (block === null) throw new Error('a block is missing')
        totals.messages += pageSpan(block).count
        totals.bytes += block.byteLength
      }
      await core.close()
    }
  }
  await registry.close()
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
  const [first] = ids
  if (first === undefined) return
  const registry = await Registry.open(store)
  await registry.put(first, { createdAt: 0, oldest: 0, segments: [] })
  await registry.close()
  const bee = new Hyperbee(await store.openCore('registry'), {
    keyEncoding: 'binary',
    valueEncoding: 'binary'
  })
  const record = (await bee.get(first))?.value ?? b4a.alloc(0)
  const batch = bee.batch()
  for (const id of ids) await batch.put(id, record)
  await batch.flush()
  await bee.close()
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
