// A process that stores, replaces, uploads and deletes files of one room, many at once, until it is
// killed. Says of each what was acknowledged: `child version value` and a line's end.

import { Files } from '../../src/files/files.ts'
import { Store } from '../../src/storage/store.ts'
import { Dice } from '../fuzz/helpers/dice.ts'
import { chunk, entryOf, hashOf, keyOf, put, roomId, send } from './helpers.ts'

const [directory = '', seed = '', after = ''] = process.argv.slice(2)
const dice = new Dice(Number(seed))
const store = await Store.open({ directory })
const room = await (await Files.open(store, { now: Date.now })).acquire(roomId)

async function write(child: number, throws: Dice): Promise<never> {
  const key = keyOf(1, child)
  for (let version = Number(after) + 1; ; version++) {
    const value = throws.below(250)
    const count = 1 + throws.below(6)
    const chunks = Array.from({ length: count }, () => chunk(value, 3000))
    const keep = throws.below(3)
    if (throws.chance(0.3)) {
      const upload = await send(room, `aa${child}`, key, 3000 * count, [])
      if (upload.chunks > 0) await room.uploads.end(upload)
      const fresh = await send(room, `aa${child}`, key, 3000 * count, chunks)
      await room.check(fresh, 3000 * count, hashOf(chunks))
      const entry = entryOf(version, 3000 * count)
      await put(room, key, version, [], { keep, entry, blobs: fresh.blobs })
      await room.uploads.committed(fresh)
    } else {
      await put(room, key, version, chunks, { keep })
    }
    process.stdout.write(`${child} ${version} ${value}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, child) => write(child, dice.fork())))
