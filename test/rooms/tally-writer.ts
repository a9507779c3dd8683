// A process that opens, creates and writes to rooms of the store of the folder it is given, many at once,
// until it is killed. Tells its pid's owner when it has begun.

import { Rooms } from '../../src/rooms/rooms.ts'
import { Store } from '../../src/storage/store.ts'
import { Dice } from '../fuzz/helpers/dice.ts'
import { append } from './helpers.ts'
import { sharded } from './tally-helpers.ts'

const [directory = '', seed = ''] = process.argv.slice(2)
const dice = new Dice(Number(seed))
const store = await Store.open({ directory })
const rooms = await Rooms.open(
  store,
  { registered() {}, stored() {}, freed() {}, retained() {}, deleted() {} },
  Date.now,
  {
    idleMs: 10
  }
)

async function write(throws: Dice): Promise<never> {
  for (;;) {
    const room = await rooms.acquire(sharded(throws.below(3), throws.below(60)), true)
    if (room === null) throw new Error('a room that may be created was not opened')
    for (let left = throws.below(4); left > 0; left--) {
      await append(
        room,
        Array.from({ length: 1 + throws.below(5) }, () => 'x'.repeat(throws.below(300)))
      )
      process.stdout.write('.')
    }
    rooms.release(room)
    if (throws.chance(0.1)) await new Promise((resolve) => setTimeout(resolve, throws.below(30)))
  }
}

await Promise.all(Array.from({ length: 8 }, () => write(dice.fork())))
