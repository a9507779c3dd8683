import test from 'brittle'
import { Backoff } from '../../src/client/backoff.ts'
import { clientLimits } from '../../src/client/limits.ts'

const { retryMinMs } = clientLimits

/** Milliseconds until the attempt is made. */
function wait(backoff: Backoff, atLeastMs?: number): Promise<number> {
  const began = performance.now()
  return new Promise((resolve) =>
    backoff.schedule(() => resolve(performance.now() - began), atLeastMs)
  )
}

test('pauses double, with chance, and are short again once something worked', async (t) => {
  const backoff = new Backoff()
  const early = 2 // a timer may be a little early
  const first = await wait(backoff)
  t.ok(first >= retryMinMs / 2 - early && first < 2 * retryMinMs, `${first}`)
  const second = await wait(backoff)
  t.ok(second >= retryMinMs - early, `${second}`)
  backoff.reset()
  const again = await wait(backoff)
  t.ok(again < 2 * retryMinMs, `${again}`)
})

test('a pause can be made longer, a later attempt replaces an earlier, and none comes once cancelled', async (t) => {
  const backoff = new Backoff()
  backoff.schedule(() => t.fail('it was replaced'))
  const pause = await wait(backoff, 500)
  t.ok(pause >= 498, `${pause}`)
  backoff.reset()
  backoff.schedule(() => t.fail('it was cancelled'))
  backoff.cancel()
  await wait(new Backoff(), 2 * retryMinMs)
})
