// Uploads that a profile remembers, so that a later run goes on with them: under which key each was sealed,
// and what of it was sent. Nothing else may ever be sealed under that key.

import type { PathKey, PeerKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { decode, encode, kept, struct, uint } from '../../protocol/codec.ts'
import type { Profile } from '../profile/profile.ts'

export interface KeptUpload {
  /** The root that has what was sent. */
  root: PeerKey
  /** 16 bytes: the attempt's name. */
  name: Uint8Array
  fileKey: Uint8Array
  /** Of the source, in bytes. */
  size: number
  /** Chunks that may have been sent, and the hash over them. */
  sent: number
  hash: Uint8Array
}

const codec = struct({
  generation: uint,
  root: kept<PeerKey>(32),
  name: kept(16),
  fileKey: kept(32),
  size: uint,
  sent: uint,
  hash: kept(32)
})

export class KeptUploads {
  readonly #profile: Profile
  readonly #room: string

  /** @param room the room's id as people read it. */
  constructor(profile: Profile, room: string) {
    this.#profile = profile
    this.#room = room
  }

  /** Null if there is none, or the profile may have gone back in time: then more may have been sent. */
  async recall(key: PathKey): Promise<KeptUpload | null> {
    const bytes = await this.#profile.get(this.#name(key))
    if (bytes === null) return null
    const { generation, ...upload } = decode(codec, bytes)
    return generation === this.#profile.generation ? upload : null
  }

  /** Resolves once it is kept: what it says was sent may be sent from then on. */
  async keep(key: PathKey, upload: KeptUpload): Promise<void> {
    const { generation } = this.#profile
    const value = encode(codec, { ...upload, generation })
    await this.#profile.write([{ name: this.#name(key), value }])
  }

  async forget(key: PathKey): Promise<void> {
    await this.#profile.write([{ name: this.#name(key), value: null }])
  }

  #name(key: PathKey): string {
    return `upload/${this.#room}/${mapKey(key)}`
  }
}
