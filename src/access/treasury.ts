// Who pays for which room, and how much room there is for each: the quotas of what is kept. A room is paid
// for by who founded it; who holds a ticket pays alone, for an operator has vouched for it.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { notAllowed } from '../protocol/access-errors.ts'
import { RootPeerError } from '../protocol/errors.ts'
import type { Scopes } from '../protocol/ticket.ts'
import { limits } from '../limits.ts'
import type { Founder } from '../rooms/record.ts'
import type { Room } from '../rooms/room.ts'
import type { Allowances } from './allowances.ts'
import type { Ledger, Payer, PayerKind, PayerLimits, Use } from './payers.ts'
import { Payers } from './payers.ts'
import { Purse } from './purse.ts'
import { Quota } from './quota.ts'

export interface TreasuryOptions {
  allowances: Allowances
  ledger: Ledger
  /** Bytes kept of all rooms. */
  keptBytes: number
  /** What the ticket allows whose holder goes by this hash; null if it is none. */
  scopesOf: (holder: Uint8Array) => Scopes | null
}

/** A founder for whom there is room, and how it went. */
export interface Founding {
  founder: Founder
  /** Whether the room was registered. To be called once. */
  done(id: RoomId | null): void
}

/** A room that is open, and who pays for it. */
interface Paid {
  purse: Purse
  users: number
  founder: Founder | null
}

const PAYERS: Readonly<Record<PayerKind, string>> = {
  holder: 'this ticket or key',
  address: 'this address'
}

export class Treasury {
  /** Of the whole disk. */
  readonly total: Quota
  readonly #ledger: Ledger
  readonly #payers: Payers
  readonly #scopesOf: TreasuryOptions['scopesOf']
  readonly #purses = new Map<string, Promise<Paid>>()
  readonly #loaded = new Map<string, Purse>()
  #allowances: Allowances

  constructor({ allowances, ledger, keptBytes, scopesOf }: TreasuryOptions) {
    this.#allowances = allowances
    this.#ledger = ledger
    this.#payers = new Payers(ledger)
    this.#scopesOf = scopesOf
    this.total = new Quota('total-bytes', allowances.maxStorage)
    this.total.use(keptBytes)
  }

  /**
   * Sets room aside for a room that is about to be registered.
   *
   * @throws `NOT_ALLOWED`, `ROOMS_FULL`
   */
  async found(founder: Founder): Promise<Founding> {
    if (this.#scopesOf(founder.holder)?.create === false) {
      throw notAllowed('this ticket opens rooms that this root peer keeps already, and no new ones')
    }
    const payers = await this.#payersOf(founder)
    for (const { rooms, kind } of payers) {
      if (rooms.fits(1)) continue
      this.#release(founder)
      const { limit: expected, used: got } = rooms
      const message = `${got} of ${expected} rooms are kept for ${PAYERS[kind]} already`
      throw new RootPeerError('ROOMS_FULL', message, { expected, got })
    }
    for (const { rooms } of payers) rooms.take(1)
    return {
      founder,
      done: (id) => {
        for (const payer of payers) {
          payer.rooms.release(1)
          if (id !== null) payer.registered(mapKey(id))
        }
        this.#release(founder)
      }
    }
  }

  /** What pays for a room that is open, for one user, who must `unpay`. */
  async pay(room: Room): Promise<Purse> {
    const name = mapKey(room.id)
    let paid = this.#purses.get(name)
    if (paid === undefined) {
      paid = this.#purse(room)
      this.#purses.set(name, paid)
      paid.catch(() => this.#purses.delete(name)) // whoever waits is told
    }
    const entry = await paid
    entry.users++
    this.#loaded.set(name, entry.purse)
    return entry.purse
  }

  /** What pays for a room that a member has open; null for any other. */
  purse(id: RoomId): Purse | null {
    return this.#loaded.get(mapKey(id)) ?? null
  }

  async unpay(id: RoomId): Promise<void> {
    const name = mapKey(id)
    const paid = await this.#paid(name)
    if (paid === null || --paid.users > 0) return
    this.#purses.delete(name)
    this.#loaded.delete(name)
    paid.purse.close()
    if (paid.founder !== null) this.#release(paid.founder)
  }

  /** So much less is kept of a room; `gone` if it is not kept at all any more. */
  async freed(id: RoomId, use: Use, founder: Founder | null, gone: boolean): Promise<void> {
    const name = mapKey(id)
    const paid = await this.#paid(name)
    if (paid !== null && !gone) return paid.purse.refresh()
    paid?.purse.forget()
    this.total.use(-use.bytes)
    if (founder === null) return
    for (const kind of kindsOf(founder)) {
      const payer = this.#payers.find(kind, founder[kind])
      payer?.changed(name, -use.bytes)
      if (gone) payer?.dropped(name)
    }
  }

  /** What a holder has kept; null if that is not in memory. */
  keptOf(holder: Uint8Array): number | null {
    return this.#payers.find('holder', holder)?.bytes.used ?? null
  }

  set allowances(allowances: Allowances) {
    this.#allowances = allowances
    this.total.limit = allowances.maxStorage
    this.#payers.limit((kind, hash) => this.#limitsOf(kind, hash))
    for (const paid of this.#purses.values()) {
      paid.then(
        ({ purse }) => purse.limit(allowances.bytesPerRoom, allowances.messagesPerRoom),
        () => {} // it never opened
      )
    }
  }

  #limitsOf(kind: PayerKind, hash: Uint8Array): PayerLimits {
    const { roomsPerKey, roomsPerAddress, bytesPerKey, bytesPerAddress } = this.#allowances
    if (kind === 'address') return { rooms: roomsPerAddress, bytes: bytesPerAddress }
    const scopes = this.#scopesOf(hash)
    return { rooms: scopes?.rooms ?? roomsPerKey, bytes: scopes?.bytes ?? bytesPerKey }
  }

  /** Those who pay for what this founder keeps, summed; given back with `#release`. */
  async #payersOf(founder: Founder): Promise<Payer[]> {
    const payers = kindsOf(founder).map((kind) =>
      this.#payers.use(kind, founder[kind], this.#limitsOf(kind, founder[kind]))
    )
    try {
      await Promise.all(payers.map(({ loaded }) => loaded))
    } catch (err) {
      this.#release(founder)
      throw err
    }
    return payers
  }

  #release(founder: Founder): void {
    for (const kind of kindsOf(founder)) this.#payers.release(kind, founder[kind])
  }

  async #purse(room: Room): Promise<Paid> {
    const { id, founder } = room
    const use = await this.#ledger.watch(room)
    const payers = founder === null ? [] : await this.#payersOf(founder)
    const { bytesPerRoom: bytesMax, messagesPerRoom: messagesMax } = this.#allowances
    const parts = { id, bytesMax, messagesMax, use, payers, total: this.total }
    return { purse: new Purse(parts, limits.usageTellMs), users: 0, founder }
  }

  async #paid(name: string): Promise<Paid | null> {
    return (await this.#purses.get(name)?.catch(() => null)) ?? null
  }
}

function kindsOf({ holder, address }: Founder): PayerKind[] {
  return mapKey(holder) === mapKey(address) ? ['holder'] : ['holder', 'address']
}
