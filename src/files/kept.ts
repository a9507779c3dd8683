// How many bytes the files of all rooms take. A clean end leaves the sum in a note; after any other the
// rooms that have files are counted again, one after the other, beside all else.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { decode, encode, uint } from '../protocol/codec.ts'
import type { Store } from '../storage/store.ts'

const NOTE = 'kept-files'

/** The files of a room that is open. */
interface Counted {
  readonly keptBytes: number
}

export class Kept {
  readonly #store: Store
  readonly #open = new Map<string, Counted>()
  /** Of rooms whose files are closed. */
  #closed: number
  /** Rooms that were counted; null once all are. */
  #counted: Set<string> | null

  private constructor(store: Store, sum: number | null) {
    this.#store = store
    this.#closed = sum ?? 0
    this.#counted = sum === null ? new Set() : null
  }

  static async open(store: Store): Promise<Kept> {
    const note = await store.notes.get(NOTE)
    if (note === null) return new Kept(store, null)
    // Until a clean end it says nothing: on disk before anything else is.
    await store.notes.write([{ name: NOTE, value: null }])
    await store.sync()
    return new Kept(store, decode(uint, note))
  }

  get bytes(): number {
    let bytes = this.#closed
    for (const { keptBytes } of this.#open.values()) bytes += keptBytes
    return bytes
  }

  /** Whether a room has still to be counted. */
  misses(id: RoomId): boolean {
    return this.#counted !== null && !this.#counted.has(mapKey(id))
  }

  /** The files of a room were opened. */
  opened(id: RoomId, files: Counted): void {
    const key = mapKey(id)
    if (this.misses(id)) this.#counted?.add(key)
    else this.#closed -= files.keptBytes
    this.#open.set(key, files)
  }

  /** They are being closed: nothing is committed any more. */
  closed(id: RoomId): void {
    const key = mapKey(id)
    this.#closed += this.#open.get(key)?.keptBytes ?? 0
    this.#open.delete(key)
  }

  /** The files of a room that is not open were erased. */
  erased(bytes: number): void {
    this.#closed -= bytes
  }

  /** All rooms are counted. */
  complete(): void {
    this.#counted = null
  }

  /** A clean end. */
  async close(): Promise<void> {
    if (this.#counted === null) await this.#store.notes.set(NOTE, encode(uint, this.bytes))
  }
}
