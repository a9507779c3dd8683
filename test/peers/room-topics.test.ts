import test from 'brittle'
import type { Test } from 'brittle'
import b4a from 'b4a'
import type { RoomId } from '../../src/protocol/bytes.ts'
import { roomTopicOf } from '../../src/protocol/keys.ts'
import { limits } from '../../src/limits.ts'
import { RoomTopics } from '../../src/peers/room-topics.ts'
import type { Store } from '../../src/storage/store.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore } from '../storage/helpers.ts'

const room = (number: number): RoomId => b4a.alloc(32, number) as RoomId
const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')
const NUMBERS = new Map(Array.from({ length: 100 }, (_, i) => [hex(roomTopicOf(room(i))), i]))

/** Topics over a store, with a clock that the test moves, and a network that only remembers. */
function create(t: Test, store: Store, most: number, kept: (room: number) => boolean = () => true) {
  const announced: number[] = []
  const clock = { now: 0 }
  const topics = new RoomTopics({
    rooms: { isKept: (id) => Promise.resolve(kept(id[0] ?? 0)) },
    store,
    most,
    announce(topic) {
      const number = NUMBERS.get(hex(topic)) ?? -1
      announced.push(number)
      return () => void announced.splice(announced.indexOf(number), 1)
    },
    elapsed: () => clock.now
  })
  t.teardown(() => topics.close(), { order: -1 })
  const active = (...numbers: number[]): void =>
    numbers.forEach((each) => topics.active(room(each)))
  return { topics, announced, clock, active }
}

test('rooms are announced up to a number, and keep their place for a while', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const { topics, announced, clock, active } = create(t, store, 3)
  active(1, 2, 3, 4, 5, 1)
  t.alike(announced, [1, 2, 3], 'there is no room for more')
  clock.now += limits.topicHoldMs - 1
  active(4)
  t.alike(announced, [1, 2, 3], 'not yet')
  clock.now++
  active(4)
  t.alike(announced, [1, 3, 4], 'in the place of the one that was in use longest ago')
  active(5)
  t.alike(announced, [1, 4, 5])
  active(2, 6, 7, 8, 9)
  t.alike(announced, [4, 5, 2], 'those that are new keep theirs')
  topics.deleted(room(5))
  t.alike(announced, [4, 2], 'what is gone is not announced')
  active(6)
  t.alike(announced, [4, 2, 6])
  for (let i = 0; i < 1000; i++) active(10 + (i % 50))
  t.alike(announced, [4, 2, 6], 'whatever goes on')
  t.is(topics.size, 3)
})

test('what was announced is announced after a restart, as far as it is kept', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const first = create(t, store, 8)
  first.active(1, 2, 3, 4, 5)
  await first.topics.close()
  const second = create(t, store, 3, (each) => each !== 4)
  await second.topics.resume()
  t.alike(second.announced, [3, 5], 'the newest of those that fit')
  second.active(9)
  t.alike(second.announced, [3, 5, 9])
})

test('with none, none is', async (t) => {
  const store = await openStore(t, { directory: await tmpFolder(t) })
  const { topics, announced, active } = create(t, store, 0)
  await topics.resume()
  active(1, 2)
  t.alike(announced, [])
})
