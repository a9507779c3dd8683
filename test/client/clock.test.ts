import test from 'brittle'
import { steadyNow } from '../../src/client/clock.ts'

test('the clock for waits goes on where the machine is set back, and no faster', (t) => {
  const { now } = Date
  t.teardown(() => (Date.now = now))
  let at = now()
  Date.now = () => at
  const start = steadyNow()
  at += 100
  t.is(steadyNow() - start, 100)
  at -= 3_600_000
  t.is(steadyNow() - start, 100, 'set back an hour')
  at += 50
  t.is(steadyNow() - start, 150)
})
