import test from 'brittle'
import crypto from 'hypercore-crypto'
import { ChunksHash } from '../../src/protocol/chunks-hash.ts'
import { filled, hex } from './fixtures.ts'
import { chunksHashes } from './golden.ts'

test('the hash over chunks is a chain over what Hypercore hashes blocks to', (t) => {
  const hashed = new ChunksHash()
  const leaves = new ChunksHash()
  const values = [hex(hashed.value)]
  for (const chunk of [filled(300, 1), filled(0, 0), filled(5, 2)]) {
    hashed.add(chunk)
    leaves.addLeaf(crypto.data(chunk))
    t.alike(hashed.value, leaves.value)
    values.push(hex(hashed.value))
  }
  t.alike(values, chunksHashes)
})

test('order and boundaries count', (t) => {
  const of = (...chunks: Uint8Array[]): string => {
    const hash = new ChunksHash()
    for (const chunk of chunks) hash.add(chunk)
    return hex(hash.value)
  }
  const [a, b] = [filled(3, 1), filled(3, 2)]
  t.is(new Set([of(a, b), of(b, a), of(a), of(filled(6, 1)), of(a, a)]).size, 5)
})
