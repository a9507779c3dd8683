// Following what changes in a room's files: from a place on, at one root at a time, again from there after
// a break. A place is of one root; at another, or once the index was moved, all is told again.

import b4a from 'b4a'
import type { CoreKey, FolderHash, PeerKey } from '../../protocol/bytes.ts'
import { fromZ32, toZ32 } from '../../protocol/bytes.ts'
import {
  byte,
  checked,
  decode,
  encode,
  fixed,
  optional,
  struct,
  uint
} from '../../protocol/codec.ts'
import { badCursor } from '../../protocol/errors.ts'
import type { RootPeerError } from '../../protocol/errors.ts'
import type { FileChanges, StoredFile } from '../../protocol/files-channel.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { Catalog, Located } from './catalog.ts'
import { ChangesStream } from './changes-stream.ts'
import { passes, pause } from './failures.ts'
import type { FileRoots } from './file-roots.ts'
import type { FilesLink } from './files-link.ts'

const PREFIX = 'f'
/** Pauses while the root that a place is of may still come, before another is asked: about 3 s. */
const PATIENCE = 4

const placeCodec = struct({
  version: checked(byte, (version) => version === 1, 'a place of another version'),
  root: fixed<PeerKey>(32),
  index: optional(fixed<CoreKey>(32)),
  seq: uint
})

/** Where a follower stands: in one index, of one root. */
interface Place {
  root: PeerKey
  /** Null before there was one. */
  index: CoreKey | null
  seq: number
}

/** What is told: an entry; what does not open; or that all is told again, and what was told is void. */
export type Change =
  | { kind: 'entry'; located: Located; cursor: string }
  | { kind: 'unreadable'; error: RootPeerError; cursor: string }
  | { kind: 'again' }

export interface FollowOptions {
  /** A cursor; `start` for all there is; from now on without. */
  from: string | undefined
  folder: FolderHash | null
  live: boolean
  signal: StopSignal | undefined
}

export class Changes {
  readonly #roots: FileRoots
  readonly #catalog: Catalog

  constructor(roots: FileRoots, catalog: Catalog) {
    this.#roots = roots
    this.#catalog = catalog
  }

  /** Throws `BAD_CURSOR`; why no root lets us in; `CLOSED`. Ends quietly when `signal` says so. */
  async *follow(options: FollowOptions): AsyncGenerator<Change> {
    const { from, signal } = options
    const walk = new Walk(this.#catalog, options)
    if (from !== undefined && from !== 'start') walk.place = parsePlace(from)
    for (let attempts = 0; !isAborted(signal); attempts++) {
      try {
        const link = await this.#linkFor(walk.place, signal)
        for await (const change of walk.at(link)) {
          attempts = 0
          yield change
        }
        if (walk.over) return
      } catch (err) {
        if (isAborted(signal)) return
        if (!passes(err)) throw err
        await pause(attempts, signal)
      }
    }
  }

  /** The root of this place if it is there or may come soon, else any. */
  async #linkFor(place: Place | null, signal: StopSignal | undefined): Promise<FilesLink> {
    if (place === null) return this.#roots.some(signal)
    await this.#roots.some(signal)
    const wanted = this.#roots.all.find((link) => isOf(place, link))
    for (let i = 0; i < PATIENCE; i++) {
      if (wanted === undefined || wanted.open !== null) break
      await pause(i, signal)
    }
    return wanted !== undefined && wanted.open !== null ? wanted : this.#roots.some(signal)
  }
}

/** One follower's way, over breaks and roots. */
class Walk {
  readonly #catalog: Catalog
  readonly #options: FollowOptions
  place: Place | null = null
  /** Whether it came to its end, or was stopped. */
  over = false
  /** Whether something was told that would be void if all was told again. */
  #told = false
  /** Whether what there is already is passed over. */
  #skipping: boolean

  constructor(catalog: Catalog, options: FollowOptions) {
    this.#catalog = catalog
    this.#options = options
    this.#skipping = options.from === undefined
    this.#told = options.from !== undefined && options.from !== 'start'
  }

  async *at(link: FilesLink): AsyncGenerator<Change> {
    const { folder, live, signal } = this.#options
    const { root } = link.room.link
    if (this.place !== null && !isOf(this.place, link)) {
      this.place = null
      yield* this.#again()
    }
    const { index = null, seq = 0 } = link.open?.granted ?? {}
    this.place ??= { root, index, seq: this.#skipping ? seq : 0 }
    const stream = new ChangesStream(link, { ...this.place, folder, live }, signal)
    try {
      for (let event = await stream.next(); event !== null; event = await stream.next()) {
        if ('reset' in event) {
          const first = this.place.index === null
          this.place = { root, index: event.reset.index, seq: 0 }
          if (!first) yield* this.#again()
          return // from the beginning of the new index
        }
        yield* this.#take(link, event.changes)
        if (event.changes.end) this.#skipping = false
        if (event.changes.end && !live) break
      }
      this.over = true
    } finally {
      stream.stop()
    }
  }

  *#take(link: FilesLink, { entries, index, next }: FileChanges): Generator<Change> {
    const { root } = link.room.link
    for (const [i, stored] of entries.entries()) {
      // Behind the last of them is where the root says.
      const seq = i === entries.length - 1 ? next : stored.seq + 1
      this.place = { root, index, seq }
      if (this.#skipping) continue
      this.#told = true
      yield this.#open(link, stored, printPlace(this.place))
    }
    this.place = { root, index, seq: next }
  }

  *#again(): Generator<Change> {
    this.#skipping = false
    if (this.#told) yield { kind: 'again' }
  }

  #open(link: FilesLink, stored: StoredFile, cursor: string): Change {
    try {
      return { kind: 'entry', located: this.#catalog.open(link, stored), cursor }
    } catch (err) {
      return { kind: 'unreadable', error: err as RootPeerError, cursor }
    }
  }
}

function isOf(place: Place, link: FilesLink): boolean {
  return b4a.equals(place.root, link.room.link.root)
}

function printPlace(place: Place): string {
  return `${PREFIX}${toZ32(encode(placeCodec, { version: 1, ...place }))}`
}

function parsePlace(text: string): Place {
  const bytes = text.startsWith(PREFIX) ? fromZ32(text.slice(PREFIX.length)) : null
  if (bytes === null) throw badCursor('not a place in the files of a room')
  try {
    const { root, index, seq } = decode(placeCodec, bytes)
    return { root, index, seq }
  } catch {
    throw badCursor('not a place in the files of a room')
  }
}

function isAborted(signal: StopSignal | undefined): boolean {
  return signal?.aborted === true
}
