import test from 'brittle'
import { isSame, longer, shorter, UNBOUNDED } from '../../src/protocol/retention.ts'

test('the shorter and the longer of two, bound by bound: 0 is none', (t) => {
  const a = { ageMs: 10, bytes: 0, messages: 5 }
  const b = { ageMs: 20, bytes: 7, messages: 5 }
  t.alike(shorter(a, b), { ageMs: 10, bytes: 7, messages: 5 })
  t.alike(longer(a, b), { ageMs: 20, bytes: 0, messages: 5 })
  t.alike(shorter(b, UNBOUNDED), b)
  t.alike(longer(b, UNBOUNDED), UNBOUNDED)
  t.ok(isSame(a, { ...a }))
  for (const name of ['ageMs', 'bytes', 'messages'] as const) {
    t.absent(isSame(a, { ...a, [name]: 99 }), name)
  }
})
