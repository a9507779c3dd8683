// The bounded building blocks of every codec: compact-encoding's, with caps and typed errors.
// A decoder never allocates more than the bytes at hand justify, and never throws anything but
// BAD_FRAME. Never knows what a message means.

import b4a from 'b4a'
import * as c from 'compact-encoding'
import { badFrame, RootPeerError, tooLarge } from './errors.ts'

export interface State {
  start: number
  end: number
  buffer: Uint8Array | null
}

/** A codec that writes `In` and reads `Out`; they differ where the two sides of a handshake do. */
export interface Codec<In, Out = In> {
  preencode(state: State, value: In): void
  encode(state: State, value: In): void
  decode(state: State): Out
}

/** A whole number from 0 to 2^53 - 1. */
export const uint: Codec<number> = {
  preencode: (state, value) => c.uint.preencode(state, value),
  encode: (state, value) => c.uint.encode(state, value),
  decode(state) {
    try {
      return c.uint.decode(state)
    } catch (err) {
      throw badFrame('a number that is cut short, or beyond 2^53', err)
    }
  }
}

/** The bytes of a frame, present in any state that is being decoded. */
export function bufferOf(state: State): Uint8Array {
  if (state.buffer === null) throw badFrame('nothing to decode')
  return state.buffer
}

/** The next `length` bytes, not copied. */
export function take(state: State, length: number): Uint8Array {
  const end = state.start + length
  if (end > state.end) throw badFrame(`${length} bytes announced, ${state.end - state.start} there`)
  const bytes = bufferOf(state).subarray(state.start, end)
  state.start = end
  return bytes
}

export function put(state: State, bytes: Uint8Array): void {
  bufferOf(state).set(bytes, state.start)
  state.start += bytes.byteLength
}

/** Exactly `length` bytes. Decoded in place: copy what must outlive the frame. */
export function fixed<T extends Uint8Array>(length: number): Codec<T> {
  return {
    preencode(state, value) {
      if (value.byteLength !== length)
        throw badFrame(`expected ${length} bytes, got ${value.byteLength}`)
      state.end += length
    },
    encode: put,
    decode: (state) => take(state, length) as T
  }
}

/** As `fixed`, but decoded into memory of its own: for what is kept longer than the frame it came in. */
export function kept<T extends Uint8Array>(length: number): Codec<T> {
  return {
    ...fixed<T>(length),
    decode: (state) => b4a.from(take(state, length)) as T
  }
}

/** At most `max` bytes, with their length before them. Decoded in place. */
export function bytes(max: number): Codec<Uint8Array> {
  return {
    preencode(state, value) {
      // What the other side must refuse is not sent: for a message to be stored that would be its end.
      if (value.byteLength > max) throw tooLarge('the length of a field', max, value.byteLength)
      uint.preencode(state, value.byteLength)
      state.end += value.byteLength
    },
    encode(state, value) {
      uint.encode(state, value.byteLength)
      put(state, value)
    },
    decode(state) {
      const length = uint.decode(state)
      if (length > max) throw badFrame(`${length} bytes where at most ${max} are allowed`)
      return take(state, length)
    }
  }
}

/** Text of at most `max` bytes of UTF-8; a longer one is cut when it is written. */
export function text(max: number): Codec<string> {
  const raw = bytes(max)
  const cut = (value: string) => {
    const whole = b4a.from(value)
    let end = Math.min(max, whole.byteLength)
    while (((whole[end] ?? 0) & 0xc0) === 0x80) end-- // never in the middle of a character
    return whole.subarray(0, end)
  }
  return {
    preencode: (state, value) => raw.preencode(state, cut(value)),
    encode: (state, value) => raw.encode(state, cut(value)),
    decode: (state) => b4a.toString(raw.decode(state))
  }
}

/** At most `max` items. */
export function list<In, Out = In>(item: Codec<In, Out>, max: number): Codec<readonly In[], Out[]> {
  return {
    preencode(state, values) {
      if (values.length > max) throw tooLarge('the count of a list', max, values.length)
      uint.preencode(state, values.length)
      for (const value of values) item.preencode(state, value)
    },
    encode(state, values) {
      uint.encode(state, values.length)
      for (const value of values) item.encode(state, value)
    },
    decode(state) {
      const count = uint.decode(state)
      // Every item takes at least one byte, so a lie about the count costs nothing.
      if (count > max || count > state.end - state.start)
        throw badFrame(`${count} items where at most ${max} are allowed`)
      const values: Out[] = []
      for (let i = 0; i < count; i++) values.push(item.decode(state))
      return values
    }
  }
}

export function optional<T>(item: Codec<T>): Codec<T | null> {
  return {
    preencode(state, value) {
      state.end++
      if (value !== null) item.preencode(state, value)
    },
    encode(state, value) {
      bufferOf(state)[state.start++] = value === null ? 0 : 1
      if (value !== null) item.encode(state, value)
    },
    decode(state) {
      const there = byte.decode(state)
      if (there > 1) throw badFrame('neither there nor absent')
      return there === 1 ? item.decode(state) : null
    }
  }
}

/** A field that a later version has added: `absent` where a message ends before it. */
export function trailing<T>(item: Codec<T>, absent: T): Codec<T> {
  return { ...item, decode: (state) => (state.start < state.end ? item.decode(state) : absent) }
}

/** One byte. */
export const byte: Codec<number> = {
  preencode(state) {
    state.end++
  },
  encode(state, value) {
    bufferOf(state)[state.start++] = value
  },
  decode: (state) => take(state, 1)[0] as number
}

/** Yes or no, in one byte that is 1 or 0. */
export const bool: Codec<boolean> = {
  preencode: (state) => byte.preencode(state, 0),
  encode: (state, value) => byte.encode(state, value ? 1 : 0),
  decode(state) {
    const value = byte.decode(state)
    if (value > 1) throw badFrame('neither true nor false')
    return value === 1
  }
}

type Fields = Record<string, Codec<never, unknown>>
type Input<F> = { [K in keyof F]: F[K] extends Codec<infer In, infer _> ? In : never }
type Output<F> = { [K in keyof F]: F[K] extends Codec<infer _, infer Out> ? Out : never }

/** Fields one after the other, in the order written. Bytes after the last belong to later versions. */
export function struct<F extends Fields>(fields: F): Codec<Input<F>, Output<F>> {
  const names = Object.keys(fields) as (keyof F & string)[]
  return {
    preencode(state, value) {
      for (const name of names) field(fields, name).preencode(state, value[name] as never)
    },
    encode(state, value) {
      for (const name of names) field(fields, name).encode(state, value[name] as never)
    },
    decode(state) {
      const value: Record<string, unknown> = {}
      for (const name of names) value[name] = field(fields, name).decode(state)
      return value as Output<F>
    }
  }
}

function field<F extends Fields>(fields: F, name: keyof F): Codec<never, unknown> {
  return fields[name] as Codec<never, unknown>
}

/** Two codecs as one: what this side writes, and what it reads. */
export function duplex<In, Out>(
  out: Codec<In, unknown>,
  incoming: Codec<never, Out>
): Codec<In, Out> {
  return {
    preencode: (state, value) => out.preencode(state, value),
    encode: (state, value) => out.encode(state, value),
    decode: (state) => incoming.decode(state)
  }
}

/** Nothing at all: the codec of an empty handshake. */
export const nothing: Codec<null> = {
  preencode() {},
  encode() {},
  decode: () => null
}

/** A codec that refuses what is well-formed but makes no sense. */
export function checked<In, Out>(
  codec: Codec<In, Out>,
  makesSense: (value: Out) => boolean,
  complaint: string
): Codec<In, Out> {
  return {
    preencode: (state, value) => codec.preencode(state, value),
    encode: (state, value) => codec.encode(state, value),
    decode(state) {
      const value = codec.decode(state)
      if (!makesSense(value)) throw badFrame(complaint)
      return value
    }
  }
}

/** Whatever goes wrong while decoding becomes BAD_FRAME, which is safe to reach a mux. */
export function strict<In, Out>(codec: Codec<In, Out>, what: string): Codec<In, Out> {
  return {
    preencode: (state, value) => codec.preencode(state, value),
    encode: (state, value) => codec.encode(state, value),
    decode(state) {
      try {
        return codec.decode(state)
      } catch (err) {
        throw badFrame(`${what}: ${reason(err)}`, err instanceof RootPeerError ? undefined : err)
      }
    }
  }
}

export function encode<In>(codec: Codec<In, unknown>, value: In): Uint8Array {
  const state: State = { start: 0, end: 0, buffer: null }
  codec.preencode(state, value)
  state.buffer = b4a.allocUnsafeSlow(state.end)
  codec.encode(state, value)
  return state.buffer
}

/** Decodes a value that must fill `buffer` to its last byte. Throws `BAD_FRAME`. */
export function decode<Out>(codec: Codec<never, Out>, buffer: Uint8Array): Out {
  const state: State = { start: 0, end: buffer.byteLength, buffer }
  const value = strict(codec, 'bytes').decode(state)
  if (state.start !== state.end) throw badFrame(`${state.end - state.start} bytes too many`)
  return value
}

function reason(err: unknown): string {
  return err instanceof Error ? err.message : String(err)
}
