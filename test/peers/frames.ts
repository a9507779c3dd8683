// Frames made by hand, for what no mux of ours would send.

import b4a from 'b4a'
import { encode, text, uint } from '../../src/protocol/codec.ts'
import type { RawPeer } from './helpers.ts'

/** Types of the frames that go to a mux itself. */
export const BATCH = 0
export const OPEN = 1

/** A frame to the mux itself. */
export function control(type: number, ...parts: Uint8Array[]): Uint8Array {
  return b4a.concat([Uint8Array.of(0, type), ...parts])
}

/** The open of a channel, with any bytes for its handshake. */
export function opening(
  id: number,
  protocol: string,
  handshake: Uint8Array = b4a.alloc(0)
): Uint8Array {
  const name = encode(text(64), protocol)
  return control(OPEN, encode(uint, id), name, Uint8Array.of(0), handshake)
}

/** Bytes that look random and are the same in every run. */
export function noise(seed: number, length: number): Uint8Array {
  const bytes = b4a.alloc(length)
  let state = seed + 1
  for (let i = 0; i < length; i++) {
    state = (state * 48271) % 2147483647
    bytes[i] = state & 0xff
  }
  return bytes
}

/** Writes bytes past the encryption. */
export function rawWrite({ stream }: RawPeer, bytes: Uint8Array): void {
  const raw = stream.rawStream as unknown as { write(bytes: Uint8Array): boolean }
  raw.write(bytes)
}
