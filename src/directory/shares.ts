// How many profiles there may be: of all, of one holder, of one address, and of one handle. A share is
// taken before the profile is written down, so that many at once do not go beyond it together.

import { directoryFull } from '../protocol/directory-errors.ts'
import { limits } from '../limits.ts'
import type { People } from './people.ts'
import type { Payers, Person } from './person.ts'

/** Of all profiles, what one holder and one address may bring; and what they may in a small directory. */
const HOLDER_SHARE = 0.1
const ADDRESS_SHARE = 0.25
const SHARE_MIN = 64

export class Shares {
  readonly #people: People
  readonly #ofHolders = new Map<string, number>()
  readonly #ofAddresses = new Map<string, number>()
  #total = 0
  /** Profiles that may be kept. May be changed at any time: what is kept stays. */
  most: number

  constructor(people: People, most: number) {
    this.#people = people
    this.most = most
  }

  /**
   * Takes a share for a new profile.
   *
   * @param known what there is of this identity: that is replaced, and its share with it.
   * @throws `DIRECTORY_FULL`
   */
  take(person: Person, known: Person | null): void {
    if (known === null) this.#checkPayers(person)
    this.#checkHandle(person)
    if (known === null) this.add(person)
    this.#people.claim(person)
  }

  /** The profile could not be written down. */
  giveBack(person: Person, known: Person | null): void {
    this.#people.unclaim(person)
    if (known === null) this.remove(person)
  }

  add(person: Payers): void {
    this.#count(person, 1)
  }

  remove(person: Payers): void {
    this.#count(person, -1)
  }

  #checkPayers({ holder, address }: Payers): void {
    if (this.#total >= this.most) throw directoryFull('are kept here', this.most)
    const ofHolder = this.#share(HOLDER_SHARE)
    if ((this.#ofHolders.get(holder) ?? 0) >= ofHolder) {
      throw directoryFull('are kept for one key or ticket', ofHolder)
    }
    const ofAddress = this.#share(ADDRESS_SHARE)
    if ((this.#ofAddresses.get(address) ?? 0) >= ofAddress) {
      throw directoryFull('are kept for one address', ofAddress)
    }
  }

  // A crowd at one address is not to take all the places of somebody's handle.
  #checkHandle({ key, handle, address }: Person): void {
    if (handle === null) return
    const { claimantsMax, claimantsPerAddress } = limits
    let [all, near] = [0, 0]
    for (const claim of this.#people.claims(handle)) {
      if (claim.key === key) continue
      all++
      if (claim.address === address) near++
    }
    if (all >= claimantsMax) throw directoryFull('of one handle are kept', claimantsMax)
    if (near >= claimantsPerAddress) {
      throw directoryFull('of one handle are kept for one address', claimantsPerAddress)
    }
  }

  #share(part: number): number {
    return Math.max(Math.floor(this.most * part), Math.min(this.most, SHARE_MIN))
  }

  #count({ holder, address }: Payers, by: number): void {
    this.#total += by
    change(this.#ofHolders, holder, by)
    change(this.#ofAddresses, address, by)
  }
}

function change(counts: Map<string, number>, name: string, by: number): void {
  const count = (counts.get(name) ?? 0) + by
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
