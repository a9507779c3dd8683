import test from 'brittle'
import { Restraint } from '../../src/operator/restraint.ts'

test('a flood is held back, and how much of it is said', (t) => {
  let now = 0
  const said: unknown[] = []
  const restraint = new Restraint(
    () => now,
    (kind, held) => said.push([kind, held])
  )
  const allowed = (kind: string, times: number): number =>
    Array.from({ length: times }, () => restraint.allows(kind)).filter(Boolean).length
  t.is(allowed('a', 1000), 50)
  t.is(allowed('b', 10), 10, 'each kind for itself')
  t.alike(said, [])
  now += 10_000
  t.is(allowed('b', 1), 1)
  t.alike(said, [['a', 950]])
  t.is(allowed('a', 60), 50)
  restraint.flush()
  t.is(said.length, 1, 'not before its time')
  restraint.flush(true)
  t.alike(said.at(-1), ['a', 10])
})
