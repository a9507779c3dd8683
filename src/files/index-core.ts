// The index of a room's files: a Hyperbee of entries. Owns how it is read; what a commit writes is in
// commit.ts. Never waits for a block that is not here.

import b4a from 'b4a'
import Hyperbee from 'hyperbee'
import type { Batch, Entry, Range } from 'hyperbee'
import type { RoomId } from '../protocol/bytes.ts'
import type { CoreKey } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { byte, decode, encode, struct, uint } from '../protocol/codec.ts'
import type { FileRecord } from '../protocol/files-index.ts'
import {
  currentKey,
  decodeFileRecord,
  IndexKind,
  olderKey,
  parseIndexKey
} from '../protocol/files-index.ts'
import type { StoredFile } from '../protocol/files-messages.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'

/** An entry, with where its content is. */
export interface Found extends FileRecord {
  key: Uint8Array
  seq: number
}

/** What an index says of itself, written with every commit. */
export interface IndexTotals {
  /** Entries that stand, tombstones left out. */
  files: number
  /** Bytes of all content that entries refer to. */
  contentBytes: number
  /** Bytes of keys and values that live. */
  liveBytes: number
}

const NONE: IndexTotals = Object.freeze({ files: 0, contentBytes: 0, liveBytes: 0 })
const TOTALS = b4a.from([IndexKind.totals])
const totalsCodec = struct({ format: byte, files: uint, contentBytes: uint, liveBytes: uint })
const LOCAL = { wait: false }
type Reader = Batch<Uint8Array, Uint8Array>

export class IndexCore {
  readonly bee: Hyperbee
  #totals: IndexTotals = NONE
  /** Looks keys up: it remembers the upper nodes of the tree, of which a large commit makes large blocks. */
  #lookups: Reader | null = null

  private constructor(bee: Hyperbee) {
    this.bee = bee
  }

  /** Opens the index of this name, made if missing: so that it has a length, its totals are written at once. */
  static async open(store: Store, id: RoomId, name: Uint8Array): Promise<IndexCore> {
    const bee = new Hyperbee(await store.openCore(coreName(id, name)), {
      keyEncoding: 'binary',
      valueEncoding: 'binary',
      extension: false
    })
    await bee.ready()
    const index = new IndexCore(bee)
    const kept = await bee.get(TOTALS, LOCAL)
    if (kept === null) {
      const batch = index.batch()
      await index.putTotals(batch, NONE)
      await batch.flush()
    } else {
      const { format: _, ...totals } = decode(totalsCodec, kept.value)
      index.#totals = totals
    }
    return index
  }

  get key(): CoreKey {
    return this.bee.core.key as CoreKey
  }

  /** Seq that the next entry will get. */
  get length(): number {
    return this.bee.core.length
  }

  get byteLength(): number {
    return this.bee.core.byteLength
  }

  get totals(): IndexTotals {
    return this.#totals
  }

  /** The entry that stands under a key, a tombstone too. */
  async get(key: Uint8Array): Promise<Found | null> {
    this.#lookups ??= this.batch()
    const node = await this.#lookups.get(currentKey(key))
    return node === null ? null : { ...decodeFileRecord(node.value), key, seq: node.seq }
  }

  /** The very entry of a seq, whether it still stands or not. */
  async at(key: Uint8Array, seq: number): Promise<Found | null> {
    const [found = null] = await this.atAll([{ key, seq }])
    return found
  }

  /** The same for many, with one look at the index. */
  atAll(wanted: readonly { key: Uint8Array; seq: number }[]): Promise<(Found | null)[]> {
    return this.#read((reader) =>
      Promise.all(wanted.map(({ key, seq }) => this.#at(reader, key, seq)))
    )
  }

  async #at(reader: Reader, key: Uint8Array, seq: number): Promise<Found | null> {
    if (seq < 1 || seq >= this.length) return null
    const node = await reader.getBySeq(seq)
    if (node === null || node.value === null) return null
    const parsed = parseIndexKey(node.key)
    if (parsed === null || !b4a.equals(parsed.key, key)) return null
    return { ...decodeFileRecord(node.value), key, seq }
  }

  /** Entries of a folder, tombstones left out; fewer than `limit` if there are no more. */
  async list(folder: Uint8Array, after: Uint8Array | null, limit: number): Promise<Found[]> {
    const lte = currentKey(b4a.concat([folder, b4a.alloc(32, 0xff)]))
    let gt = after === null ? null : currentKey(b4a.concat([folder, after]))
    const found: Found[] = []
    for (let seen = limit; seen === limit && found.length < limit;) {
      seen = 0
      const from = gt === null ? { gte: currentKey(b4a.concat([folder, b4a.alloc(32)])) } : { gt }
      // With a limit, or the library reads ahead as far as the index goes.
      for (const { key, value, seq } of await this.#range({ ...from, lte, limit })) {
        seen++
        gt = key
        const record = decodeFileRecord(value)
        if (record.entry.deleted || found.length === limit) continue
        found.push({ ...record, key: key.subarray(1), seq })
      }
    }
    return found
  }

  async #range(range: Range<Uint8Array>): Promise<Entry<Uint8Array, Uint8Array>[]> {
    return this.#read(async (reader) => {
      const entries: Entry<Uint8Array, Uint8Array>[] = []
      for await (const entry of reader.createReadStream(range)) entries.push(entry)
      return entries
    })
  }

  /** Older entries of a key, newest first; of the index, or as a commit sees it that is being made. */
  older(key: Uint8Array, batch: Reader | null = null): Promise<Found[]> {
    return batch === null ? this.#read((reader) => olderOf(reader, key)) : olderOf(batch, key)
  }

  /** Blocks from a seq on, as what they say: null for one that is no entry that stood. */
  async history(seq: number, count: number): Promise<(Found | null)[]> {
    const end = Math.min(this.length, seq + count)
    return this.#read((reader) => {
      const found: Promise<Found | null>[] = []
      for (let i = Math.max(1, seq); i < end; i++) found.push(stood(reader, i))
      return Promise.all(found)
    })
  }

  batch(): Batch<Uint8Array, Uint8Array> {
    return this.bee.batch({ ...LOCAL, maxBlocksCached: limits.fileBlocksTogether })
  }

  async putTotals(batch: Batch<Uint8Array, Uint8Array>, totals: IndexTotals): Promise<void> {
    await batch.put(TOTALS, encode(totalsCodec, { format: 1, ...totals }))
  }

  /** Those that were written with a batch, once that is synced. */
  committed(totals: IndexTotals): void {
    this.#totals = totals
    const lookups = this.#lookups
    this.#lookups = null
    lookups?.close().catch(() => {}) // it has nothing to end
  }

  async close(): Promise<void> {
    await this.bee.close()
  }

  /**
   * Reads by way of a batch that writes nothing: a Hyperbee's own reads make a session of the core each,
   * which costs more than what they read. Blocks of an index never change, so none is needed.
   */
  async #read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const reader = this.batch()
    try {
      return await work(reader)
    } finally {
      await reader.close()
    }
  }
}

async function olderOf(reader: Reader, key: Uint8Array): Promise<Found[]> {
  const range = {
    gte: olderKey(key, 0),
    lte: olderKey(key, Number.MAX_SAFE_INTEGER),
    reverse: true
  }
  const found: Found[] = []
  for await (const { value, seq } of reader.createReadStream(range)) {
    found.push({ ...decodeFileRecord(value), key, seq })
  }
  return found
}

async function stood(reader: Reader, seq: number): Promise<Found | null> {
  const node = await reader.getBySeq(seq)
  const parsed = node === null ? null : parseIndexKey(node.key)
  if (node === null || parsed === null || parsed.older !== null) return null
  return { ...decodeFileRecord(node.value), key: parsed.key, seq }
}

/** Of any core of a room's files. */
export function coreName(id: RoomId, name: Uint8Array): string {
  return `files/${mapKey(id)}/${mapKey(name)}`
}

/** As it travels. */
export function toStored({ key, seq, storedAt, entry }: Found): StoredFile {
  return { key, seq, storedAt, ...entry }
}
