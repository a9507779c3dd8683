// What is kept of people on disk: a note each, and one that says until when this process was alive, by which
// it is known after a kill when those who were here were seen last.

import type { Codec } from '../protocol/codec.ts'
import { decode, encode, uint } from '../protocol/codec.ts'
import { storeDamaged } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import type { Person } from './person.ts'
import { decodePerson, encodePerson } from './person.ts'

const PREFIX = 'directory/'
const BEAT = 'directory-beat'

export class Records {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get writable(): boolean {
    return this.#store.writable
  }

  /** @throws `STORE_DAMAGED` if there is one that we did not write */
  async read(): Promise<Person[]> {
    const { notes, directory } = this.#store
    const beat = await notes.get(BEAT)
    const people: Person[] = []
    try {
      const aliveAt = beat === null ? 0 : decode(uint as Codec<never, number>, beat)
      for await (const { name, value } of notes.list(PREFIX)) {
        const person = decodePerson(name.slice(PREFIX.length), value)
        if (person.isHere) person.seenAt = Math.max(person.seenAt, aliveAt)
        person.isHere = false
        people.push(person)
      }
    } catch (err) {
      const what = 'what is kept of the directory does not decode. Restore a backup'
      throw storeDamaged(directory, what, err)
    }
    return people
  }

  /** Resolves once they are on disk. Throws what the store makes of a failure. */
  async keep(person: Person): Promise<void> {
    await this.note([person], [])
    await this.#store.sync()
  }

  /** As `keep`, without waiting for the disk. */
  async note(people: readonly Person[], gone: readonly string[]): Promise<void> {
    await this.#store.notes.write([
      ...people.map((person) => ({ name: PREFIX + person.key, value: encodePerson(person) })),
      ...gone.map((key) => ({ name: PREFIX + key, value: null }))
    ])
  }

  async beat(now: number): Promise<void> {
    await this.#store.notes.set(BEAT, encode(uint, now))
  }
}
