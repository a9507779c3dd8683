// What pays for files: the purse of their room while a member has it open, else its founder alone. Set up
// after the files themselves, which are counted by whom it asks.

import type { RoomId } from '../protocol/bytes.ts'
import type { Reservation, RoomSpace } from '../files/space.ts'
import { UNLIMITED } from '../files/space.ts'
import type { Founder } from '../rooms/record.ts'
import type { RoomsLedger } from './ledger.ts'
import { quotaFull } from './quota.ts'
import type { Treasury } from './treasury.ts'

export class FilesPurse implements RoomSpace {
  #payment: { treasury: Treasury; ledger: RoomsLedger } | null = null

  /** From now on there are bounds. */
  charge(treasury: Treasury, ledger: RoomsLedger): void {
    this.#payment = { treasury, ledger }
  }

  reserve(id: RoomId, bytes: number): Reservation {
    const purse = this.#payment?.treasury.purse(id) ?? null
    if (purse === null) return UNLIMITED.reserve(id, bytes)
    const full = purse.reserve(bytes, 0)
    if (full !== null) throw quotaFull('ROOM_FULL', full)
    return { keep: () => purse.settle(bytes, 0), release: () => purse.release(bytes, 0) }
  }

  freed(id: RoomId, bytes: number): void {
    const purse = this.#payment?.treasury.purse(id) ?? null
    if (purse !== null) purse.refresh()
    else void this.#giveBack(id, bytes)
  }

  erased(id: RoomId, bytes: number, founder: Founder | null): void {
    void this.#payment?.treasury.freed(id, { messages: 0, bytes }, founder, false)
  }

  async #giveBack(id: RoomId, bytes: number): Promise<void> {
    if (this.#payment === null) return
    const { treasury, ledger } = this.#payment
    const founder = await ledger.founderOf(id).catch(() => null) // the store is gone
    await treasury.freed(id, { messages: 0, bytes }, founder, false)
  }
}
