// Somebody with a key pair of their own, who signs profiles.

import crypto from 'hypercore-crypto'
import type { AuthorKey, KeyPair } from '../../src/protocol/bytes.ts'
import type { Handle } from '../../src/protocol/handle.ts'
import type { Profile } from '../../src/protocol/profile.ts'
import { signProfile } from '../../src/protocol/profile.ts'

export const DAY = 86_400_000

export class Somebody {
  readonly keyPair: KeyPair
  #sequence = 0

  constructor(keyPair: KeyPair = crypto.keyPair()) {
    this.keyPair = keyPair
  }

  get identity(): AuthorKey {
    return this.keyPair.publicKey as AuthorKey
  }

  /** The next profile, listed for a day unless something else is said. */
  profile(said: Partial<Profile> = {}, sealedFor: Handle | null = null): Uint8Array {
    const profile = {
      handle: null,
      sequence: ++this.#sequence,
      validUntil: Date.now() + DAY,
      listed: true,
      withdrawn: false,
      roots: [],
      fields: { name: 'somebody', about: '' },
      ...said
    }
    return signProfile(this.keyPair, profile, sealedFor)
  }
}
