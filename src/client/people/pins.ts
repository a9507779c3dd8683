// Which key a handle belongs to, as it was when somebody was chosen for the first time: kept in the profile,
// and never replaced but by who takes it away himself.

import b4a from 'b4a'
import type { AuthorKey, HandleHash } from '../../protocol/bytes.ts'
import { formatKey, mapKey } from '../../protocol/bytes.ts'
import { decode, encode, kept, struct, text, uint } from '../../protocol/codec.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { Handle } from '../../protocol/handle.ts'
import { parseHandle } from '../../protocol/handle.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { clientLimits } from '../limits.ts'
import type { Profile } from '../profile/profile.ts'
import type { Seen } from './seen.ts'

const PREFIX = 'people/pin/'

const codec = struct({
  handle: text(wireLimits.handleBytesMax),
  identity: kept<AuthorKey>(32),
  pinnedAt: uint,
  sequence: uint
})

export interface PinnedKey {
  handle: string
  identity: AuthorKey
  pinnedAt: number
  /** The newest that was seen of it when it was written down. */
  sequence: number
}

export class Pins {
  readonly #profile: Profile | null
  readonly #seen: Seen
  /** By the hash of the handle, in hex. */
  readonly #pins = new Map<string, PinnedKey>()

  constructor(profile: Profile | null, seen: Seen) {
    this.#profile = profile
    this.#seen = seen
  }

  async load(): Promise<void> {
    for (const { value } of (await this.#profile?.list(PREFIX)) ?? []) {
      const pin = decode(codec, value)
      this.#pins.set(mapKey(parseHandle(pin.handle).hash), pin)
      this.#seen.keep(pin.identity, pin.sequence)
    }
  }

  get list(): PinnedKey[] {
    return [...this.#pins.values()]
  }

  of(handle: HandleHash): PinnedKey | null {
    return this.#pins.get(mapKey(handle)) ?? null
  }

  /**
   * Resolves once it is kept.
   *
   * @throws `HANDLE_CHANGED` if the handle belongs to another key; `TOO_MANY`
   */
  async pin(handle: Handle, identity: AuthorKey, now: number): Promise<void> {
    const before = this.of(handle.hash)
    if (before !== null) {
      if (!b4a.equals(before.identity, identity)) throw handleChanged(before, identity)
      return
    }
    if (this.#pins.size >= clientLimits.pinsMax) throw tooManyPins()
    this.#seen.keep(identity, 0)
    const sequence = this.#seen.newest(identity)
    const pin = { handle: handle.name, identity, pinnedAt: now, sequence }
    this.#pins.set(mapKey(handle.hash), pin)
    await this.#profile?.write([{ name: nameOf(handle), value: encode(codec, pin) }])
  }

  /** Whether there was one. Resolves once it is forgotten. */
  async unpin(handle: Handle): Promise<boolean> {
    const there = this.#pins.delete(mapKey(handle.hash))
    if (there) await this.#profile?.write([{ name: nameOf(handle), value: null }])
    return there
  }

  /** A newer profile of a pinned key was seen: an older one is refused after a restart, too. */
  renewed(handle: HandleHash, sequence: number): void {
    const pin = this.of(handle)
    if (pin === null || pin.sequence >= sequence) return
    pin.sequence = sequence
    this.#profile?.later(nameOf({ hash: handle }), () => {
      const now = this.of(handle)
      return now === null ? null : encode(codec, now)
    })
  }
}

export function handleChanged(
  { handle, identity }: PinnedKey,
  got: AuthorKey
): RootPeerError<'HANDLE_CHANGED'> {
  return new RootPeerError(
    'HANDLE_CHANGED',
    `${handle} belongs to another key here: ask its owner by another way, and unpin it only then`,
    { expected: formatKey(identity), got: formatKey(got) }
  )
}

function nameOf({ hash }: { hash: HandleHash }): string {
  return `${PREFIX}${mapKey(hash)}`
}

function tooManyPins(): RootPeerError<'TOO_MANY'> {
  const { pinsMax } = clientLimits
  return new RootPeerError('TOO_MANY', `more than ${pinsMax} handles are pinned: unpin some`, {
    expected: pinsMax
  })
}
