// Makes a data folder that keeps many rooms, as fast as it goes: through the rooms themselves, with no
// network and no sync.

import { randomBytes } from '../../src/protocol/derive.ts'
import { ownerKeys } from '../../src/protocol/keys.ts'
import type { PeerKey } from '../../src/protocol/bytes.ts'
import { weigh } from '../../src/protocol/window.ts'
import { Rooms } from '../../src/rooms/rooms.ts'
import type { Room } from '../../src/rooms/room.ts'
import { Store } from '../../src/storage/store.ts'
import { serve } from '../processes.ts'
import { roomKeyOf } from '../wire.ts'

const TOGETHER = 100

serve({
  /** Rooms number 0 to `rooms`, each with one message. */
  async keep({ storage, rooms: count }: { storage: string; rooms: number }) {
    const store = await Store.open({ directory: storage, fsync: false })
    const rooms = await Rooms.open(
      store,
      { registered() {}, stored() {}, freed() {}, retained() {}, deleted() {} },
      Date.now,
      {
        idleMs: 100
      }
    )
    for (let first = 0; first < count; first += TOGETHER) {
      const numbers = Array.from({ length: Math.min(TOGETHER, count - first) }, (_, i) => first + i)
      await Promise.all(
        numbers.map(async (number) => {
          const room = await rooms.acquire(ownerKeys(roomKeyOf(number)).id, true)
          if (room === null) throw new Error('no room')
          await append(room)
          rooms.release(room)
        })
      )
    }
    await rooms.close()
    await store.close()
  }
})

function append(room: Room): Promise<void> {
  const payloads = [randomBytes(256)]
  return new Promise((resolve, reject) => {
    room.append({
      sender: randomBytes(32) as PeerKey,
      payloads,
      weight: weigh(payloads),
      stored: () => resolve(),
      refused: reject,
      lost: () => reject(new Error('lost'))
    })
  })
}
