// Who pays for what is kept: the holder and the address that a room was registered by. What each has is
// summed from the rooms it founded when it is first needed, and kept up to date in memory while it is in
// use: nothing is written for it, and a kill changes nothing.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import type { Room } from '../rooms/room.ts'
import { Quota } from './quota.ts'

export type PayerKind = 'holder' | 'address'

/** What is kept of a room. */
export interface Use {
  messages: number
  bytes: number
}

/** The rooms, as far as they must be known to say who pays for them. */
export interface Ledger {
  readonly totals: { readonly bytesKept: number }
  founded(by: PayerKind, hash: Uint8Array): AsyncIterable<RoomId>
  /** Null if it is not kept any more. */
  useOf(id: RoomId): Promise<Use | null>
  /** What a room that is open takes, as of each call. */
  watch(room: Room): Promise<() => Use>
}

export interface PayerLimits {
  rooms: number
  bytes: number
}

export class Payer {
  readonly kind: PayerKind
  readonly hash: Uint8Array
  readonly rooms: Quota
  readonly bytes: Quota
  /** Who keeps it in memory. */
  users = 0
  /** Resolves once it was summed. */
  loaded: Promise<void> = Promise.resolve()
  /** Rooms that are summed already; null once all are. */
  #summed: Set<string> | null = new Set()
  /** The room that is being looked at, and whether it changed meanwhile. */
  #looking: { id: string; changed: boolean } | null = null

  constructor(kind: PayerKind, hash: Uint8Array, { rooms, bytes }: PayerLimits) {
    this.kind = kind
    this.hash = hash
    this.rooms = new Quota(`${kind}-rooms`, rooms)
    this.bytes = new Quota(`${kind}-bytes`, bytes)
  }

  limit({ rooms, bytes }: PayerLimits): void {
    this.rooms.limit = rooms
    this.bytes.limit = bytes
  }

  async load(ledger: Ledger): Promise<void> {
    const summed = this.#summed as Set<string>
    for await (const id of ledger.founded(this.kind, this.hash)) {
      const name = mapKey(id)
      if (summed.has(name)) continue
      const use = await this.#look(ledger, id, name)
      summed.add(name)
      if (use === null) continue
      this.rooms.use(1)
      this.bytes.use(use.bytes)
    }
    this.#summed = null
  }

  /** A room of this payer was registered. */
  registered(id: string): void {
    this.#summed?.add(id)
    this.rooms.use(1)
  }

  /** A room of this payer takes so much more, or less. */
  changed(id: string, bytes: number): void {
    if (this.#looking?.id === id) this.#looking.changed = true
    if (this.#counts(id)) this.bytes.use(bytes)
  }

  /** A room of this payer is gone. */
  dropped(id: string): void {
    if (this.#looking?.id === id) this.#looking.changed = true
    if (this.#counts(id)) this.rooms.use(-1)
  }

  #counts(id: string): boolean {
    return this.#summed === null || this.#summed.has(id)
  }

  async #look(ledger: Ledger, id: RoomId, name: string): Promise<Use | null> {
    for (;;) {
      const looking = { id: name, changed: false }
      this.#looking = looking
      const use = await ledger.useOf(id)
      this.#looking = null
      if (!looking.changed) return use
    }
  }
}

export class Payers {
  readonly #ledger: Ledger
  readonly #payers = new Map<string, Payer>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** A payer for one user, who must `release` it; `loaded` says when it is summed. */
  use(kind: PayerKind, hash: Uint8Array, limits: PayerLimits): Payer {
    const name = nameOf(kind, hash)
    let payer = this.#payers.get(name)
    if (payer === undefined) {
      payer = new Payer(kind, hash, limits)
      this.#payers.set(name, payer)
      payer.loaded = payer.load(this.#ledger)
      payer.loaded.catch(() => this.#payers.delete(name)) // whoever waits is told
    }
    payer.users++
    return payer
  }

  release(kind: PayerKind, hash: Uint8Array): void {
    const name = nameOf(kind, hash)
    const payer = this.#payers.get(name)
    if (payer !== undefined && --payer.users === 0) this.#payers.delete(name)
  }

  /** The payer, if it is in memory. */
  find(kind: PayerKind, hash: Uint8Array): Payer | undefined {
    return this.#payers.get(nameOf(kind, hash))
  }

  /** Gives each its limits anew. */
  limit(limitsOf: (kind: PayerKind, hash: Uint8Array) => PayerLimits): void {
    for (const payer of this.#payers.values()) payer.limit(limitsOf(payer.kind, payer.hash))
  }
}

function nameOf(kind: PayerKind, hash: Uint8Array): string {
  return `${kind}/${mapKey(hash)}`
}
