import test from 'brittle'
import {
  CONSTANTS,
  derive,
  deriveKeyPair,
  hash,
  KEYS_VERSION,
  randomBytes,
  sign,
  verify
} from '../../src/protocol/derive.ts'
import { filled, hex, identity, readable } from './fixtures.ts'
import { constants } from './golden.ts'

test('the constants are what they were, and no two are one', (t) => {
  t.is(KEYS_VERSION, 1)
  t.alike(readable(CONSTANTS), constants)
  t.is(new Set(Object.values(CONSTANTS).map(hex)).size, Object.keys(CONSTANTS).length)
})

test('hashing, derivation and key pairs under one parent are three different things', (t) => {
  const { contentKey } = CONSTANTS
  const parent = filled(32, 1)
  const results = [
    hash(contentKey, parent),
    derive(contentKey, parent),
    deriveKeyPair(contentKey, parent).publicKey,
    derive(CONSTANTS.pathKey, parent)
  ]
  t.is(new Set(results.map(hex)).size, results.length)
})

test('a signature holds under its constant, its parts and its key only', (t) => {
  const { proof, certificate } = CONSTANTS
  const [a, b] = [filled(32, 1), filled(32, 2)]
  const signature = sign(identity, proof, a, b)
  const { publicKey } = identity
  t.ok(verify(publicKey, signature, proof, a, b))
  t.absent(verify(publicKey, signature, certificate, a, b))
  t.absent(verify(publicKey, signature, proof, b, a))
  t.absent(verify(publicKey, signature, proof, a))
  t.absent(verify(filled(32, 3), signature, proof, a, b))
  t.absent(verify(filled(31, 3), signature, proof, a, b), 'a key that is none')
  t.absent(verify(publicKey, signature.subarray(1), proof, a, b), 'a signature that is none')
})

test('a signature has one spelling', (t) => {
  // s and s + L name the same scalar; only the lesser may pass.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const signature = sign(identity, CONSTANTS.proof, filled(32, 1))
  let scalar = order
  for (let i = 0; i < 32; i++) scalar += BigInt(signature[32 + i] as number) << BigInt(8 * i)
  const other = Uint8Array.from(signature)
  for (let i = 0; i < 32; i++) other[32 + i] = Number((scalar >> BigInt(8 * i)) & 255n)
  t.absent(verify(identity.publicKey, other, CONSTANTS.proof, filled(32, 1)))
})

test('random bytes are as many as asked for, and not the same twice', (t) => {
  for (const length of [0, 1, 16, 32]) t.is(randomBytes(length).byteLength, length)
  t.not(hex(randomBytes(32)), hex(randomBytes(32)))
})
