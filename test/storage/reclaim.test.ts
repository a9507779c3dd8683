import { setImmediate as turn } from 'node:timers/promises'
import test from 'brittle'
import { limits } from '../../src/limits.ts'
import { Reclaim } from '../../src/storage/reclaim.ts'

/** With notes that outlive it, and a compaction that is only counted. */
function make(kept: Map<string, Uint8Array>): { reclaim: Reclaim; done: { count: number } } {
  const done = { count: 0 }
  const reclaim = new Reclaim({
    compact: async () => {
      await turn()
      done.count++
    },
    usedBytes: () => Promise.resolve(0),
    notes: () => ({
      get: (name) => Promise.resolve(kept.get(name) ?? null),
      set: async (name, value) => {
        await turn()
        kept.set(name, value)
      }
    }),
    short: () => false,
    failed: (err) => {
      throw err
    }
  })
  return { reclaim, done }
}

test('what was cleared before a kill counts: restarts don’t put a compaction off for ever', async (t) => {
  const kept = new Map<string, Uint8Array>()
  const part = limits.reclaimBytesMin / 4
  for (let i = 0; i < 3; i++) {
    const { reclaim, done } = make(kept)
    await reclaim.remember()
    reclaim.freed(part)
    await reclaim.settled()
    t.is(done.count, 0, 'not worth it yet')
  }
  const fourth = make(kept)
  await fourth.reclaim.remember()
  fourth.reclaim.freed(part)
  await fourth.reclaim.settled()
  t.is(fourth.done.count, 1)

  const fifth = make(kept)
  await fifth.reclaim.remember()
  fifth.reclaim.freed(part)
  await fifth.reclaim.settled()
  t.is(fifth.done.count, 0, 'what was given back does not count again')
})
