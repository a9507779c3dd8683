import test from 'brittle'
import { Chain } from '../../../src/client/reading/chain.ts'
import { clientLimits } from '../../../src/client/limits.ts'
import type { ChainId } from '../../../src/protocol/bytes.ts'
import { parseCursor, printCursor } from '../../../src/protocol/cursor.ts'

const id = new Uint8Array(16).fill(3) as ChainId

test('numbers in a row are next, one shown before is a repeat', (t) => {
  const chain = new Chain(id, 0)
  for (let number = 0; number < 3; number++) {
    t.is(chain.standing(number, `m${number}`), 'next')
    chain.show(number, `m${number}`)
  }
  t.is(chain.next, 3)
  t.is(chain.standing(1, 'm1'), 'repeat')
})

test('another hash at a number that was shown is a fork', (t) => {
  const chain = new Chain(id, 0)
  chain.show(0, 'm0')
  t.is(chain.standing(0, 'other'), 'fork')
  t.is(chain.standing(0, 'm0'), 'repeat', 'what was shown first is still known')
})

test('a number after a missing one is ahead; forced, it leaves a hole that may be filled late', (t) => {
  const chain = new Chain(id, 0)
  chain.show(0, 'm0')
  t.is(chain.standing(3, 'm3'), 'ahead')
  chain.show(3, 'm3')
  t.alike(chain.position().holes, [{ from: 1, to: 3 }])
  t.is(chain.standing(2, 'm2'), 'late')
  chain.show(2, 'm2')
  t.alike(chain.position().holes, [{ from: 1, to: 2 }])
  t.is(chain.standing(2, 'm2'), 'repeat')
  chain.show(1, 'm1')
  t.alike(chain.position().holes, [])
})

test('the middle of a hole, filled, leaves two', (t) => {
  const chain = new Chain(id, 0)
  chain.show(9, 'm9')
  chain.show(4, 'm4')
  t.alike(chain.position().holes, [
    { from: 0, to: 4 },
    { from: 5, to: 9 }
  ])
})

test('a chain that is first met in the middle begins there, and what lies before is not wanted', (t) => {
  const chain = new Chain(id, null)
  t.is(chain.standing(7, 'm7'), 'next')
  chain.show(7, 'm7')
  t.is(chain.standing(9, 'm9'), 'ahead', 'from here on nothing is forgiven')
  t.alike(chain.position().holes, [])
  t.is(chain.standing(3, 'm3'), 'repeat')
})

test('numbers given up are passed over, whenever that is said', (t) => {
  const chain = new Chain(id, 0)
  chain.show(0, 'm0')
  chain.giveUp(1)
  chain.giveUp(2)
  t.is(chain.standing(3, 'm3'), 'next')
  chain.show(3, 'm3')
  t.alike(chain.position(), { chain: id, next: 4, holes: [] })

  chain.show(6, 'm6')
  chain.giveUp(5)
  t.alike(chain.position().holes, [{ from: 4, to: 5 }], 'a hole that was given up is none')
})

test('a number given up between two that come is not waited for', (t) => {
  const chain = new Chain(id, 0)
  chain.giveUp(1)
  t.is(chain.standing(0, 'm0'), 'next')
  t.is(chain.standing(2, 'm2'), 'ahead')
  chain.show(0, 'm0')
  t.is(chain.standing(2, 'm2'), 'next')
})

test('what is gone at a root is forgiven once, and still shown if another root has it', (t) => {
  const chain = new Chain(id, 0)
  chain.show(0, 'm0')
  chain.forgive()
  t.is(chain.standing(5, 'm5'), 'next')
  chain.show(5, 'm5')
  t.is(chain.standing(7, 'm7'), 'ahead')
  t.is(chain.standing(3, 'm3'), 'late')
})

test('a position survives the way through a cursor', (t) => {
  const chain = new Chain(id, 0)
  chain.show(0, 'm0')
  chain.show(4, 'm4')
  chain.show(2, 'm2')
  const text = printCursor({ roots: [], chains: [chain.position()] })
  const [position] = parseCursor(text).chains
  if (position === undefined) return t.fail('no chain in the cursor')
  const restored = Chain.from(position)
  t.alike(restored.position().holes, chain.position().holes)
  t.is(restored.standing(1, 'm1'), 'late')
  t.is(restored.standing(2, 'm2'), 'repeat')
  t.is(restored.standing(5, 'm5'), 'next')
  t.is(restored.standing(6, 'm6'), 'ahead')
})

test('holes and hashes are bounded: an older repeat counts as shown', (t) => {
  const chain = new Chain(id, 0)
  for (let i = 0; i <= clientLimits.holesMax; i++) chain.show(2 * i + 1, `m${2 * i + 1}`)
  t.is(chain.position().holes.length, clientLimits.holesMax)

  const long = new Chain(id, 0)
  for (let i = 0; i <= clientLimits.chainMemory; i++) long.show(i, `m${i}`)
  t.is(long.standing(0, 'another'), 'repeat')
  t.is(long.standing(1, 'another'), 'fork')
})

test('what was shown so long ago that its hash is forgotten may be a repeat; what is missing is none', (t) => {
  const chain = new Chain(id, 0)
  const count = clientLimits.chainMemory + 10
  for (let i = 0; i < count; i++) if (i !== 3) chain.show(i, `m${i}`)
  t.ok(chain.mayHave(1, 'm1'), 'forgotten')
  t.ok(chain.mayHave(1, 'other'), 'nobody can tell which')
  t.absent(chain.mayHave(3, 'm3'), 'a hole')
  t.ok(chain.mayHave(count - 1, `m${count - 1}`), 'remembered')
  t.absent(chain.mayHave(count - 1, 'other'), 'another under a number that is remembered')
  t.absent(chain.mayHave(count, `m${count}`), 'not shown yet')
})
