// What rooms take, their messages and their files together, and who answers for them: what quotas are
// counted from. Never counts anything itself.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Files } from '../files/files.ts'
import type { Founder } from '../rooms/record.ts'
import type { Room } from '../rooms/room.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Ledger, PayerKind, Use } from './payers.ts'

export class RoomsLedger implements Ledger {
  readonly #rooms: Rooms
  readonly #files: Files

  constructor(rooms: Rooms, files: Files) {
    this.#rooms = rooms
    this.#files = files
  }

  get totals(): { bytesKept: number } {
    return { bytesKept: this.#rooms.totals.bytesKept + this.#files.bytesKept }
  }

  founded(by: PayerKind, hash: Uint8Array): AsyncIterable<RoomId> {
    return this.#rooms.founded(by, hash)
  }

  founderOf(id: RoomId): Promise<Founder | null> {
    return this.#rooms.founderOf(id)
  }

  async useOf(id: RoomId): Promise<Use | null> {
    const use = await this.#rooms.useOf(id)
    return use === null ? null : withFiles(use, await this.#files.bytesOf(id))
  }

  /** What a room that is open takes, as of each call. */
  async watch(room: Room): Promise<() => Use> {
    const key = mapKey(room.id)
    let files = await this.#files.bytesOf(room.id)
    return () => {
      files = this.#files.bytesNow(key) ?? files
      return withFiles(room.use, files)
    }
  }
}

function withFiles({ messages, bytes }: Use, files: number): Use {
  return { messages, bytes: bytes + files }
}
