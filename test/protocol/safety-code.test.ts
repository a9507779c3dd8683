import test from 'brittle'
import { safetyCode } from '../../src/protocol/safety-code.ts'
import { filled, identity, otherIdentity } from './fixtures.ts'
import { codeOfTwo } from './golden.ts'

test('it is the same on both sides, never changes, and another for any other pair', (t) => {
  const [one, other] = [identity.publicKey, otherIdentity.publicKey]
  t.is(safetyCode(one, other), codeOfTwo)
  t.is(safetyCode(other, one), codeOfTwo)
  t.ok(/^\d{4}( \d{4}){5}$/.test(codeOfTwo))
  const codes = Array.from({ length: 100 }, (_, i) => safetyCode(one, filled(32, i)))
  t.is(new Set(codes).size, 100)
})
