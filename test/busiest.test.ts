import test from 'brittle'
import { Busiest } from '../src/busiest.ts'

const MINUTE = 60_000

const name = (number: number): string => `name ${number}`

test('the busiest names of the last minutes', (t) => {
  let now = 0
  const busiest = new Busiest(() => now)
  busiest.add(name(1), 5)
  busiest.add(name(2), 7)
  busiest.add(name(3), 1)
  busiest.add(name(1), 3)
  t.alike(busiest.top(2), [
    { name: name(1), messages: 8 },
    { name: name(2), messages: 7 }
  ])
  now += 6 * MINUTE
  busiest.add(name(3), 9)
  t.alike(busiest.top(1), [{ name: name(3), messages: 10 }], 'over the turn of a period')
  now += 5 * MINUTE
  t.alike(busiest.top(9), [{ name: name(3), messages: 9 }], 'what is older is forgotten')
  now += 60 * MINUTE
  t.alike(busiest.top(9), [])
})

test('with very many names the busy ones are still found, and memory is bounded', (t) => {
  const busiest = new Busiest(() => 0)
  for (let i = 0; i < 50_000; i++) {
    busiest.add(name(i), 1)
    if (i % 10 === 0) busiest.add(name(1_000_000 + (i % 30)), 1)
  }
  const top = busiest.top(3)
  t.alike(
    top.map(({ name: each }) => each).sort(),
    [0, 10, 20].map((i) => name(1_000_000 + i)).sort()
  )
  t.ok(top.every(({ messages }) => messages > 1000))
  t.ok(busiest.top(1e6).length <= 4096)
})
