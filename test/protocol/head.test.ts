import test from 'brittle'
import Corestore from 'corestore'
import tmp from 'test-tmp'
import type { CoreKey, Signature } from '../../src/protocol/bytes.ts'
import type { Head } from '../../src/protocol/head.ts'
import { headCodec, isHeadOf, isSignerOf } from '../../src/protocol/head.ts'
import { strict } from '../../src/protocol/codec.ts'
import { checkFrame, filled } from './fixtures.ts'
import { frames } from './golden.ts'

test('a head as bytes', (t) => {
  const head: Head = {
    fork: 1,
    length: 300,
    treeHash: filled(32, 0x44),
    signature: filled(64, 0x55)
  }
  const codec = strict(headCodec, 'head')
  checkFrame(t, 'head', { write: codec, read: codec }, head, frames.head)
})

test('what Hypercore signs is a head of its core, and of nothing else', async (t) => {
  const store = new Corestore(await tmp(t))
  t.teardown(() => store.close())
  const core = store.get({ name: 'a segment' })
  const other = store.get({ name: 'another' })
  await Promise.all([core.ready(), other.ready()])
  await core.append([filled(10, 1), filled(10, 2)])

  const key = core.key as CoreKey
  const signer = core.manifest?.signers[0]?.publicKey ?? filled(32, 0)
  t.ok(isSignerOf(key, signer))
  t.absent(isSignerOf(other.key as CoreKey, signer))
  t.absent(isSignerOf(key, filled(32, 1)))

  const { state } = core.core
  const head: Head = {
    fork: state.fork,
    length: state.length,
    treeHash: state.hash(),
    signature: bare(state.signature)
  }
  t.is(head.length, 2)
  t.ok(isHeadOf(head, key, signer))
  const wrong: Head[] = [
    { ...head, length: 3 },
    { ...head, fork: 1 },
    { ...head, treeHash: filled(32, 0) },
    { ...head, signature: filled(64, 0) }
  ]
  for (const each of wrong) t.absent(isHeadOf(each, key, signer))
  t.absent(isHeadOf(head, other.key as CoreKey, signer), 'under the key of another core')
  t.absent(isHeadOf(head, key, filled(32, 1)), 'by another signer')

  await core.append(filled(10, 3))
  t.ok(isHeadOf(head, key, signer), 'an old head stays a receipt')
  t.absent(isHeadOf({ ...head, signature: bare(core.core.state.signature) }, key, signer))
})

/** The Ed25519 signature in the wrapping of a manifest with one signer: count, signer, 64 bytes, no patches. */
function bare(wrapped: Uint8Array | null): Signature {
  if (wrapped?.byteLength !== 68) throw new Error('Hypercore wraps signatures in another way now')
  return wrapped.subarray(2, 66) as Signature
}
