// One attempt to bring a file's content to one root: sealed under a key of its own, chunk after chunk, and
// after a break from where the root stands; after the end of the process too, if it was kept. Holds the
// chunks that are not synced there, and no others.

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
import type { StopSignal } from '../reading/reader-options.ts'
import { isCode, stopIf } from './failures.ts'
import type { FilesLink } from './files-link.ts'
import type { KeptUpload } from './kept-uploads.ts'
import type { Source } from './source.ts'
import { UploadSession } from './upload-session.ts'

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
  readonly #name: Uint8Array
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
  readonly #keep: AttemptOptions['keep']
  /** What an earlier run has sent, until that was gone through. */
  #earlier: KeptUpload | null

  constructor(link: FilesLink, options: AttemptOptions) {
    const { keys, key, source, progress, earlier = null } = options
    this.link = link
    this.#name = earlier?.name ?? randomBytes(16)
    this.#fileKey = earlier?.fileKey ?? options.fileKey ?? randomBytes(32)
    this.#keep = options.keep
    this.#earlier = earlier
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
    const session = new UploadSession(this.link)
    await this.link.uploads.enter()
    try {
      const size = sealedBytesOf(this.#source.size)
      const ready = await session.begin({ key: this.#key, attempt: this.#name, size }, (chunks) =>
        this.#synced(chunks)
      )
      if (this.#earlier !== null) await this.#goThrough(this.#earlier, ready)
      this.#goOnFrom(ready)
      for (const sealed of [...this.#kept]) await session.chunk(sealed)
      for (;;) {
        stopIf(signal)
        const batch = await this.#next()
        if (batch.length === 0) break
        for (const sealed of batch) await session.chunk(sealed)
      }
      await session.taken(positionsOf(this.#source.size))
      stopIf(signal)
      return await session.commit({ hash: this.#chain.value, keep, entry: entry() })
    } catch (err) {
      // Given up by the app, it may be gone on with.
      if (this.#keep !== undefined && isCode(err, 'ABORTED')) session.leave()
      else session.end()
      throw err
    } finally {
      this.link.uploads.leave()
    }
  }

  /** The next chunks to be sent; none at the end. What is kept is kept before it is sent. */
  async #next(): Promise<Sealed[]> {
    const batch: Sealed[] = []
    while (batch.length < (this.#keep === undefined ? 1 : KEPT_TOGETHER)) {
      const next = await this.#chunks.next()
      if (next.done === true) break
      batch.push(this.#add(next.value))
    }
    const last = batch.at(-1)
    if (last !== undefined) {
      await this.#keep?.({
        root: this.link.room.link.root,
        name: this.#name,
        fileKey: this.#fileKey,
        size: this.#source.size,
        sent: last.index + 1,
        hash: last.hash
      })
    }
    return batch
  }

  /**
   * Seals again what was sent, without sending it: under one key nothing else may ever be sealed, so it must
   * come to the same. Throws `UPLOAD_LOST` if it does not, or the root lacks more than would be held.
   */
  async #goThrough({ sent, hash }: KeptUpload, { chunks }: FileReady): Promise<void> {
    if (sent - chunks > HELD_AGAIN_MAX || chunks > sent) throw uploadLost()
    while (this.#taken + this.#kept.length < sent) {
      const next = await this.#chunks.next()
      if (next.done === true) throw uploadLost()
      this.#add(next.value)
      const done = this.#taken + this.#kept.length
      if (done <= chunks) this.#synced(done)
    }
    if (!b4a.equals(this.#chain.value, hash)) throw uploadLost()
    this.#earlier = null
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

/** Chunks that are kept with one write. */
const KEPT_TOGETHER = 16
/** Chunks that may have been sent and are not synced: the window, and what was kept to be sent. */
const HELD_AGAIN_MAX = 64

interface AttemptOptions {
  keys: RoomKeys
  key: PathKey
  source: Source
  /** What its chunks are sealed with, where an entry names it already; else one is drawn. */
  fileKey?: Uint8Array
  /** Called with what is about to be sent; where an upload is to outlive the process. */
  keep?: ((upload: KeptUpload) => Promise<void>) | undefined
  /** What was kept of an earlier run. */
  earlier?: KeptUpload | null
  /** Told how many chunks are synced. */
  progress: (chunks: number) => void
}

function uploadLost(): RootPeerError<'UPLOAD_LOST'> {
  return new RootPeerError(
    'UPLOAD_LOST',
    'the root peer has not kept what was sent of this file: it has to be sent from its beginning'
  )
}
