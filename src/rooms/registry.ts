// The registry: what can't be recomputed about rooms, a note each: which rooms exist, their segments, what
// is gone of them, what their owners want, and who founded them. Never holds totals: see tally.ts.

import b4a from 'b4a'
import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Codec } from '../protocol/codec.ts'
import { decode, encode, struct, uint } from '../protocol/codec.ts'
import type { Change } from '../storage/notes.ts'
import type { Store } from '../storage/store.ts'
import { takeOver } from './old-registry.ts'
import type { Founder, RoomRecord } from './record.ts'
import { lateAge } from './expiry.ts'
import { decodeRecord, encodeRecord } from './record.ts'

const ROOMS = 'room/'
const FOUNDERS = { holder: 'founded/h/', address: 'founded/a/' } as const
/** Rooms by when their oldest page was stored, and by when their owner wants it gone. */
const SINCE = 'since/'
const DUE = 'due/'
const TOMBS = 'tomb/'
const NOTHING = b4a.alloc(0)
const TIME_DIGITS = 12

/** Why a room is not kept again. */
export interface Tomb {
  deletedAt: number
  /** Until then, in milliseconds since 1970; 0 for ever. */
  until: number
}

const tomb: Codec<Tomb> = struct({ deletedAt: uint, until: uint })

export class Registry {
  readonly #store: Store

  private constructor(store: Store) {
    this.#store = store
  }

  static async open(store: Store): Promise<Registry> {
    await takeOver(store, changesFor)
    return new Registry(store)
  }

  async get(id: RoomId): Promise<RoomRecord | null> {
    const bytes = await this.#store.notes.get(nameOf(id))
    return bytes === null ? null : decodeRecord(bytes)
  }

  /** Every room that is kept, in the order of their ids; after one of them, if it is given. */
  async *ids(after: RoomId | null = null): AsyncGenerator<RoomId> {
    const last = after === null ? null : nameOf(after)
    for await (const { name } of this.#store.notes.list(ROOMS, last)) yield idOf(name)
  }

  /** The rooms that somebody has founded, by the hash that the record has: at the cost of these alone. */
  async *founded(by: keyof Founder, hash: Uint8Array): AsyncGenerator<RoomId> {
    const prefix = `${FOUNDERS[by]}${mapKey(hash)}/`
    for await (const { name } of this.#store.notes.list(prefix)) yield idOf(name)
  }

  /** Rooms whose oldest page was stored at `until` or before, the oldest first. */
  since(until: number): AsyncGenerator<RoomId> {
    return this.#upTo(SINCE, until)
  }

  /** Rooms whose owner wants their oldest page gone by `until` or before, the oldest first. */
  due(until: number): AsyncGenerator<RoomId> {
    return this.#upTo(DUE, until)
  }

  /** Why this room is not kept again; null if it may be. */
  async tomb(id: RoomId): Promise<Tomb | null> {
    const bytes = await this.#store.notes.get(TOMBS + mapKey(id))
    return bytes === null ? null : decode(tomb, bytes)
  }

  /** The change that keeps a room out, or with null lets it come again. */
  bury(id: RoomId, value: Tomb | null): Change {
    return { name: TOMBS + mapKey(id), value: value === null ? null : encode(tomb, value) }
  }

  /** Every room that is kept out. */
  async *tombs(): AsyncGenerator<{ id: RoomId; tomb: Tomb }> {
    for await (const { name, value } of this.#store.notes.list(TOMBS)) {
      yield { id: idOf(name), tomb: decode(tomb, value) }
    }
  }

  /**
   * Keeps a record, on disk when it resolves. Writes in the turn of the call.
   *
   * @param before what it takes the place of; null if the room is new
   * @param more what is to be written in the same moment
   */
  async put(
    id: RoomId,
    value: RoomRecord,
    before: RoomRecord | null,
    more: readonly Change[] = []
  ): Promise<void> {
    const changes = changesFor(id, value)
    const stay = new Set(changes.map(({ name }) => name))
    const go = before === null ? [] : namesFor(id, before).filter((name) => !stay.has(name))
    await this.write([...go.map((name) => ({ name, value: null })), ...changes, ...more])
  }

  /** Forgets a room. See {@link Registry.put}. */
  async remove(id: RoomId, value: RoomRecord, more: readonly Change[] = []): Promise<void> {
    const names = [nameOf(id), ...namesFor(id, value)]
    await this.write([...names.map((name) => ({ name, value: null })), ...more])
  }

  async write(changes: readonly Change[]): Promise<void> {
    await this.#store.notes.write(changes)
    await this.#store.sync()
  }

  async *#upTo(prefix: string, until: number): AsyncGenerator<RoomId> {
    const end = prefix + timeOf(Math.max(0, until + 1))
    for await (const { name } of this.#store.notes.list(prefix)) {
      if (name >= end) return
      yield idOf(name)
    }
  }
}

/** The notes that a record is. */
export function changesFor(id: RoomId, value: RoomRecord): Change[] {
  return [
    { name: nameOf(id), value: encodeRecord(value) },
    ...namesFor(id, value).map((name) => ({ name, value: NOTHING }))
  ]
}

/** By which a room is found otherwise than by its id. */
function namesFor(id: RoomId, { founder, since, retention }: RoomRecord): string[] {
  const room = mapKey(id)
  const names: string[] = []
  if (founder !== null) {
    names.push(`${FOUNDERS.holder}${mapKey(founder.holder)}/${room}`)
    names.push(`${FOUNDERS.address}${mapKey(founder.address)}/${room}`)
  }
  const ageMs = retention?.ageMs ?? 0
  if (since > 0) names.push(`${SINCE}${timeOf(since)}/${room}`)
  if (since > 0 && ageMs > 0) names.push(`${DUE}${timeOf(since + lateAge(ageMs))}/${room}`)
  return names
}

function timeOf(ms: number): string {
  return Math.min(ms, 2 ** (4 * TIME_DIGITS) - 1)
    .toString(16)
    .padStart(TIME_DIGITS, '0')
}

function nameOf(id: RoomId): string {
  return ROOMS + mapKey(id)
}

function idOf(name: string): RoomId {
  return b4a.from(name.slice(-64), 'hex') as RoomId
}
