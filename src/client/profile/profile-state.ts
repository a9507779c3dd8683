// What a profile says of itself: its format, the names in it, and whether it may have gone back in time
// since it was last open. Owns that rule; reads and writes nothing.

import { bool, byte, decode, encode, optional, struct, text, uint } from '../../protocol/codec.ts'
import { RootPeerError } from '../../protocol/errors.ts'

const FORMAT = 1

/** The name of the seed that the identity comes from. */
export const SEED = 'seed'

/** The name of the place in a room. */
export function placeName(room: string): string {
  return `place/${room}`
}

export interface ProfileState {
  /** Raised whenever the profile may have gone back in time; never lowered. */
  generation: number
  /** Whether all of it was made safe against a power cut, and nothing was written after. */
  clean: boolean
  /** Of the machine's boot under which it was last open; null where there is none to ask. */
  boot: string | null
}

const codec = struct({ format: byte, generation: uint, clean: bool, boot: optional(text(64)) })

export function encodeState(state: ProfileState): Uint8Array {
  return encode(codec, { format: FORMAT, ...state })
}

/** Throws `PROFILE_NEWER`. */
export function decodeState(bytes: Uint8Array): ProfileState {
  if ((bytes[0] ?? 0) > FORMAT) {
    throw new RootPeerError('PROFILE_NEWER', 'a later version wrote this profile: use that one', {
      expected: FORMAT,
      got: bytes[0]
    })
  }
  const { generation, clean, boot } = decode(codec, bytes)
  return { generation, clean, boot }
}

/** The state to write before the first use of a profile. */
export function nextState(
  previous: ProfileState | null,
  { restored, boot }: { restored: boolean; boot: string | null }
): ProfileState {
  if (previous === null) return { generation: 1, clean: false, boot }
  // Killed, but the kernel lived on: what was written is still there, synced or not.
  const whole = previous.clean || (boot !== null && boot === previous.boot)
  const generation = previous.generation + (whole && !restored ? 0 : 1)
  return { generation, clean: false, boot }
}
