import test from 'brittle'
import { checkAttendance, proveAttendance } from '../../src/protocol/attendance.ts'
import type { AuthorKey } from '../../src/protocol/bytes.ts'
import { CONSTANTS, sign } from '../../src/protocol/derive.ts'
import { codeOf, filled, hex, identity, otherIdentity } from './fixtures.ts'
import { attendance } from './golden.ts'

const context = { handshakeHash: filled(64, 5), prover: filled<never>(32, 6) }
const key = identity.publicKey as AuthorKey

test('it proves one identity, on one connection, for one prover', (t) => {
  const signature = proveAttendance(identity, context)
  t.is(hex(signature), attendance)
  const code = (of: AuthorKey, where = context): string =>
    codeOf(() => checkAttendance(of, signature, where))
  t.is(code(key), 'nothing thrown')
  t.is(code(otherIdentity.publicKey as AuthorKey), 'BAD_PROOF')
  t.is(code(key, { ...context, handshakeHash: filled(64, 7) }), 'BAD_PROOF', 'elsewhere')
  t.is(code(key, { ...context, prover: filled(32, 7) }), 'BAD_PROOF', 'carried by another')
  const other = sign(identity, CONSTANTS.profile, context.handshakeHash, context.prover)
  t.is(
    codeOf(() => checkAttendance(key, other, context)),
    'BAD_PROOF',
    'signed for something else'
  )
})
