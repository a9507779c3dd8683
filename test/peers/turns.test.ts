import test from 'brittle'
import { Turns } from '../../src/peers/turns.ts'

test('turns come one after the other, in the order they were asked for', async (t) => {
  const turns = new Turns()
  const order: number[] = []
  let running = 0
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const done = await turns.take()
      running++
      if (running > 1) t.fail('two at once')
      await new Promise(setImmediate)
      order.push(i)
      running--
      done()
      done()
    })
  )
  t.alike(
    order,
    Array.from({ length: 20 }, (_, i) => i)
  )
})
