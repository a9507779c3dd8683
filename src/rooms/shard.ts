// One share of the tally: what is counted of some of the rooms, and the note that it is kept in. Owns the
// rule of marks: a room that may have been written to since the note was last folded is named in it.

import type { RoomId } from '../protocol/bytes.ts'
import { mapKey } from '../protocol/bytes.ts'
import { bool, byte, checked, decode, encode, kept, list, struct, uint } from '../protocol/codec.ts'
import { limits } from '../limits.ts'
import type { Notes } from '../storage/notes.ts'

export interface Counts {
  rooms: number
  messages: number
  /** Of pages. */
  bytes: number
}

/** How far one room is counted. */
export interface Reach {
  /** Whether the room itself is. */
  known: boolean
  /** The messages below this number are. */
  next: number
  /** Bytes that are, of pages kept or gone. */
  bytes: number
}

/** How far the note's base counts a room that may have been written to since. */
export interface Mark extends Reach {
  id: RoomId
}

const VERSION = 2
const MARKS_DECODED_MAX = 2 ** 22

const mark = struct({
  id: kept<RoomId>(32),
  known: bool,
  next: uint,
  bytes: uint
})
const note = struct({
  version: checked(byte, (version) => version === VERSION, 'a version that is not known'),
  rooms: uint,
  messages: uint,
  bytes: uint,
  marks: list(mark, MARKS_DECODED_MAX)
})

export class Shard {
  readonly #notes: Notes
  readonly #name: string
  /** What the note counts; of rooms that it marks, as far as the mark says. */
  #base: Counts = { rooms: 0, messages: 0, bytes: 0 }
  readonly #marks = new Map<string, Mark>()
  /** Everything, as of now. */
  readonly now: Counts = { rooms: 0, messages: 0, bytes: 0 }
  /** Of rooms that are open and were written to. */
  readonly #accounts = new Map<string, Account>()
  #written: Promise<void> = Promise.resolve()
  #waiting: Promise<void> | null = null

  constructor(notes: Notes, name: string) {
    this.#notes = notes
    this.#name = name
  }

  /**
   * Reads the note. What it counts is in `now` then; what it marks has to be added by `add`.
   *
   * @throws `BAD_FRAME` if it is not one of ours
   */
  async read(): Promise<Mark[]> {
    const bytes = await this.#notes.get(this.#name)
    if (bytes === null) return []
    const { marks, rooms, messages, bytes: stored } = decode(note, bytes)
    this.#base = { rooms, messages, bytes: stored }
    Object.assign(this.now, this.#base)
    for (const each of marks) this.#marks.set(mapKey(each.id), each)
    return marks
  }

  add({ rooms, messages, bytes }: Counts): void {
    this.now.rooms += rooms
    this.now.messages += messages
    this.now.bytes += bytes
  }

  /** An account of a room, for as long as it is open. */
  account(id: RoomId): Account {
    return new Account(id, this)
  }

  /** See {@link Account.begin}. */
  begin(account: Account): Promise<void> | null {
    const { key } = account
    this.#accounts.set(key, account)
    if (this.#marks.has(key)) return null // it was waited for then
    const { tallyMarksMin, tallyMarksMax } = limits
    const most = Math.min(2 * this.#accounts.size, tallyMarksMax)
    if (this.#marks.size >= Math.max(most, tallyMarksMin)) this.#takeIn()
    this.#marks.set(key, account.mark())
    return this.#write()
  }

  leave(account: Account): void {
    if (this.#accounts.get(account.key) === account) this.#accounts.delete(account.key)
  }

  /** Writes a note without marks of rooms that are not open, if there are any. */
  async fold(): Promise<void> {
    if (this.#marks.size === 0) return this.#written
    this.#takeIn()
    await this.#write()
  }

  /** Resolves once the note counts all of a room that is closed, and does not mark it. */
  async settle(id: RoomId): Promise<void> {
    if (this.#marks.has(mapKey(id))) await this.fold()
    else await this.#written
  }

  /** Writes the note, whatever it says. */
  async keep(): Promise<void> {
    this.#takeIn()
    await this.#write()
  }

  // The base becomes what is counted now. A room in the middle of a write keeps its mark, as far as it is
  // counted; so do others that are likely to be written to again, unless they are too many. No mark is
  // made here: who finds one takes it for written.
  #takeIn(): void {
    this.#base = { ...this.now }
    const few = 2 * this.#accounts.size <= limits.tallyMarksMax
    for (const key of [...this.#marks.keys()]) {
      const account = this.#accounts.get(key)
      if (account !== undefined && (few || account.busy)) this.#marks.set(key, account.mark())
      else this.#marks.delete(key)
    }
  }

  /**
   * Resolves when a note as it is now, or later, is written. After one that failed none is tried: the
   * store has to be opened anew, or has failed.
   */
  #write(): Promise<void> {
    if (this.#waiting === null) {
      this.#waiting = this.#written.then(() => {
        this.#waiting = null
        const marks = [...this.#marks.values()]
        return this.#notes.set(this.#name, encode(note, { version: VERSION, ...this.#base, marks }))
      })
      this.#written = this.#waiting
    }
    return this.#waiting
  }
}

/** What is counted of one room while it is open. One write at a time. */
export class Account {
  readonly #id: RoomId
  readonly #shard: Shard
  readonly key: string
  /** Null until the first write. */
  #reach: Reach | null = null
  #busy = false

  constructor(id: RoomId, shard: Shard) {
    this.#id = id
    this.#shard = shard
    this.key = mapKey(id)
  }

  /** Whether a write is under way. */
  get busy(): boolean {
    return this.#busy
  }

  /**
   * Before anything of this room is written: wait for what it gives, if that is not null. Afterwards
   * `end` must follow.
   *
   * @param counted how far the room is counted; asked before the first write
   * @throws what writing the mark throws: then nothing may be written
   */
  begin(counted: () => Reach): Promise<void> | null {
    this.#reach ??= counted()
    this.#busy = true
    return this.#shard.begin(this)
  }

  /** The room was registered. */
  registered(): void {
    if (this.#reach === null) throw new Error('registered before it began')
    this.#reach.known = true
    this.#shard.now.rooms++
  }

  /** The log now ends before message `next`, and so many bytes were ever written to it. */
  stored(next: number, bytes: number): void {
    const reach = this.#reach
    if (reach === null) throw new Error('stored before it began')
    this.#shard.now.messages += next - reach.next
    this.#shard.now.bytes += bytes - reach.bytes
    reach.next = next
    reach.bytes = bytes
  }

  /** The write has ended, well or not. */
  end(): void {
    this.#busy = false
  }

  /** As far as it is counted now. */
  mark(): Mark {
    if (this.#reach === null) throw new Error('marked before it began')
    return { id: this.#id, ...this.#reach }
  }

  /** The room is closed. */
  close(): void {
    this.#shard.leave(this)
  }
}
