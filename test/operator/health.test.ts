import test from 'brittle'
import { Health } from '../../src/operator/health.ts'

test('a store that answers is well, and is not asked by each who asks', async (t) => {
  let asked = 0
  let now = 0
  const probe = (): Promise<void> => {
    asked++
    return Promise.resolve()
  }
  const health = new Health({ probe, now: () => now })
  t.alike(await Promise.all([health.complaint(1000), health.complaint(1000)]), [null, null])
  t.is(await health.complaint(1000), null)
  t.is(asked, 1)
  now += 1000
  t.is(await health.complaint(1000), null)
  t.is(asked, 2)
})

test('a store that fails is ill until it answers again', async (t) => {
  let now = 0
  let broken = true
  const probe = async (): Promise<void> => {
    await Promise.resolve()
    if (broken) throw new Error('broken')
  }
  const health = new Health({ probe, now: () => now })
  t.is(await health.complaint(1000), 'broken')
  broken = false
  now += 1000
  t.is(await health.complaint(1000), null)
})

test('a store that hangs keeps nobody waiting, and is asked once', async (t) => {
  let asked = 0
  let answer = (): void => {}
  const probe = (): Promise<void> => {
    asked++
    return new Promise((resolve) => (answer = resolve))
  }
  const health = new Health({ probe, now: () => performance.now() })
  const began = performance.now()
  t.is(await health.complaint(60), 'the store has not answered for 0 s')
  t.ok(performance.now() - began < 1000)
  const then = performance.now()
  t.ok(await health.complaint(60))
  t.ok(performance.now() - then < 40, 'at once')
  t.is(asked, 1)
  const waiting = health.complaint(10_000)
  answer()
  t.is(await waiting, null)
})
