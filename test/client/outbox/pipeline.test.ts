import { setImmediate } from 'node:timers/promises'
import test from 'brittle'
import { pipeline } from '../../../src/client/outbox/pipeline.ts'

async function* numbers(count: number, taken: number[]): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    taken.push(i)
    yield i
  }
}

test('results come in the order of the source, whichever is ready first', async (t) => {
  const work = {
    run: async (i: number) => {
      for (let turn = 0; turn < 10 - i; turn++) await setImmediate()
      return i * i
    },
    weigh: () => 1,
    weightMax: 4
  }
  const results: number[] = []
  for await (const result of pipeline(numbers(10, []), work)) results.push(result)
  t.alike(results, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
})

test('no more is taken than may be under way', async (t) => {
  const taken: number[] = []
  const finish: (() => void)[] = []
  const results = pipeline(numbers(10, taken), {
    run: (i: number) => new Promise<number>((resolve) => finish.push(() => resolve(i))),
    weigh: () => 2,
    weightMax: 5
  })
  const first = results.next()
  while (finish.length < 3) await setImmediate()
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  t.alike(taken, [0, 1, 2], 'three weigh 6')
  finish[0]?.()
  t.alike(await first, { done: false, value: 0 })
  const second = results.next()
  while (finish.length < 4) await setImmediate()
  finish[1]?.()
  t.alike(await second, { done: false, value: 1 })
})

test('a result comes out while the source is silent', async (t) => {
  async function* slow(): AsyncGenerator<number> {
    yield 1
    await new Promise(() => {})
  }
  const results = pipeline(slow(), { run: async (i) => i, weigh: () => 1, weightMax: 10 })
  t.alike(await results.next(), { done: false, value: 1 })
})

test('an error of the work or of the source ends it, after what came before', async (t) => {
  const failing = pipeline(numbers(3, []), {
    run: async (i) => {
      if (i === 1) throw new Error('no')
      return i
    },
    weigh: () => 1,
    weightMax: 10
  })
  t.alike(await failing.next(), { done: false, value: 0 })
  await t.exception(failing.next(), /no/)
})

test('an error of the work ends it also while the source is silent', async (t) => {
  async function* slow(): AsyncGenerator<number> {
    yield 1
    await new Promise(() => {})
  }
  const results = pipeline(slow(), {
    run: () => Promise.reject(new Error('no')),
    weigh: () => 1,
    weightMax: 10
  })
  await t.exception(results.next(), /no/)
})
