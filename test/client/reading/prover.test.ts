import test from 'brittle'
import crypto from 'hypercore-crypto'
import { Prover } from '../../../src/client/reading/prover.ts'
import type { Candidate } from '../../../src/client/reading/prover.ts'
import { certify } from '../../../src/protocol/keys.ts'
import { candidateOf, createKeys, Writer } from '../helpers/writer.ts'

const { keys, guest } = createKeys()

const candidates = (written: readonly { payload: Uint8Array }[]): Candidate[] =>
  written.map((each) => candidateOf(keys, each))
const proven = (batch: readonly Candidate[]): boolean[] => batch.map((each) => each.proven)

test('one signature proves the frame before it', (t) => {
  const batch = candidates(new Writer(keys).frame('a', 'b', 'c', 'd'))
  t.alike(new Prover(keys).prove(batch), [])
  t.alike(proven(batch), [true, true, true, true])
})

test('the end of a frame proves it, without its first message', (t) => {
  const writer = new Writer(keys)
  writer.frame('zero')
  const batch = candidates(writer.frame('a', 'b', 'c').slice(1))
  new Prover(keys).prove(batch)
  t.alike(proven(batch), [true, true])
})

test('what no signature reaches stays unproven, until a later batch reaches it', (t) => {
  const writer = new Writer(keys)
  const frame = writer.frame('a', 'b', 'c', 'd')
  const prover = new Prover(keys)
  const early = candidates(frame.slice(1, 3))
  t.alike(prover.prove(early), [])
  t.alike(proven(early), [false, false])

  const late = prover.prove(candidates(frame.slice(3)))
  t.alike(new Set(late.map(({ id }) => id)), new Set([frame[1]?.name, frame[2]?.name]))
  t.alike(proven(early), [true, true])
})

test('a message named before it is seen is proven when it comes', (t) => {
  const frame = new Writer(keys).frame('a', 'b', 'c')
  const prover = new Prover(keys)
  prover.prove(candidates(frame.slice(2)))
  const middle = candidates(frame.slice(1, 2))
  t.alike(prover.prove(middle), [])
  t.alike(proven(middle), [true])
})

test('whatever order a batch has, it is proven whole, and none of it is late', (t) => {
  const frame = new Writer(keys).frame('a', 'b', 'c', 'd', 'e')
  const orders = [
    [4, 3, 2, 1],
    [4, 1, 2, 3],
    [3, 4, 1, 2],
    [2, 4, 3, 1],
    [1, 4, 3, 2]
  ]
  for (const order of orders) {
    const batch = candidates(order.map((i) => frame[i] as { payload: Uint8Array }))
    t.alike(new Prover(keys).prove(batch), [], `${order.join()}: nothing late`)
    t.alike(proven(batch), [true, true, true, true], `${order.join()}: proven`)
  }
})

test('a wrong signature counts as absent, and never condemns the hash', (t) => {
  const writer = new Writer(keys)
  const forged = writer.seal('a', { signer: crypto.keyPair() })
  const again = new Writer(keys, writer.identity, writer.chain).seal('a')
  t.is(again.name, forged.name, 'the same message')

  const prover = new Prover(keys)
  const first = candidates([forged])
  prover.prove(first)
  t.alike(proven(first), [false])
  const second = candidates([again])
  t.alike(prover.prove(second), [], 'the valid copy speaks for itself')
  t.alike(proven(second), [true])
})

test('without a certificate nobody is an author', (t) => {
  const stranger = new Writer(keys)
  const bare = candidates([stranger.seal('a', { certificate: null })])
  const prover = new Prover(keys)
  prover.prove(bare)
  t.alike(proven(bare), [false])

  // Checked once an author: a later message needs none.
  prover.prove(candidates([stranger.seal('b')]))
  const trusted = candidates([stranger.seal('c', { certificate: null })])
  prover.prove(trusted)
  t.alike(proven(trusted), [true])
})

test('a guest, even with a root, forges nobody', (t) => {
  const member = new Writer(keys)
  const real = member.seal('real')
  const prover = new Prover(keys)
  prover.prove(candidates([real]))

  // Everything a guest has: the content key, and the member's certificate from what it read.
  const inName = new Writer(guest, member.identity, member.chain)
  inName.number = member.number
  inName.previous = member.previous
  const certificate = certify(keys, member.author)
  const attempts = [
    inName.seal('unsigned', { signed: false }),
    inName.seal('signed by another', { signer: crypto.keyPair(), certificate }),
    new Writer(guest).seal('an own identity, the certificate of another', { certificate }),
    new Writer(guest).seal('an own identity, certified by nobody', { certificate: null })
  ]
  const batch = candidates(attempts)
  prover.prove(batch)
  t.alike(proven(batch), [false, false, false, false])
})

test('a proven message names only messages of its own author', (t) => {
  const victim = new Writer(keys)
  const unsigned = victim.seal('never signed', { signed: false })
  const accomplice = new Writer(keys)
  const names = accomplice.seal('names it', { number: 1, previous: unsigned.id })
  const lists = accomplice.seal('lists it', { givenUp: [{ number: 0, id: unsigned.id }] })
  const batch = candidates([unsigned, names, lists])
  new Prover(keys).prove(batch)
  t.alike(proven(batch), [false, true, true])
})

test('a long history without a signature is proven backwards at once', (t) => {
  const writer = new Writer(keys)
  writer.frame('zero')
  const history = Array.from({ length: 4000 }, (_, i) => writer.seal(`${i}`, { signed: false }))
  const prover = new Prover(keys)
  for (let i = 0; i < history.length; i += 100) prover.prove(candidates(history.slice(i, i + 100)))
  const began = Date.now()
  t.is(prover.prove(candidates([writer.seal('end')])).length, history.length)
  t.ok(Date.now() - began < 1000, 'in a time that grows with its length only')
})
