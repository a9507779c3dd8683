// A process that keeps profiles, many at once and each person again and again, until it is killed. Says of
// each what was acknowledged: the identity, its sequence, and a line's end.

import { Counters } from '../../src/counters.ts'
import { Directory } from '../../src/directory/directory.ts'
import { Store } from '../../src/storage/store.ts'
import { from, hex } from './helpers.ts'
import { Somebody } from './somebody.ts'

const [directory = '', first = '0'] = process.argv.slice(2)
const store = await Store.open({ directory })
const now = Date.now
const people = await Directory.open(store, {
  most: 10_000,
  counters: new Counters(),
  now,
  believed: now
})

async function publish(number: number): Promise<never> {
  for (let turn = 0; ; turn++) {
    const somebody = new Somebody()
    people.attend(somebody.identity)
    for (let sequence = 1; sequence <= 3; sequence++) {
      await people.publish(somebody.profile({ sequence }), from(number))
      process.stdout.write(`${hex(somebody.identity)} ${sequence}\n`)
    }
    if (turn % 2 === 0) people.leave(somebody.identity)
  }
}

await Promise.all(Array.from({ length: 16 }, (_, number) => publish(Number(first) + number)))
