import test from 'brittle'
import { Allowance } from '../../src/peers/allowance.ts'

test('an allowance is spent, and earned back with time', (t) => {
  let now = 0
  const allowance = new Allowance(1000, () => now)
  t.is(allowance.spend(600), true)
  t.is(allowance.spend(600), false)
  t.is(allowance.spend(400), true, 'what did not fit was not spent')
  t.is(allowance.spend(1), false)
  now = 500
  t.is(allowance.spend(501), false)
  t.is(allowance.spend(500), true)
  now = 1_000_000
  t.is(allowance.spend(1001), false, 'never more than a second’s worth')
  t.is(allowance.spend(1000), true)
  now = 0
  t.is(allowance.spend(1), false, 'a clock that goes back earns nothing')
  now = 100
  t.is(allowance.spend(100), true)
})
