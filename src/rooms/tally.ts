// The tally: how many rooms, messages and bytes are kept, exactly, also after a kill. The logs are the
// truth. Notes have what was ever counted, and mark the rooms that may have been written to since: only
// these are counted again at a start. What is gone is a note too, changed together with the records.

import b4a from 'b4a'
import type { RoomId } from '../protocol/bytes.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { Codec } from '../protocol/codec.ts'
import { decode, encode, struct, uint } from '../protocol/codec.ts'
import type { Change } from '../storage/notes.ts'
import type { Store } from '../storage/store.ts'
import { countFrom, UNCOUNTED } from './count.ts'
import type { Registry } from './registry.ts'
import type { Account, Counts, Mark } from './shard.ts'
import { Shard } from './shard.ts'

export type { Account, Counts, Reach } from './shard.ts'

export interface Totals {
  /** Rooms kept. */
  rooms: number
  /** Messages ever stored, and bytes of the pages that they came in. */
  messages: number
  bytes: number
  /** Of these, what is kept. */
  messagesKept: number
  bytesKept: number
}

export const NOTHING_KEPT: Readonly<Totals> = Object.freeze({
  rooms: 0,
  messages: 0,
  bytes: 0,
  messagesKept: 0,
  bytesKept: 0
})

/** A shard has the rooms whose id begins alike: 64 small notes instead of one large one. */
const SHARDS = 64
const IDS_PER_SHARD = 256 / SHARDS
/** Rooms that are counted at a time. */
const BATCH = 64
/** The note that says that the others are all there; its value is the opening of the store that kept them. */
const DONE = 'tally'
/** The note of what expired or was deleted. */
const GONE = 'tally/gone'

const counts: Codec<Counts> = struct({ rooms: uint, messages: uint, bytes: uint })

export class Tally {
  readonly #shards: readonly Shard[]
  #gone: Counts = { rooms: 0, messages: 0, bytes: 0 }

  private constructor(shards: readonly Shard[]) {
    this.#shards = shards
  }

  /** Reads what was counted, and counts what has to be counted again; all of it if there is no tally yet. */
  static async open(store: Store, registry: Registry): Promise<Tally> {
    const kept = await Tally.#read(store)
    const tally = kept?.tally ?? Tally.#empty(store)
    if (kept !== null) {
      for (let i = 0; i < kept.marks.length; i += BATCH) {
        await tally.#count(store, registry, kept.marks.slice(i, i + BATCH), false)
      }
      await tally.#keep(store)
      return tally
    }
    let batch: Mark[] = []
    for await (const id of registry.ids()) {
      if (batch.push({ id, ...UNCOUNTED }) < BATCH) continue
      await tally.#count(store, registry, batch, true)
      batch = []
    }
    await tally.#count(store, registry, batch, true)
    await Promise.all(tally.#shards.map((shard) => shard.keep()))
    await store.notes.write([tally.letGo(NOTHING_KEPT)])
    await tally.#keep(store)
    return tally
  }

  /** As of now. */
  get totals(): Totals {
    const gone = this.#gone
    const totals = { ...NOTHING_KEPT, rooms: -gone.rooms }
    for (const { now } of this.#shards) {
      totals.rooms += now.rooms
      totals.messages += now.messages
      totals.bytes += now.bytes
    }
    totals.messagesKept = totals.messages - gone.messages
    totals.bytesKept = totals.bytes - gone.bytes
    return totals
  }

  /** So much more is gone: the change that says so, to be written in this turn, with what let go of it. */
  letGo({ rooms, messages, bytes }: Counts): Change {
    const gone = this.#gone
    gone.rooms += rooms
    gone.messages += messages
    gone.bytes += bytes
    return { name: GONE, value: encode(counts, gone) }
  }

  /** Once a room is closed that is about to be forgotten: it is not to be counted again. */
  settle(id: RoomId): Promise<void> {
    return this.#shardOf(id).settle(id)
  }

  /** The account of a room that is being opened; close it with the room. */
  account(id: RoomId): Account {
    return this.#shardOf(id).account(id)
  }

  /** Once all rooms are closed: leaves nothing to be counted at the next start. */
  async close(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.fold()))
  }

  static #empty(store: Store): Tally {
    const names = Array.from({ length: SHARDS }, (_, i) => `${DONE}/${i}`)
    return new Tally(names.map((name) => new Shard(store.notes, name)))
  }

  /**
   * Null if nothing was counted yet, or not in a way that we understand; or if somebody else had the store
   * open since, who does not count: an earlier version.
   */
  static async #read(store: Store): Promise<{ tally: Tally; marks: Mark[] } | null> {
    const kept = await store.notes.get(DONE)
    if (kept === null || !store.openings.includes(b4a.toString(kept))) return null
    const tally = Tally.#empty(store)
    try {
      const marks = await Promise.all(tally.#shards.map((shard) => shard.read()))
      const gone = await store.notes.get(GONE)
      if (gone === null) return null
      tally.#gone = decode(counts, gone)
      return { tally, marks: marks.flat() }
    } catch (err) {
      if (err instanceof RootPeerError && err.code === 'BAD_FRAME') return null
      throw err
    }
  }

  async #count(
    store: Store,
    registry: Registry,
    marks: readonly Mark[],
    anew: boolean
  ): Promise<void> {
    await Promise.all(
      marks.map(async (mark) => {
        const { counts, gone } = await countFrom(store, registry, mark)
        this.#shardOf(mark.id).add(counts)
        if (anew) this.letGo({ rooms: 0, ...gone })
      })
    )
  }

  // Synced, or a power cut would have all of it counted anew.
  async #keep(store: Store): Promise<void> {
    await store.notes.set(DONE, b4a.from(store.openings.at(-1) ?? ''))
    await store.sync()
  }

  #shardOf(id: RoomId): Shard {
    return this.#shards[Math.floor((id[0] ?? 0) / IDS_PER_SHARD)] as Shard
  }
}
