import test from 'brittle'
import { Busiest } from '../../src/operator/busiest.ts'
import { formatKey } from '../../src/protocol/bytes.ts'
import type { RoomId } from '../../src/protocol/bytes.ts'

const MINUTE = 60_000

function room(number: number): RoomId {
  const id = Buffer.alloc(32)
  id.writeUInt32BE(Math.imul(number, 0x01000193) >>> 0)
  return id as Uint8Array as RoomId
}

const name = (number: number): string => `${formatKey(room(number)).slice(0, 8)}…`

test('the busiest rooms of the last minutes, by short names', (t) => {
  let now = 0
  const busiest = new Busiest(() => now)
  busiest.add(room(1), 5)
  busiest.add(room(2), 7)
  busiest.add(room(3), 1)
  busiest.add(room(1), 3)
  t.alike(busiest.top(2), [
    { room: name(1), messages: 8 },
    { room: name(2), messages: 7 }
  ])
  now += 6 * MINUTE
  busiest.add(room(3), 9)
  t.alike(busiest.top(1), [{ room: name(3), messages: 10 }], 'over the turn of a period')
  now += 5 * MINUTE
  t.alike(busiest.top(9), [{ room: name(3), messages: 9 }], 'what is older is forgotten')
  now += 60 * MINUTE
  t.alike(busiest.top(9), [])
})

test('with very many rooms the busy ones are still found, and memory is bounded', (t) => {
  const busiest = new Busiest(() => 0)
  for (let i = 0; i < 50_000; i++) {
    busiest.add(room(i), 1)
    if (i % 10 === 0) busiest.add(room(1_000_000 + (i % 30)), 1)
  }
  const top = busiest.top(3)
  t.alike(top.map(({ room }) => room).sort(), [0, 10, 20].map((i) => name(1_000_000 + i)).sort())
  t.ok(top.every(({ messages }) => messages > 1000))
  t.ok(busiest.top(1e6).length <= 4096)
})
