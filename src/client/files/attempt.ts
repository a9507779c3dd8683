// One attempt to bring a file's content to one root: sealed under a key of its own, chunk after chunk, and
// after a break from where the root stands. Holds the chunks that are not synced there, and no others.

import b4a from 'b4a'
import { ChunksHash } from '../../protocol/chunks-hash.ts'
import {
  ContentHasher,
  positionsOf,
  sealChunk,
  sealedBytesOf,
  sealPage
} from '../../protocol/content.ts'
import { randomBytes } from '../../protocol/derive.ts'
import type { Content } from '../../protocol/entry.ts'
import { RootPeerError } from '../../protocol/errors.ts'
import type { FileCommitted, FileEntry, FileReady } from '../../protocol/files-channel.ts'
import type { PathKey } from '../../protocol/bytes.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import { stopIf } from './failures.ts'
import type { FilesLink } from './files-link.ts'
import type { Source } from './source.ts'

/** A chunk that was sealed, and the hash over all up to it. */
interface Sealed {
  index: number
  bytes: Uint8Array
  hash: Uint8Array
}

export class Attempt {
  readonly link: FilesLink
  readonly #key: PathKey
  readonly #source: Source
  readonly #name = randomBytes(16)
  readonly #fileKey: Uint8Array
  readonly #hasher: ContentHasher
  readonly #chain = new ChunksHash()
  readonly #chunks: AsyncGenerator<Uint8Array>
  readonly #progress: (chunks: number) => void
  /** Sealed, and not known to be synced. */
  #kept: Sealed[] = []
  /** So many are synced, and the hash over those. */
  #taken = 0
  #takenHash: Uint8Array

  constructor(link: FilesLink, { keys, key, source, progress, fileKey }: AttemptOptions) {
    this.link = link
    this.#fileKey = fileKey ?? randomBytes(32)
    this.#key = key
    this.#source = source
    this.#hasher = new ContentHasher(source.size)
    this.#takenHash = this.#chain.value
    this.#chunks = this.#seal(keys)
    this.#progress = progress
  }

  /** What the entry says of the content; whole once all was sent. */
  get content(): Content {
    return { size: this.#source.size, fileKey: this.#fileKey, groups: this.#hasher.groups }
  }

  /**
   * Brings all that the root does not have, then the entry.
   *
   * @param entry asked for once all chunks are synced.
   * @throws `UPLOAD_LOST` if the root has not kept what it had; why the root refused; `UNAVAILABLE` if it
   *   went away: try again with the same attempt. `ABORTED`.
   */
  async bring({
    entry,
    keep,
    signal
  }: {
    entry: () => FileEntry
    keep: number
    signal: StopSignal | undefined
  }): Promise<FileCommitted> {
    const session = new Session(this.link)
    await this.link.uploads.enter()
    try {
      const size = sealedBytesOf(this.#source.size)
      const ready = await session.begin({ key: this.#key, attempt: this.#name, size }, (chunks) =>
        this.#synced(chunks)
      )
      this.#goOnFrom(ready)
      for (const sealed of [...this.#kept]) await session.chunk(sealed)
      for (;;) {
        stopIf(signal)
        const next = await this.#chunks.next()
        if (next.done === true) break
        await session.chunk(this.#add(next.value))
      }
      await session.taken(positionsOf(this.#source.size))
      stopIf(signal)
      return await session.commit({ hash: this.#chain.value, keep, entry: entry() })
    } catch (err) {
      session.end()
      throw err
    } finally {
      this.link.uploads.leave()
    }
  }

  #add(bytes: Uint8Array): Sealed {
    this.#chain.add(bytes)
    const index = this.#taken + this.#kept.length
    const sealed = { index, bytes, hash: this.#chain.value }
    this.#kept.push(sealed)
    return sealed
  }

  #synced(chunks: number): void {
    const synced = this.#kept.filter(({ index }) => index < chunks)
    const last = synced.at(-1)
    if (last === undefined) return
    this.#kept.splice(0, synced.length)
    this.#taken = chunks
    this.#takenHash = last.hash
    this.#progress(chunks)
  }

  /** What was sent and is not there is sent again; a root that has something else has not kept ours. */
  #goOnFrom({ chunks, hash }: FileReady): void {
    this.#synced(chunks)
    if (chunks !== this.#taken || !b4a.equals(hash, this.#takenHash)) throw uploadLost()
  }

  async *#seal(keys: RoomKeys): AsyncGenerator<Uint8Array> {
    const { size } = this.#source
    let number = 0
    for await (const chunk of this.#source.chunks()) {
      const page = this.#hasher.add(chunk)
      yield sealChunk(keys, this.#fileKey, { number, size }, chunk)
      number++
      if (page !== null) yield sealPage(keys, this.#fileKey, this.#hasher.groups.length - 1, page)
    }
  }
}

interface AttemptOptions {
  keys: RoomKeys
  key: PathKey
  source: Source
  /** What its chunks are sealed with, where an entry names it already; else one is drawn. */
  fileKey?: Uint8Array
  /** Told how many chunks are synced. */
  progress: (chunks: number) => void
}

/** One attempt on one channel. */
class Session {
  readonly #link: FilesLink
  #request = 0
  #synced = 0
  /** What each chunk that is not answered weighs, in order. */
  readonly #weights: number[] = []
  #failure: RootPeerError | null = null
  #wake: () => void = () => {}
  #committed: FileCommitted | null = null

  constructor(link: FilesLink) {
    this.#link = link
  }

  begin(
    what: { key: PathKey; attempt: Uint8Array; size: number },
    synced: (chunks: number) => void
  ): Promise<FileReady> {
    return new Promise((resolve, reject) => {
      this.#request = this.#link.ask(
        {
          ready: (ready) => {
            this.#synced = ready.chunks
            resolve({ ...ready, hash: b4a.from(ready.hash) })
          },
          taken: ({ chunks }) => {
            const answered = this.#weights.splice(0, Math.max(0, chunks - this.#synced))
            this.#synced = Math.max(this.#synced, chunks)
            synced(this.#synced)
            this.#link.release(
              this.#request,
              answered.reduce((sum, each) => sum + each, 0)
            )
            this.#wake()
          },
          committed: (committed) => {
            this.#committed = committed
            this.#link.done(this.#request)
            this.#wake()
          },
          failed: (error) => {
            this.#failure = error
            reject(error)
            this.#wake()
          }
        },
        (send, request) => send.begin({ request, ...what })
      )
    })
  }

  async chunk({ index, bytes }: Sealed): Promise<void> {
    const weight = bytes.byteLength + wireLimits.fileOverheadBytes
    await this.#link.admit(weight)
    if (this.#failure !== null) throw this.#failure
    this.#weights.push(weight)
    this.#link.charge(this.#request, weight)
    const request = this.#request
    this.#link.say((send) => send.chunk({ request, index, bytes }))
  }

  /** Resolves once so many are synced. */
  taken(chunks: number): Promise<void> {
    return this.#until(() => this.#synced >= chunks)
  }

  async commit(what: { hash: Uint8Array; keep: number; entry: FileEntry }): Promise<FileCommitted> {
    const request = this.#request
    this.#link.say((send) => send.commit({ request, ...what }))
    await this.#until(() => this.#committed !== null)
    return this.#committed as FileCommitted
  }

  /** It is over, and not because of the root: what was sent is given up. */
  end(): void {
    if (this.#failure !== null || this.#committed !== null) return
    const request = this.#request
    this.#link.say((send) => send.stop({ request }))
    this.#link.done(request)
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#failure !== null) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function uploadLost(): RootPeerError<'UPLOAD_LOST'> {
  return new RootPeerError(
    'UPLOAD_LOST',
    'the root peer has not kept what was sent of this file: it has to be sent from its beginning'
  )
}
