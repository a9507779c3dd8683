// What the tests of the protocol share: a room with fixed keys, one value for every frame, and the
// ways of mistreating bytes. Holds no assertions about any one codec.

import type { Test } from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { Codec } from '../../src/protocol/codec.ts'
import { encode } from '../../src/protocol/codec.ts'
import { RootPeerError } from '../../src/protocol/errors.ts'
import {
  guestKeys,
  memberKeyOf,
  memberKeys,
  ownerKeys,
  ownerPublicKeyOf,
  readKeyOf,
  writerPublicKeyOf
} from '../../src/protocol/keys.ts'

export const TIME = 1_700_000_000_000

/** `length` equal bytes, as whatever type of bytes is wanted. */
export function filled<T extends Uint8Array>(length: number, value: number): T {
  return b4a.alloc(length, value) as T
}

export const roomKey = Uint8Array.from({ length: 32 }, (_, i) => i)
export const owner = ownerKeys(roomKey)
export const member = memberKeys(memberKeyOf(roomKey), ownerPublicKeyOf(roomKey))
export const guest = guestKeys(
  readKeyOf(memberKeyOf(roomKey)),
  ownerPublicKeyOf(roomKey),
  writerPublicKeyOf(memberKeyOf(roomKey))
)
export const otherRoom = ownerKeys(filled(32, 8))
export const identity = crypto.keyPair(filled(32, 9))
export const otherIdentity = crypto.keyPair(filled(32, 10))

export const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')
export const fromHex = (text: string): Uint8Array => b4a.from(text, 'hex')

/** A value with every byte string in it as hex, so that two of them compare by content. */
export function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value)
  if (Array.isArray(value)) return value.map(readable)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, readable(each)]))
}

/** The code of the error that `work` throws; another error's name; or that it threw none. */
export function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (err) {
    return err instanceof RootPeerError ? err.code : `a bare ${(err as Error).name}`
  }
  return 'nothing thrown'
}

export function decodeFrame<Out>(
  codec: Codec<never, Out>,
  frame: Uint8Array,
  end: number = frame.byteLength
): Out {
  return codec.decode({ start: 0, end, buffer: frame })
}

/** The copies of `bytes` in which one byte is another: every bit flipped, the lowest, or all set. */
export function* mutations(bytes: Uint8Array): Generator<{ at: number; bytes: Uint8Array }> {
  for (let at = 0; at < bytes.byteLength; at++) {
    const was = bytes[at] as number
    for (const value of new Set([was ^ 0xff, was ^ 1, 0xff])) {
      if (value === was) continue
      const copy = b4a.from(bytes)
      copy[at] = value
      yield { at, bytes: copy }
    }
  }
}

/** What must hold for every frame: its bytes, the way back, and that no damage surprises. */
export function checkFrame<In, Out>(
  t: Test,
  name: string,
  codecs: { write: Codec<In, unknown>; read: Codec<never, Out> },
  value: In,
  golden: string | undefined,
  /** Where an earlier version's frame ended. */
  ending = -1
): void {
  const frame = encode(codecs.write, value)
  t.is(hex(frame), golden, `${name}: bytes`)
  t.alike(readable(decodeFrame(codecs.read, frame)), readable(value), `${name}: round trip`)

  const cut: number[] = []
  for (let end = 0; end < frame.byteLength; end++) {
    // Once with nothing behind the cut, once with the bytes of another frame there.
    const alone = codeOf(() => decodeFrame(codecs.read, Uint8Array.from(frame.subarray(0, end))))
    const followed = codeOf(() => decodeFrame(codecs.read, frame, end))
    if (end === ending) continue
    if (alone !== 'BAD_FRAME' || followed !== 'BAD_FRAME') cut.push(end)
  }
  t.alike(cut, [], `${name}: every truncation is refused`)

  const bare: string[] = []
  for (const { at, bytes } of mutations(frame)) {
    const code = codeOf(() => decodeFrame(codecs.read, bytes))
    if (code !== 'BAD_FRAME' && code !== 'nothing thrown') bare.push(`${at}: ${code}`)
  }
  t.alike(bare, [], `${name}: damage is read as something else or refused, never a crash`)
}
