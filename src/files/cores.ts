// The cores of a room's files: one index, and as many for content as generations wrote some. Owns when
// they are made, when new ones begin, and that a core which may have been rolled back is never appended to.

import b4a from 'b4a'
import type Hypercore from 'hypercore'
import type { CoreKey, RoomId } from '../protocol/bytes.ts'
import { shuttingDown } from '../protocol/errors.ts'
import { randomBytes } from '../protocol/derive.ts'
import { decodeFileRecord, IndexKind } from '../protocol/files-index.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import type { ContentCores } from './content.ts'
import type { FilesRecord } from './files-record.ts'
import { dropFilesRecord, readFilesRecord, writeFilesRecord } from './files-record.ts'
import { coreName, IndexCore } from './index-core.ts'

export class Cores implements ContentCores {
  readonly #store: Store
  readonly #id: RoomId
  readonly #now: () => number
  readonly #contents = new Map<number, Promise<Hypercore>>()
  #record: FilesRecord | null
  #index: IndexCore | null = null
  #closed = false
  #writable: Promise<void> | null = null
  /** The index before the last move: whoever reads in it may end that. */
  #retired: IndexCore | null = null

  private constructor(store: Store, id: RoomId, now: () => number, record: FilesRecord | null) {
    this.#store = store
    this.#id = id
    this.#now = now
    this.#record = record
  }

  static async open(store: Store, id: RoomId, now: () => number): Promise<Cores> {
    const record = await readFilesRecord(store, id)
    const cores = new Cores(store, id, now, record)
    if (record !== null) cores.#index = await IndexCore.open(store, id, record.index)
    return cores
  }

  /**
   * Clears every core of a room's files, and forgets them; not while they are open. One that a crash ends
   * is to be done again.
   *
   * @returns the bytes that were kept in them
   */
  static async erase(store: Store, id: RoomId): Promise<number> {
    const record = await readFilesRecord(store, id)
    if (record === null) return 0
    let bytes = 0
    for (const name of [record.index, ...record.contents, ...record.discarded]) {
      const core = await store.openCore(coreName(id, name))
      bytes += core.byteLength
      await core.clear(0, core.length)
      await core.close()
    }
    await dropFilesRecord(store, id)
    return bytes
  }

  /** Null as long as the room has no files. */
  get index(): IndexCore | null {
    return this.#index
  }

  /** A content core by its position; opened on demand. What is appended is not synced: see `content.ts`. */
  core(position: number): Promise<Hypercore> {
    // What goes on beside a close, as clearing does, must not leave a core open behind it.
    if (this.#closed) return Promise.reject(shuttingDown())
    let core = this.#contents.get(position)
    if (core === undefined) {
      const name = this.#record?.contents[position]
      if (name === undefined) return Promise.reject(new Error('an entry names a core that is not'))
      core = this.#store.openCore(this.#nameOf(name), { synced: false })
      core.catch(() => this.#contents.delete(position))
      this.#contents.set(position, core)
    }
    return core
  }

  /** Position of the content core to append to. After this the index may be written to as well. */
  async writable(): Promise<number> {
    if (this.#record?.generation !== this.#store.generation) {
      this.#writable ??= this.#begin().finally(() => {
        this.#writable = null
      })
      await this.#writable
    }
    return (this.#record?.contents.length ?? 0) - 1
  }

  /** Every core there is, and their keys. */
  async all(): Promise<{ index: IndexCore | null; contents: Hypercore[] }> {
    const contents: Hypercore[] = []
    for (let i = 0; i < (this.#record?.contents.length ?? 0); i++) contents.push(await this.core(i))
    return { index: this.#index, contents }
  }

  /** Key of the index that is there now. */
  get key(): CoreKey | null {
    return this.#index?.key ?? null
  }

  /** Whether more of the index is dead than lives. */
  get isMostlyDead(): boolean {
    if (this.#index === null) return false
    const { liveBytes } = this.#index.totals
    const dead = this.#index.byteLength - liveBytes
    return dead > Math.max(2 * liveBytes, limits.indexDeadBytesMin)
  }

  /**
   * Moves what lives to a new index. Not while anything is committed. A crash on the way leaves the old
   * one in place.
   */
  async move(): Promise<void> {
    await this.discard()
    const record = this.#record
    if (record === null) return
    await this.#moveTo(record, this.#store.generation, record.contents)
  }

  /** Opens the index anew, after a commit that failed: it may remember what was never written. */
  async renew(): Promise<void> {
    const index = this.#index
    if (index === null || this.#record === null) return
    await index.close()
    this.#index = await IndexCore.open(this.#store, this.#id, this.#record.index)
  }

  /** Clears index cores of which nothing is needed. */
  async discard(): Promise<void> {
    const record = this.#record
    if (record === null || record.discarded.length === 0) return
    await this.#retired?.close()
    this.#retired = null
    for (const name of record.discarded) {
      const core = await this.#store.openCore(this.#nameOf(name))
      await core.clear(0, core.length)
      await core.close()
    }
    await this.#write({ ...record, discarded: [] })
  }

  async close(): Promise<void> {
    this.#closed = true
    const contents = [...this.#contents.values()]
    this.#contents.clear()
    for (const core of contents) await (await core.catch(() => null))?.close()
    await this.#retired?.close()
    await this.#index?.close()
    this.#retired = null
    this.#index = null
  }

  #nameOf(name: Uint8Array): string {
    return coreName(this.#id, name)
  }

  async #write(record: FilesRecord): Promise<void> {
    await writeFilesRecord(this.#store, this.#id, record)
    this.#record = record
  }

  /** The first cores of the room, or of a new generation: with what lived in the index before. */
  async #begin(): Promise<void> {
    const { generation } = this.#store
    const content = randomBytes(16)
    if (this.#record !== null) {
      return this.#moveTo(this.#record, generation, [...this.#record.contents, content])
    }
    const index = randomBytes(16)
    await this.#write({ generation, index, contents: [content], discarded: [] })
    this.#index = await IndexCore.open(this.#store, this.#id, index)
  }

  async #moveTo(
    record: FilesRecord,
    generation: number,
    contents: readonly Uint8Array[]
  ): Promise<void> {
    const old = this.#index
    if (old === null) throw new Error('no index to move')
    const name = randomBytes(16)
    await this.#write({ ...record, discarded: [...record.discarded, name] })
    const index = await IndexCore.open(this.#store, this.#id, name)
    await this.#copy(old, index)
    const discarded = [...record.discarded, record.index]
    await this.#write({ generation, index: name, contents, discarded })
    await this.#store.sync()
    this.#index = index
    await this.#retired?.close()
    this.#retired = old
  }

  async #copy(from: IndexCore, to: IndexCore): Promise<void> {
    const until = this.#now() - limits.tombstoneTtlMs
    const range = { lt: b4a.from([IndexKind.totals]) }
    let totals = { files: 0, contentBytes: 0, liveBytes: 0 }
    let batch = to.batch()
    let count = 0
    for await (const { key, value } of from.bee.createReadStream(range, { wait: false })) {
      const { entry, storedAt } = decodeFileRecord(value)
      if (entry.deleted && storedAt <= until) continue
      await batch.put(key, value)
      totals = {
        files: totals.files + (entry.deleted || key[0] !== IndexKind.current ? 0 : 1),
        contentBytes: from.totals.contentBytes,
        liveBytes: totals.liveBytes + key.byteLength + value.byteLength
      }
      if (++count % limits.fileBlocksTogether > 0) continue
      await batch.flush()
      batch = to.batch()
    }
    await to.putTotals(batch, totals)
    await batch.flush()
    to.committed(totals)
  }
}
