// A default that was lowered by bytes or count reaches rooms that rest, too. No index says which keep more:
// so all are looked through once, slowly, when it has become less than what they were held to. Rooms that
// are written to need none of this. Never looks at age: see sweep.ts.

import type { RoomId } from '../protocol/bytes.ts'
import { decode, encode } from '../protocol/codec.ts'
import type { Retention } from '../protocol/retention.ts'
import { isSame, longer, retentionCodec, UNBOUNDED } from '../protocol/retention.ts'
import { limits } from '../limits.ts'
import type { Store } from '../storage/store.ts'
import type { Use } from './count.ts'
import { isTooMuch } from './expiry.ts'

/** What all rooms are held to. While they are looked through it is still what they were held to before. */
const NOTE = 'held-to'

export interface LoweringOptions {
  store: Store
  /** What the operator allows now. */
  most: () => Retention
  /** All rooms, after one of them or from the first on. */
  rooms: (after: RoomId | null) => Promise<AsyncIterable<RoomId>>
  /** What one takes, open or not; null if it is not kept any more. */
  useOf: (id: RoomId) => Promise<Use | null>
  /** Has one let go of what it need not keep. */
  expire: (id: RoomId) => Promise<void>
}

export class Lowering {
  readonly #options: LoweringOptions
  readonly #pauseMs: number
  #heldTo: Retention | null = null
  #running: Promise<void> | null = null
  #closed = false
  #wake: () => void = () => {}

  constructor(options: LoweringOptions, pauseMs: number = limits.lowerPauseMs) {
    this.#options = options
    this.#pauseMs = pauseMs
  }

  /** Resolves when every room is held to what is allowed now. Costs nothing if they are. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** Ends after the room that it is at; the next start begins again. */
  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
    await this.#running?.catch(() => {})
  }

  async #run(): Promise<void> {
    const { store, most } = this.#options
    while (!this.#closed && store.writable) {
      const heldTo = (this.#heldTo ??= await read(store))
      const wanted = { ...most(), ageMs: 0 }
      if (isSame(heldTo, wanted)) return
      // Before any room grows to what is allowed now.
      const longest = longer(heldTo, wanted)
      await this.#note(longest)
      if (!isSame(longest, wanted) && (await this.#lower(wanted))) await this.#note(wanted)
    }
  }

  /** False if it came to an end before that of the rooms. */
  async #lower(wanted: Retention): Promise<boolean> {
    const { most, rooms, useOf, expire } = this.#options
    for (let last: RoomId | null = null; ;) {
      const batch: RoomId[] = []
      for await (const id of await rooms(last)) if (batch.push(id) === limits.lowerRooms) break
      for (const id of batch) {
        if (this.#closed || !isSame({ ...most(), ageMs: 0 }, wanted)) return false
        const use = await useOf(id)
        if (use !== null && isTooMuch(use, wanted)) await expire(id)
      }
      last = batch.at(-1) ?? null
      if (batch.length < limits.lowerRooms) return true
      await this.#pause()
    }
  }

  async #note(retention: Retention): Promise<void> {
    if (isSame(retention, this.#heldTo ?? UNBOUNDED)) return
    await this.#options.store.notes.set(NOTE, encode(retentionCodec, retention))
    this.#heldTo = retention
  }

  async #pause(): Promise<void> {
    if (this.#closed) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      setTimeout(resolve, this.#pauseMs).unref()
    })
  }
}

async function read(store: Store): Promise<Retention> {
  const note = await store.notes.get(NOTE)
  return note === null ? UNBOUNDED : decode(retentionCodec, note)
}
