// An errand between two roots of a room: follows what changes at one of them, and brings the other what it
// lacks, as its author signed and sealed it. Content is checked on the way, and never held whole.

import b4a from 'b4a'
import type { CoreKey, PathKey } from '../../protocol/bytes.ts'
import { mapKey } from '../../protocol/bytes.ts'
import { sealChunk, sealedBytesOf } from '../../protocol/content.ts'
import type { Content } from '../../protocol/entry.ts'
import { outranks } from '../../protocol/entry.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { FileEntry, StoredFile } from '../../protocol/files-channel.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { Attempt } from './attempt.ts'
import type { Catalog, Located } from './catalog.ts'
import { ChangesStream } from './changes-stream.ts'
import type { ContentReader } from './content-reader.ts'
import { isCode, pause, stopIf } from './failures.ts'
import type { FilesLink } from './files-link.ts'
import { put } from './put.ts'
import { Source } from './source.ts'
import type { Stop } from './stop.ts'

/** How far the index of the one root was looked through. */
export interface Place {
  /** Null before there was one. */
  index: CoreKey | null
  seq: number
}

export interface CourierParts {
  keys: RoomKeys
  catalog: Catalog
  reader: ContentReader
  /** How long to wait before others' entries are brought: somebody whose turn is first may do it. */
  turnMs: () => number
  isOurs: (located: Located) => boolean
}

/** Why a root takes no more for now. */
const FULL = ['DISK_FULL', 'ROOM_FULL', 'RATE_LIMITED']
/** Pauses for such a one: about a minute. */
const FULL_PAUSES = 8

export class Courier {
  readonly from: FilesLink
  readonly to: FilesLink
  /** Behind what the other root has, or need not be given. */
  place: Place
  /** Told when something was brought. */
  readonly #moved: () => void
  readonly #parts: CourierParts
  readonly #stop: Stop
  /** How often it began anew without coming any further. */
  #attempts = 0

  constructor(
    parts: CourierParts,
    { from, to, place }: { from: FilesLink; to: FilesLink; place: Place },
    moved: () => void,
    stop: Stop
  ) {
    this.#parts = parts
    this.from = from
    this.to = to
    this.place = place
    this.#moved = moved
    this.#stop = stop
  }

  /** Until it is stopped, or one of the roots goes away. Never rejects. */
  async run(): Promise<void> {
    for (; !this.#stop.aborted; this.#attempts++) {
      let isFull = false
      try {
        await this.#follow()
      } catch (err) {
        isFull = err instanceof RootPeerError && FULL.includes(err.code)
      }
      // Those who start couriers see that a root is back.
      if (this.from.open === null || this.to.open === null) return
      await pause(isFull ? this.#attempts + FULL_PAUSES : this.#attempts, this.#stop)
    }
  }

  async #follow(): Promise<void> {
    const { index, seq } = this.place
    const stream = new ChangesStream(
      this.from,
      { index, seq, folder: null, live: true },
      this.#stop
    )
    try {
      for (let event = await stream.next(); event !== null; event = await stream.next()) {
        if ('reset' in event) {
          this.place = { index: event.reset.index, seq: 0 }
          return
        }
        const { entries, next, index: now } = event.changes
        await this.#bring(entries)
        this.place = { index: now, seq: next }
        this.#attempts = 0
        this.#moved()
      }
    } finally {
      stream.stop()
    }
  }

  async #bring(entries: readonly StoredFile[]): Promise<void> {
    const news = this.#opened(entries)
    if (news.length === 0) return
    if (news.some((each) => !this.#parts.isOurs(each))) await this.#turn()
    const lacking = await this.#lackedOf(news)
    const small = lacking.filter(({ entry }) => isSmall(entry.content))
    await this.#bringSmall(small)
    for (const located of lacking) {
      if (!isSmall(located.entry.content)) await attend(() => this.#bringLarge(located))
    }
  }

  /** The newest of each key, of what a member has signed. */
  #opened(entries: readonly StoredFile[]): Located[] {
    const newest = new Map<string, Located>()
    for (const stored of entries) {
      try {
        const located = this.#parts.catalog.open(this.from, stored)
        newest.set(mapKey(located.stored.key), located)
      } catch {
        // nobody misses it
      }
    }
    return [...newest.values()]
  }

  async #lackedOf(news: readonly Located[]): Promise<Located[]> {
    const stands = await Promise.all(
      news.map(async ({ stored }) => {
        try {
          return await this.#parts.catalog.stat(this.to, stored.key as PathKey)
        } catch (err) {
          if (isCode(err, 'BAD_ENTRY') || isCode(err, 'NOT_OPENED')) return null
          throw err
        }
      })
    )
    return news.filter((located, i) => {
      const there = stands[i] ?? null
      return there === null || outranks(located.entry, there.entry)
    })
  }

  async #bringSmall(all: readonly Located[]): Promise<void> {
    const withContent = all.filter(({ entry }) => (entry.content?.size ?? 0) > 0)
    const without = all.filter((each) => !withContent.includes(each))
    await Promise.all(without.map((each) => attend(() => this.#put(each, []))))
    for (let i = 0; i < withContent.length; i += wireLimits.filesWantedMax) {
      const some = withContent.slice(i, i + wireLimits.filesWantedMax)
      await Promise.all(await this.#read(some))
    }
  }

  /** Reads them together; if that fails for one of them, each by itself. */
  async #read(some: readonly Located[]): Promise<Promise<void>[]> {
    const under: Promise<void>[] = []
    const give = (located: Located, bytes: Uint8Array): void => {
      const given = attend(() => this.#put(located, [this.#sealed(located, bytes)]))
      given.catch(() => {}) // told to whoever waits for all of them, once these are read
      under.push(given)
    }
    try {
      let next = 0
      for await (const bytes of this.#parts.reader.readSmall(some)) {
        give(some[next++] as Located, b4a.from(bytes))
      }
    } catch {
      for (const located of some.slice(under.length)) {
        await attend(async () => {
          const pieces: Uint8Array[] = []
          for await (const piece of this.#pieces(located)) pieces.push(piece)
          give(located, b4a.concat(pieces))
        })
      }
    }
    return under
  }

  async #bringLarge(located: Located): Promise<void> {
    const { keys } = this.#parts
    const { size, fileKey } = located.entry.content as Content
    const attempt = new Attempt(this.to, {
      keys,
      key: located.stored.key as PathKey,
      source: new Source(() => this.#pieces(located), size),
      fileKey,
      progress: this.#moved
    })
    const keep = await this.#keep(located)
    await attempt.bring({ entry: () => entryOf(located), keep, signal: this.#stop })
  }

  #pieces(located: Located): AsyncGenerator<Uint8Array> {
    const to = located.entry.content?.size ?? 0
    return this.#parts.reader.read(located, { from: 0, to }, this.#stop)
  }

  /** As it was: what a chunk is sealed to follows from its file's key and its place. */
  #sealed({ entry }: Located, bytes: Uint8Array): Uint8Array {
    const { fileKey, size } = entry.content as Content
    return sealChunk(this.#parts.keys, fileKey, { number: 0, size }, bytes)
  }

  async #put(located: Located, chunks: readonly Uint8Array[]): Promise<void> {
    stopIf(this.#stop)
    const keep = await this.#keep(located)
    const key = located.stored.key
    await put(this.to, { key, keep, contentOf: 0, entry: entryOf(located), chunks })
  }

  /** As many older versions as the one root keeps. */
  async #keep({ entry, stored }: Located): Promise<number> {
    if (entry.number === 1) return 0
    return (await this.#parts.catalog.versions(this.from, stored.key as PathKey)).length
  }

  async #turn(): Promise<void> {
    const ms = this.#parts.turnMs()
    if (ms > 0) await this.#stop.after(ms)
    stopIf(this.#stop)
  }
}

/** What has changed meanwhile, at either root, is told anew: then it is brought, or need not be. */
async function attend(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (err) {
    const passing = ['FILE_CHANGED', 'FILE_UNKNOWN', 'BAD_CONTENT', 'TOO_LARGE', 'BAD_RANGE']
    if (!passing.some((code) => isCode(err, code))) throw err
  }
}

function isSmall(content: Content | null): boolean {
  return content === null || sealedBytesOf(content.size) <= wireLimits.filePutBytesMax
}

function entryOf({ stored: { version, deleted, size, sealed } }: Located): FileEntry {
  return { version, deleted, size, sealed }
}
