// The registry: what can't be recomputed about rooms, a note each: which rooms exist, their segments, what
// is gone of them, what their owners want, and who founded them. Never holds totals: see tally.ts.

import b4a from 'b4a'
import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Change } from '../storage/notes.ts'
import type { Store } from '../storage/store.ts'
import { takeOver } from './old-registry.ts'
import type { Founder, RoomRecord } from './record.ts'
import { decodeRecord, encodeRecord } from './record.ts'

const ROOMS = 'room/'
const FOUNDERS = { holder: 'founded/h/', address: 'founded/a/' } as const
const NOTHING = b4a.alloc(0)

export class Registry {
  readonly #store: Store

  private constructor(store: Store) {
    this.#store = store
  }

  static async open(store: Store): Promise<Registry> {
    const registry = new Registry(store)
    await takeOver(store, (id, value) => registry.changesFor(id, value))
    return registry
  }

  async get(id: RoomId): Promise<RoomRecord | null> {
    const bytes = await this.#store.notes.get(nameOf(id))
    return bytes === null ? null : decodeRecord(bytes)
  }

  /** Every room that is kept. */
  async *ids(): AsyncGenerator<RoomId> {
    for await (const { name } of this.#store.notes.list(ROOMS)) yield idOf(name)
  }

  /** The rooms that somebody has founded, by the hash that the record has: at the cost of these alone. */
  async *founded(by: keyof Founder, hash: Uint8Array): AsyncGenerator<RoomId> {
    const prefix = `${FOUNDERS[by]}${mapKey(hash)}/`
    for await (const { name } of this.#store.notes.list(prefix)) yield idOf(name)
  }

  /**
   * Keeps a record, on disk when it resolves.
   *
   * @param more what is to be written in the same moment
   */
  async put(id: RoomId, value: RoomRecord, more: readonly Change[] = []): Promise<void> {
    await this.#store.notes.write([...this.changesFor(id, value), ...more])
    await this.#store.sync()
  }

  /** Forgets a room. See {@link Registry.put}. */
  async remove(id: RoomId, value: RoomRecord, more: readonly Change[] = []): Promise<void> {
    const names = this.changesFor(id, value).map(({ name }) => ({ name, value: null }))
    await this.#store.notes.write([...names, ...more])
    await this.#store.sync()
  }

  /** The notes that a record is. */
  changesFor(id: RoomId, value: RoomRecord): Change[] {
    const changes: Change[] = [{ name: nameOf(id), value: encodeRecord(value) }]
    const { founder } = value
    if (founder === null) return changes
    for (const by of ['holder', 'address'] as const) {
      const name = `${FOUNDERS[by]}${mapKey(founder[by])}/${mapKey(id)}`
      changes.push({ name, value: NOTHING })
    }
    return changes
  }
}

function nameOf(id: RoomId): string {
  return ROOMS + mapKey(id)
}

function idOf(name: string): RoomId {
  return b4a.from(name.slice(-64), 'hex') as RoomId
}
