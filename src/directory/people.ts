// All people that are kept, in memory: by identity, by the handle that they claim, and those who asked to
// be listed in the order of their identities. Never knows who may be among them.

import type { Person } from './person.ts'

export class People {
  readonly #byKey = new Map<string, Person>()
  /** By the hash of a handle; those whose profile is on its way to the disk are among them. */
  readonly #claims = new Map<string, Person[]>()
  /** Keys, in order. */
  readonly #listed: string[] = []

  get size(): number {
    return this.#byKey.size
  }

  get listed(): number {
    return this.#listed.length
  }

  get(key: string): Person | null {
    return this.#byKey.get(key) ?? null
  }

  all(): Iterable<Person> {
    return this.#byKey.values()
  }

  /** Puts somebody in the place of what was known of them. */
  put(person: Person): void {
    const { key } = person
    const before = this.get(key)
    if (before !== null) this.unclaim(before)
    this.claim(person)
    this.#byKey.set(key, person)
    if (person.listed === (before?.listed ?? false)) return
    if (person.listed) this.#listed.splice(this.#place(key), 0, key)
    else this.#unlist(key)
  }

  remove(person: Person): void {
    this.unclaim(person)
    this.#byKey.delete(person.key)
    if (person.listed) this.#unlist(person.key)
  }

  /** Keeps a place among those who claim this handle. */
  claim(person: Person): void {
    const { handle } = person
    if (handle === null || this.claims(handle).includes(person)) return
    this.#claims.set(handle, [...this.claims(handle), person])
  }

  unclaim(person: Person): void {
    const { handle } = person
    if (handle === null) return
    const claims = this.claims(handle).filter((each) => each !== person)
    if (claims.length > 0) this.#claims.set(handle, claims)
    else this.#claims.delete(handle)
  }

  /** Who has a place among those who claim a handle. */
  claims(handle: string): readonly Person[] {
    return this.#claims.get(handle) ?? []
  }

  /** Who claims a handle, whoever has done so for longest first. */
  claimants(handle: string): Person[] {
    return this.claims(handle)
      .filter((person) => this.#byKey.get(person.key) === person)
      .toSorted((one, other) => one.since - other.since)
  }

  /** Those who are listed, after this key. */
  page(after: string | null, limit: number): { people: Person[]; end: boolean } {
    const start = after === null ? 0 : this.#place(after, true)
    const keys = this.#listed.slice(start, start + limit)
    const people = keys.flatMap((key) => this.get(key) ?? [])
    return { people, end: start + limit >= this.#listed.length }
  }

  #unlist(key: string): void {
    this.#listed.splice(this.#place(key), 1)
  }

  /** Where a key stands or would stand; or what comes behind it. */
  #place(key: string, behind = false): number {
    let [low, high] = [0, this.#listed.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = this.#listed[middle] as string
      if (at < key || (behind && at === key)) low = middle + 1
      else high = middle
    }
    return low
  }
}
