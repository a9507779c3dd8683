import test from 'brittle'
import type { Source } from '../../src/peers/intake.ts'
import { Intake } from '../../src/peers/intake.ts'

/** Sources that say who of them had to go. */
function crowd(): { out: string[]; source: (name: string) => Source } {
  const out: string[] = []
  return { out, source: (name) => ({ crowdedOut: () => out.push(name) }) }
}

test('frames that end make room for others', (t) => {
  const intake = new Intake(100)
  const { out, source } = crowd()
  const [a, b] = [source('a'), source('b')]
  intake.receiving(a, 60, 0)
  intake.receiving(a, 60, 0)
  t.is(intake.bytes, 60, 'the same frame counts once')
  intake.receiving(a, 0, 60)
  intake.receiving(b, 100, 0)
  t.is(intake.bytes, 100)
  intake.done(b)
  intake.done(b)
  t.is(intake.bytes, 0)
  t.alike(out, [])
})

test('over the bound, whoever has been at one frame the longest goes', (t) => {
  const intake = new Intake(100)
  const { out, source } = crowd()
  const [slow, busy, late] = [source('slow'), source('busy'), source('late')]
  intake.receiving(busy, 40, 0)
  intake.receiving(slow, 40, 0)
  intake.receiving(busy, 40, 40)
  t.alike(out, [], 'a new frame of the same length is a new frame')
  intake.receiving(late, 40, 0)
  t.alike(out, ['slow'])
  t.is(intake.bytes, 80)
  intake.receiving(late, 100, 40)
  t.alike(out, ['slow', 'busy'], 'as many as it takes, and not the one that just began')
  t.is(intake.bytes, 100)
})
