// What the registry says of a room that is open, and the one way in which it is changed. Here it changes
// at once, so that two changes at a time are both kept; on disk in the order of the calls.

import type { RoomId } from '../protocol/bytes.ts'
import type { Change } from '../storage/notes.ts'
import type { RoomRecord } from './record.ts'
import type { Registry } from './registry.ts'

export class Entry {
  readonly id: RoomId
  readonly #registry: Registry
  #record: RoomRecord

  constructor(id: RoomId, registry: Registry, record: RoomRecord) {
    this.id = id
    this.#registry = registry
    this.#record = record
  }

  get record(): RoomRecord {
    return this.#record
  }

  /**
   * Resolves when it is on disk. Should that fail, the store has to be opened anew, and the room with it.
   *
   * @param more what is to be written in the same moment
   */
  async change(change: Partial<RoomRecord>, more: readonly Change[] = []): Promise<void> {
    const before = this.#record
    this.#record = { ...before, ...change }
    await this.#registry.put(this.id, this.#record, before, more)
  }
}
