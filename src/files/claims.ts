// Claims: content that the index may not refer to yet, or not any more, written down before either
// happens. After a crash a claim is settled by one rule: what the index refers to stays, what belongs to
// an upload waits for it, all else is cleared. Never touches a core.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { byte, decode, encode, fixed, list, optional, struct, uint } from '../protocol/codec.ts'
import { randomBytes } from '../protocol/derive.ts'
import type { Blob } from '../protocol/files-index.ts'
import { blobsCodec } from '../protocol/files-index.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'

/** Content that belongs to a key, if to anything. */
export interface ClaimItem {
  key: Uint8Array
  blobs: readonly Blob[]
}

export interface Claim {
  /** Names it within its room; an upload's is its attempt. */
  id: string
  /** Milliseconds since 1970. */
  since: number
  /** Size that the upload will have; null for a claim that is no upload. */
  upload: { size: number } | null
  items: readonly ClaimItem[]
}

const FORMAT = 1
const PREFIX = 'claim/'
const codec = struct({
  format: byte,
  since: uint,
  upload: optional(struct({ size: uint })),
  items: list(struct({ key: fixed(64), blobs: blobsCodec }), 2 * limits.fileBlocksTogether)
})

export class Claims {
  readonly #store: Store
  readonly #prefix: string

  constructor(store: Store, id: RoomId) {
    this.#store = store
    this.#prefix = `${PREFIX}${mapKey(id)}/`
  }

  /** An id for a claim that is no upload. */
  static newId(): string {
    return mapKey(randomBytes(8))
  }

  async all(): Promise<Claim[]> {
    const claims: Claim[] = []
    for await (const { name, value } of this.#store.notes.list(this.#prefix)) {
      const { since, upload, items } = decode(codec, value)
      claims.push({ id: name.slice(this.#prefix.length), since, upload, items })
    }
    return claims
  }

  /** Written when it resolves; synced with whatever is synced next. */
  async keep(...claims: readonly Claim[]): Promise<void> {
    await this.#store.notes.write(
      claims.map(({ id, ...claim }) => ({
        name: this.#prefix + id,
        value: encode(codec, { format: FORMAT, ...claim })
      }))
    )
  }

  async drop(id: string): Promise<void> {
    await this.#store.notes.write([{ name: this.#prefix + id, value: null }])
  }
}

/** Rooms that have a claim of `until` or before. Looks at every claim there is: at what is under way. */
export async function roomsWithClaims(store: Store, until: number): Promise<string[]> {
  const rooms = new Set<string>()
  for await (const { name, value } of store.notes.list(PREFIX)) {
    if (decode(codec, value).since > until) continue
    rooms.add(name.slice(PREFIX.length, name.lastIndexOf('/')))
  }
  return [...rooms]
}
