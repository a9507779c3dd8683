// What the tests of rooms share: rooms over a real store, a sender that awaits its receipt, a reader
// that takes what a follower sends, and a look at what is stored in the end.

import type { Test } from 'brittle'
import b4a from 'b4a'
import type Hypercore from 'hypercore'
import type { SessionState } from 'hypercore'
import type { PeerKey, RoomId } from '../../src/protocol/bytes.ts'
import { mapKey } from '../../src/protocol/bytes.ts'
import type { RootPeerError } from '../../src/protocol/errors.ts'
import { decodePage } from '../../src/protocol/page.ts'
import type { Retention } from '../../src/protocol/retention.ts'
import type { Pull } from '../../src/protocol/room-channel.ts'
import { weigh } from '../../src/protocol/window.ts'
import type { Sink } from '../../src/rooms/follower.ts'
import type { Run } from '../../src/rooms/log.ts'
import type { Use } from '../../src/rooms/count.ts'
import type { RoomRecord } from '../../src/rooms/record.ts'
import { Registry } from '../../src/rooms/registry.ts'
import type { Receipt, Room } from '../../src/rooms/room.ts'
import { Rooms } from '../../src/rooms/rooms.ts'
import type { Store, StoreOptions } from '../../src/storage/store.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { openStore } from '../storage/helpers.ts'

export const roomId: RoomId = b4a.alloc(32, 7) as RoomId
export const otherRoomId: RoomId = b4a.alloc(32, 8) as RoomId
export const alice: PeerKey = b4a.alloc(32, 0xa1) as PeerKey
export const bob: PeerKey = b4a.alloc(32, 0xb0) as PeerKey

export interface Commit {
  room: string
  messages: number
  bytes: number
  next: number
}

export interface Freed extends Use {
  room: string
}

export interface Opened {
  store: Store
  rooms: Rooms
  commits: Commit[]
  registered: string[]
  freed: Freed[]
  deleted: string[]
  /** Opens the room that most tests use. */
  room: (id?: RoomId) => Promise<Room>
  /** Closes rooms and store, as a clean stop does. */
  close: () => Promise<void>
}

export interface OpenOptions extends Partial<StoreOptions> {
  now?: () => number
  idleMs?: number
  elapsed?: () => number
  retention?: Retention
}

/** Rooms over a store of their own, or of the folder given. */
export async function openRooms(t: Test, options: OpenOptions = {}): Promise<Opened> {
  const { now = Date.now, idleMs, elapsed, retention, ...storeOptions } = options
  const directory = options.directory ?? (await tmpFolder(t))
  const store = await openStore(t, { ...storeOptions, directory })
  const commits: Commit[] = []
  const registered: string[] = []
  const freed: Freed[] = []
  const deleted: string[] = []
  const events = {
    registered: (id: RoomId) => void registered.push(mapKey(id)),
    stored: (id: RoomId, messages: number, bytes: number, next: number) =>
      void commits.push({ room: mapKey(id), messages, bytes, next }),
    retained: () => {},
    deleted: (id: RoomId) => void deleted.push(mapKey(id)),
    freed: (id: RoomId, { messages, bytes }: Use) =>
      void freed.push({ room: mapKey(id), messages, bytes })
  }
  const rooms = await Rooms.open(store, events, now, {
    idleMs,
    ...(elapsed && { elapsed }),
    ...(retention && { retention })
  })
  const close = async (): Promise<void> => {
    await rooms.close()
    await store.close()
  }
  t.teardown(() => close().catch(() => {}), { order: -1, force: true })
  const room = async (id = roomId): Promise<Room> => {
    const opened = await rooms.acquire(id, true)
    if (opened === null) throw new Error('a room that may be created was not opened')
    return opened
  }
  return { store, rooms, commits, registered, freed, deleted, room, close }
}

/** Hands in one frame. Rejects with what it was refused for, or with `lost` as message. */
export function append(room: Room, texts: readonly string[], sender = alice): Promise<Receipt> {
  return appendBytes(
    room,
    texts.map((text) => b4a.from(text)),
    sender
  )
}

export function appendBytes(
  room: Room,
  payloads: readonly Uint8Array[],
  sender = alice
): Promise<Receipt> {
  return new Promise((resolve, reject) => {
    room.append({
      sender,
      payloads,
      weight: weigh(payloads),
      stored: resolve,
      refused: reject,
      lost: () => reject(new Error('lost'))
    })
  })
}

/** The code that a promise is rejected with; `lost` for an unknown outcome; `stored` if it is not. */
export async function outcome(appended: Promise<Receipt>): Promise<string> {
  try {
    await appended
    return 'stored'
  } catch (err) {
    return (err as Partial<RootPeerError>).code ?? (err as Error).message
  }
}

export function pullFrom(from: number, rest: Partial<Pull> = {}): Pull {
  return { stream: 0, coreKey: null, from, limit: 0, live: true, head: null, ...rest }
}

export type Seen =
  | { what: 'pages'; run: Run; end: boolean }
  | { what: 'gap'; from: number; to: number }
  | { what: 'reset'; number: number }
  | { what: 'fail' }

/** A sink that takes all it is given, while it is told to be ready. */
export class Reader implements Sink {
  readonly seen: Seen[] = []
  /** Takes so many pages messages, then is not ready any more. */
  credit = Infinity
  #waiting: { until: () => boolean; resolve: () => void }[] = []

  get ready(): boolean {
    return this.credit > 0
  }

  turn(): Promise<() => void> {
    return Promise.resolve(() => {})
  }

  pages(run: Run, end: boolean): void {
    this.credit--
    this.#see({ what: 'pages', run, end })
  }

  gap(from: number, to: number): void {
    this.#see({ what: 'gap', from, to })
  }

  reset(number: number): void {
    this.#see({ what: 'reset', number })
  }

  fail(): void {
    this.#see({ what: 'fail' })
  }

  /** Resolves when this holds; asked after everything that arrives. */
  until(condition: (reader: this) => boolean): Promise<void> {
    if (condition(this)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ until: () => condition(this), resolve }))
  }

  /** Resolves when the last message seen is the one before `number`. */
  reached(number: number): Promise<void> {
    return this.until(() => this.next >= number)
  }

  get runs(): Run[] {
    return this.seen.flatMap((each) => (each.what === 'pages' ? [each.run] : []))
  }

  get pagesSeen(): Uint8Array[] {
    return this.runs.flatMap((run) => run.pages)
  }

  get texts(): string[] {
    return textsOf(this.pagesSeen)
  }

  get next(): number {
    return this.runs.at(-1)?.next.number ?? 0
  }

  /** All but pages, in order, as text. */
  get asides(): string[] {
    return this.seen.flatMap((each) => {
      if (each.what === 'pages') return []
      if (each.what === 'gap') return [`gap ${each.from} to ${each.to}`]
      return each.what === 'reset' ? [`reset ${each.number}`] : ['fail']
    })
  }

  #see(event: Seen): void {
    this.seen.push(event)
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ until, resolve }) => {
      if (!until()) return true
      resolve()
      return false
    })
  }
}

export function textsOf(pages: readonly Uint8Array[]): string[] {
  return pages.flatMap((page) =>
    decodePage(page).entries.map(({ payload }) => b4a.toString(payload))
  )
}

export interface StoredSegment {
  core: Hypercore
  start: number
  end: number | null
  blocks: Uint8Array[]
}

/** What the registry and the cores really hold of a room. */
export async function inspect(
  store: Store,
  id: RoomId = roomId
): Promise<{ record: RoomRecord; segments: StoredSegment[] }> {
  const registry = await Registry.open(store)
  const record = await registry.get(id)
  if (record === null) throw new Error('the room is not kept')
  const segments: StoredSegment[] = []
  for (const { name, start, end } of record.segments) {
    const core = await store.openCore(`room/${mapKey(id)}/${mapKey(name)}`)
    const blocks: Uint8Array[] = []
    for (let i = 0; i < core.length; i++) {
      const block = await core.get(i, { wait: false })
      if (block !== null) blocks.push(block)
    }
    segments.push({ core, start, end, blocks })
  }
  return { record, segments }
}

/** Lets every write to a core that is open fail with `cause`; call what it gives to end that. */
export function failWrites(store: Store, cause: Error): () => void {
  // One that is just being opened has no state yet.
  const states = [...store.corestore.cores].map(({ state }) => state as SessionState | null)
  const broken = states.flatMap((state) => {
    if (state === null) return []
    const flush = state.flush.bind(state)
    state.flush = () => Promise.reject(cause)
    return [{ state, flush }]
  })
  return () => {
    for (const { state, flush } of broken) state.flush = flush
  }
}

/** As RocksDB says it on a full disk. */
export function noSpace(): Error {
  const cause = Object.assign(new Error('No space left on device'), { code: 'ENOSPC' })
  return new Error('Batch was not applied', { cause })
}

/** `count` texts that tell who and where they are. */
export function textsFrom(first: number, count: number, name = 'message'): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${first + i}`)
}
