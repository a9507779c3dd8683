import test from 'brittle'
import { Pace } from '../../src/access/pace.ts'

/** Ten a second, with a store of three seconds. */
function make(): { pace: Pace; at: { now: number }; delay: (amount: number) => number } {
  const at = { now: 1_700_000_000_000 }
  const pace = new Pace(10, 3, at.now)
  return { pace, at, delay: (amount) => pace.delay(amount, () => at.now) }
}

test('so much goes at once; beyond it the delay is how much too early it came', (t) => {
  const { pace, at, delay } = make()
  t.is(delay(30), 0)
  t.is(delay(31), 100, 'asking takes nothing')
  pace.spend(30)
  t.is(delay(1), 100)
  pace.spend(1)
  t.is(delay(1), 200, 'debt')
  at.now += 200
  t.is(delay(1), 0)
  pace.spend(1)
  at.now += 1000
  t.is(delay(10), 0)
  t.is(delay(11), 100)
})

test('in the long run nobody sends more than the pace, in whatever steps the clock is looked at', (t) => {
  for (const step of [1, 7, 100, 999]) {
    const { pace, at, delay } = make()
    const began = at.now
    let sent = 0
    while (at.now + step <= began + 20_000) {
      at.now += step
      while (delay(1) === 0) {
        pace.spend(1)
        sent++
      }
    }
    t.ok(sent >= 220 && sent <= 230, `${sent} in 20 s, ${step} ms a step`)
  }
})

test('who rests gains no more than the store holds', (t) => {
  const { pace, at, delay } = make()
  at.now += 86_400_000
  pace.refill(at.now)
  pace.spend(30)
  t.is(delay(1), 100)
  t.absent(pace.rested(at.now))
  at.now += 2999
  t.absent(pace.rested(at.now))
  at.now += 1
  t.ok(pace.rested(at.now))
})

test('a clock that is set back takes nothing and gives nothing', (t) => {
  const { pace, at, delay } = make()
  pace.spend(35)
  t.is(delay(1), 600)
  at.now -= 3_600_000
  t.is(delay(1), 600)
  at.now += 600
  t.is(delay(1), 0, 'it goes on from there')
})

test('a clock that jumps ahead fills the store, and no more', (t) => {
  const { pace, at, delay } = make()
  pace.spend(1000)
  at.now += 10 * 86_400_000
  t.is(delay(30), 0)
  t.is(delay(31), 100)
})

test('another pace holds from now on', (t) => {
  const { pace, at, delay } = make()
  pace.spend(30)
  pace.perSecond = 100
  at.now += 100
  t.is(delay(10), 0)
  t.is(delay(11), 10)
})
