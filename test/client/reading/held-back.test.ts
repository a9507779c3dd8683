// What is held back is not lost with the process: every cursor leads back to it.

import test from 'brittle'
import { Timeline } from '../../../src/client/reading/timeline.ts'
import { arrivalsOf, createKeys, Writer } from '../helpers/writer.ts'
import type { Written } from '../helpers/writer.ts'

const { keys } = createKeys()

test('a cursor between two that were let go leads back to those not shown yet', (t) => {
  const writer = new Writer(keys)
  writer.seal('m0')
  const lowest: (number | null)[] = []
  const timeline = new Timeline(
    keys,
    { show: () => lowest.push(timeline.lowestHeld('a')), proven: () => {}, hole: () => {} },
    null,
    true
  )
  timeline.accept(arrivalsOf([writer.seal('m1'), writer.seal('m2'), writer.seal('m3')], 10, 'a'))
  t.is(timeline.held, 3)
  timeline.release()
  t.alike(lowest, [11, 12, null])
})

test('each of the places where roots have it is one to lead back to', (t) => {
  const writer = new Writer(keys)
  writer.seal('m0')
  const ahead: Written = writer.seal('m1')
  const timeline = new Timeline(
    keys,
    { show: () => {}, proven: () => {}, hole: () => {} },
    null,
    true
  )
  const [direct] = arrivalsOf([ahead])
  if (direct === undefined) return t.fail()
  timeline.accept([{ ...direct, index: null, storedAt: null, root: null }])
  t.ok(timeline.holdsDirect)
  timeline.accept(arrivalsOf([ahead], 4, 'a'))
  timeline.accept(arrivalsOf([ahead], 7, 'b'))
  timeline.accept(arrivalsOf([ahead], 9, 'b'))
  t.is(timeline.held, 1)
  t.absent(timeline.holdsDirect, 'a root has it too')
  t.is(timeline.lowestHeld('a'), 4)
  t.is(timeline.lowestHeld('b'), 7)
})
