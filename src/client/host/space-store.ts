// What this device keeps of its owner's public space, so as to serve it: the entries that stand, and their
// content as it was sealed. Two cores of the profile, which nobody replicates. Knows of no network.

import Hyperbee from 'hyperbee'
import type { Batch, Entry } from 'hyperbee'
import type Hypercore from 'hypercore'
import b4a from 'b4a'
import type { CoreKey } from '../../protocol/bytes.ts'
import type { Blob, FileRecord } from '../../protocol/files-index.ts'
import {
  currentKey,
  decodeFileRecord,
  encodeFileRecord,
  parseIndexKey
} from '../../protocol/files-index.ts'
import type { StoredFile } from '../../protocol/files-messages.ts'
import { clientLimits } from '../limits.ts'
import type { Profile } from '../profile/profile.ts'
import { blocksOf, grown } from './blobs.ts'
import { Staged } from './staged.ts'

/** An entry, with where its content is. */
export interface Kept extends FileRecord {
  key: Uint8Array
  seq: number
}

interface Write {
  key: Uint8Array
  record: FileRecord
  done: (error: Error | null) => void
}

type Reader = Batch<Uint8Array, Uint8Array>

const LOCAL = { wait: false }
const { hostBatchEntries } = clientLimits

export class SpaceStore {
  readonly #bee: Hyperbee
  readonly #content: Hypercore
  readonly #listeners = new Set<() => void>()
  /** Appends of content, one after the other. */
  #appended: Promise<unknown> = Promise.resolve()
  #writes: Write[] = []
  #writing: Promise<void> | null = null
  /** Who reads content now; what is to be cleared when nobody does. */
  #readers = 0
  #doomed: Blob[] = []
  #closed = false

  private constructor(bee: Hyperbee, content: Hypercore) {
    this.#bee = bee
    this.#content = content
  }

  /** Opens what the profile has, made if missing; what a kill has left over is cleared. */
  static async open(profile: Profile): Promise<SpaceStore> {
    const bee = new Hyperbee(await profile.ownCore('space-index'), {
      keyEncoding: 'binary',
      valueEncoding: 'binary',
      extension: false
    })
    await bee.ready()
    const store = new SpaceStore(bee, await profile.ownCore('space-content'))
    await store.#tidy()
    return store
  }

  /** Names the index that `seq` counts in. */
  get key(): CoreKey {
    return this.#bee.core.key as CoreKey
  }

  /** Seq that the next entry will not be below. */
  get length(): number {
    return this.#bee.core.length
  }

  /** Calls back after each write; returns the end of it. */
  listen(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  /** The entry that stands under a key, a tombstone too. */
  async get(key: Uint8Array): Promise<Kept | null> {
    const node = await this.#read((reader) => reader.get(currentKey(key)))
    return node === null ? null : { ...decodeFileRecord(node.value), key, seq: node.seq }
  }

  /** The very entry of a seq, whether it still stands or not. */
  async at(key: Uint8Array, seq: number): Promise<Kept | null> {
    if (seq < 1 || seq >= this.length) return null
    const kept = await this.#read((reader) => entryAt(reader, seq))
    return kept !== null && b4a.equals(kept.key, key) ? kept : null
  }

  /** Entries of a folder, tombstones left out; fewer than `limit` if there are no more. */
  async list(folder: Uint8Array, after: Uint8Array | null, limit: number): Promise<Kept[]> {
    const lte = currentKey(b4a.concat([folder, b4a.alloc(32, 0xff)]))
    let from = after === null ? null : currentKey(b4a.concat([folder, after]))
    const found: Kept[] = []
    for (let seen = limit; seen === limit && found.length < limit;) {
      const first = currentKey(b4a.concat([folder, b4a.alloc(32)]))
      const range = { ...(from === null ? { gte: first } : { gt: from }), lte, limit }
      const entries = await this.#read((reader) => all(reader.createReadStream(range)))
      seen = entries.length
      from = entries.at(-1)?.key ?? from
      for (const { key, value, seq } of entries) {
        const record = decodeFileRecord(value)
        if (record.entry.deleted || found.length === limit) continue
        found.push({ ...record, key: key.subarray(1), seq })
      }
    }
    return found
  }

  /** Blocks from a seq on, as what they say: null for one that is no entry. */
  history(seq: number, count: number): Promise<(Kept | null)[]> {
    const end = Math.min(this.length, seq + count)
    return this.#read((reader) => {
      const found: Promise<Kept | null>[] = []
      for (let i = Math.max(1, seq); i < end; i++) found.push(entryAt(reader, i))
      return Promise.all(found)
    })
  }

  /** Chunks from number `chunk` on, up to, not including, `until`; fewer, if they are not all kept. */
  async chunks(blobs: readonly Blob[], chunk: number, until: number): Promise<Uint8Array[]> {
    const blocks = [...blocksOf(blobs, chunk, until)]
    const found = await Promise.all(blocks.map((block) => this.#content.get(block, LOCAL)))
    const end = found.indexOf(null)
    return (end === -1 ? found : found.slice(0, end)) as Uint8Array[]
  }

  /** Nothing is cleared until what it gives is called. */
  hold(): () => void {
    this.#readers++
    let once = true
    return () => {
      if (!once) return
      once = false
      this.#readers--
      void this.#clear()
    }
  }

  /** Content on its way in: shows once it was put with its entry. */
  stage(): Staged {
    return new Staged(
      (blobs, chunks) => this.#append(blobs, chunks),
      (blobs) => this.#doom(blobs)
    )
  }

  /** Has an entry stand under a key; what stood there is gone. Resolves once it is written. */
  put(key: Uint8Array, record: FileRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error))
      this.#writes.push({ key, record, done })
      this.#writing ??= this.#write()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
    await this.#appended
    await this.#writing
    await this.#bee.close()
    await this.#content.close()
  }

  #append(blobs: readonly Blob[], chunks: readonly Uint8Array[]): Promise<Blob[]> {
    const appended = this.#appended.then(async () => {
      const { length: block, byteLength: byte } = this.#content
      await this.#content.append(chunks)
      return grown(blobs, { block, byte }, chunks)
    })
    this.#appended = appended.catch(() => {}) // its caller is told
    return appended
  }

  async #write(): Promise<void> {
    // Those of one turn together.
    await Promise.resolve()
    while (this.#writes.length > 0) {
      const writes = this.#writes.splice(0, hostBatchEntries)
      const error = await this.#flush(writes).then(
        () => null,
        (err: Error) => err
      )
      for (const { done } of writes) done(error)
      if (error === null) for (const changed of this.#listeners) changed()
    }
    this.#writing = null
  }

  async #flush(writes: readonly Write[]): Promise<void> {
    const batch = this.#batch()
    const gone: Blob[] = []
    try {
      for (const { key, record } of writes) {
        const before = await batch.get(currentKey(key))
        if (before !== null) gone.push(...decodeFileRecord(before.value).blobs)
        await batch.put(currentKey(key), encodeFileRecord(record))
      }
      await batch.flush()
    } catch (err) {
      await batch.close()
      throw err
    }
    this.#doom(gone)
  }

  #doom(blobs: readonly Blob[]): void {
    this.#doomed.push(...blobs)
    void this.#clear()
  }

  async #clear(): Promise<void> {
    if (this.#readers > 0 || this.#closed) return
    for (const { blockOffset, blockLength } of this.#doomed.splice(0)) {
      // What can't be cleared now is when this is opened next.
      await this.#content.clear(blockOffset, blockOffset + blockLength).catch(() => {})
    }
  }

  /** Clears content that no entry has. */
  async #tidy(): Promise<void> {
    const used: { start: number; end: number }[] = []
    const range = { gte: currentKey(b4a.alloc(64)), lte: currentKey(b4a.alloc(64, 0xff)) }
    await this.#read(async (reader) => {
      for await (const { value } of reader.createReadStream(range)) {
        for (const { blockOffset: start, blockLength } of decodeFileRecord(value).blobs) {
          used.push({ start, end: start + blockLength })
        }
      }
    })
    let at = 0
    const { length } = this.#content
    const ends = [...used.toSorted((a, b) => a.start - b.start), { start: length, end: length }]
    for (const { start, end } of ends) {
      for (let block = at; block < start; block++) {
        if (!(await this.#content.has(block))) continue
        await this.#content.clear(block, start)
        break
      }
      at = Math.max(at, end)
    }
  }

  #batch(): Reader {
    return this.#bee.batch({ ...LOCAL, maxBlocksCached: hostBatchEntries })
  }

  /** By way of a batch that writes nothing: a Hyperbee's own reads make a session of the core each. */
  async #read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const reader = this.#batch()
    try {
      return await work(reader)
    } finally {
      await reader.close()
    }
  }
}

/** As it travels. */
export function toStored({ key, seq, storedAt, entry }: Kept): StoredFile {
  return { key, seq, storedAt, ...entry }
}

async function entryAt(reader: Reader, seq: number): Promise<Kept | null> {
  const node = await reader.getBySeq(seq)
  const parsed = node === null || node.value === null ? null : parseIndexKey(node.key)
  if (node === null || parsed === null || parsed.older !== null) return null
  return { ...decodeFileRecord(node.value), key: parsed.key, seq }
}

async function all(
  entries: AsyncIterable<Entry<Uint8Array, Uint8Array>>
): Promise<Entry<Uint8Array, Uint8Array>[]> {
  const found: Entry<Uint8Array, Uint8Array>[] = []
  for await (const entry of entries) found.push(entry)
  return found
}
