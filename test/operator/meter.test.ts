import test from 'brittle'
import { Meter } from '../../src/operator/meter.ts'

test('rates are those of the last minute', (t) => {
  let now = 1_000_000
  const meter = new Meter(() => now)
  t.alike(meter.rates(), { windowMs: 1000, messagesPerSecond: 0, bytesPerSecond: 0 })

  for (let second = 0; second < 10; second++, now += 1000) meter.add(20, 1000)
  t.alike(meter.rates(), { windowMs: 10_000, messagesPerSecond: 20, bytesPerSecond: 1000 })

  now += 49_000
  t.is(meter.rates().windowMs, 59_000)
  t.is(meter.rates().messagesPerSecond, 3.39, '200 in 59 s')
  now += 60_000
  t.is(meter.rates().messagesPerSecond, 0, 'what is older is forgotten')

  meter.add(59, 0)
  t.is(meter.rates().messagesPerSecond, 1, 'a slot is used again')
})
