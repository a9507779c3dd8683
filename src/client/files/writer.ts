// Writing entries: one above what stands, again if somebody was faster, and after a break only if it is not
// there yet. Small content travels with its entry, larger content before it. Never decides what is written.

import b4a from 'b4a'
import type { AuthorKey, EntryHash, KeyPair, PathKey, Signature } from '../../protocol/bytes.ts'
import { ContentHasher, positionsOf, sealChunk, sealedBytesOf } from '../../protocol/content.ts'
import { randomBytes } from '../../protocol/derive.ts'
import type { Content, Entry, OpenedEntry } from '../../protocol/entry.ts'
import { keyOfEntry, NO_ENTRY, sealEntry } from '../../protocol/entry.ts'
import { tooLarge } from '../../protocol/errors.ts'
import type { FileCommitted, FileEntry } from '../../protocol/files-channel.ts'
import { certify } from '../../protocol/keys.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import { Attempt } from './attempt.ts'
import type { Catalog, Located } from './catalog.ts'
import { fileNotFound, isCode, passes, pause, stopIf } from './failures.ts'
import type { FileRoots } from './file-roots.ts'
import type { FilesLink } from './files-link.ts'
import type { KeptUploads } from './kept-uploads.ts'
import { put } from './put.ts'
import type { Source } from './source.ts'

/** What is to stand at a path. Number, author and time are the writer's part. */
export type Draft = Pick<Entry, 'kind' | 'path'> &
  Partial<Pick<Entry, 'modifiedAt' | 'mediaType' | 'value'>>

export interface WriteOptions {
  /** Older versions to keep. */
  keep: number
  signal: StopSignal | undefined
  /** What stands there, if it is known: then no root is asked first. */
  known?: Located | null | undefined
  /** Told how many bytes are stored. */
  progress?: ((bytes: number) => void) | undefined
}

export interface WriterOptions {
  keys: RoomKeys
  identity: KeyPair
  roots: FileRoots
  catalog: Catalog
  now: () => number
  /** Where uploads are remembered; null where nothing is kept. */
  uploads: KeptUploads | null
  /** A root has stored an entry of ours. */
  stored: (located: Located) => void
}

/** Who keeps what is put from here. */
export interface FilesKeeper {
  /**
   * An entry is about to be stored.
   *
   * @returns told once it is, with where its content came from, if it has any; with null if it was not.
   */
  storing(key: PathKey): (stored: Located | null, source: Source | null) => Promise<void>
}

/** How an entry comes to a root: `seal` makes it, once its content is known. */
type Deliver = (
  link: FilesLink,
  seal: (content: Content | null) => FileEntry,
  key: PathKey
) => Promise<FileCommitted>

interface Made {
  entry: OpenedEntry
  given: FileEntry
}

export class Writer {
  readonly #options: WriterOptions
  readonly #certificate: Signature | null
  /** Paths of uploads under way that are kept. */
  readonly #uploading = new Set<string>()
  keeper: FilesKeeper | null = null

  constructor(options: WriterOptions) {
    this.#options = options
    this.#certificate = certify(options.keys, options.identity.publicKey as AuthorKey)
  }

  /** Stores an entry that has no content. */
  write(draft: Draft, options: WriteOptions): Promise<Located> {
    return this.#kept(draft, null, () =>
      this.#store(draft, options, (link, seal, key) =>
        put(link, { key, keep: options.keep, contentOf: 0, entry: seal(null), chunks: [] })
      )
    )
  }

  /** Stores a file whose content is that of a version which a root still has. */
  rewrite(draft: Draft, version: OpenedEntry, options: WriteOptions): Promise<Located> {
    return this.#store(draft, options, async (link, seal, key) => {
      const seq = await this.#seqOf(link, key, version.hash)
      if (seq === null) throw fileNotFound(`${draft.path}, version ${version.number}`)
      const entry = seal(version.content)
      return put(link, { key, keep: options.keep, contentOf: seq, entry, chunks: [] })
    })
  }

  /** Stores a file. */
  async writeFile(draft: Draft, source: Source, options: WriteOptions): Promise<Located> {
    const { fileChunksMax, filePutBytesMax, fileChunkBytes } = wireLimits
    if (positionsOf(source.size) > fileChunksMax) {
      throw tooLarge('a file in bytes', fileChunksMax * fileChunkBytes, source.size)
    }
    const small = sealedBytesOf(source.size) <= filePutBytesMax
    return this.#kept(draft, source, () =>
      small ? this.#writeSmall(draft, source, options) : this.#writeLarge(draft, source, options)
    )
  }

  /** Whatever becomes of it, whoever keeps what is put from here is told. */
  async #kept(
    draft: Draft,
    source: Source | null,
    store: () => Promise<Located>
  ): Promise<Located> {
    const told = this.keeper?.storing(keyOfEntry(this.#options.keys, draft))
    let located: Located | null = null
    try {
      located = await store()
      return located
    } finally {
      await told?.(located, source)
    }
  }

  async #writeSmall(draft: Draft, source: Source, options: WriteOptions): Promise<Located> {
    const { size } = source
    const fileKey = randomBytes(32)
    const hasher = new ContentHasher(size)
    const chunks: Uint8Array[] = []
    for await (const chunk of source.chunks()) {
      hasher.add(chunk)
      chunks.push(sealChunk(this.#options.keys, fileKey, { number: 0, size }, chunk))
    }
    const content: Content = { size, fileKey, groups: hasher.groups }
    const stored = await this.#store(draft, options, (link, seal, key) =>
      put(link, { key, keep: options.keep, contentOf: 0, entry: seal(content), chunks })
    )
    options.progress?.(size)
    return stored
  }

  async #writeLarge(draft: Draft, source: Source, options: WriteOptions): Promise<Located> {
    const { keys } = this.#options
    // What can't be read again can't be gone through again; and of two at one path the second does not go on
    // with what the first has kept: both would seal under one key.
    const { path } = draft
    const isAlone = source.again && !this.#uploading.has(path)
    const uploads = isAlone ? this.#options.uploads : null
    const progress = (chunks: number): void =>
      options.progress?.(Math.min(source.size, chunks * wireLimits.fileChunkBytes))
    let attempt: Attempt | null = null
    const begin = async (link: FilesLink, key: PathKey): Promise<Attempt> => {
      const keep = uploads === null ? undefined : uploads.keep.bind(uploads, key)
      const earlier = (await uploads?.recall(key)) ?? null
      const fits = earlier?.size === source.size && b4a.equals(earlier.root, link.room.link.root)
      const base = { keys, key, source, progress, keep }
      return new Attempt(link, fits ? { ...base, earlier } : base)
    }
    const deliver: Deliver = async (link, seal, key) => {
      for (;;) {
        if (attempt?.link !== link) attempt = await begin(link, key)
        const { content } = attempt
        try {
          const committed = await attempt.bring({
            entry: () => seal(content),
            keep: options.keep,
            signal: options.signal
          })
          await uploads?.forget(key)
          return committed
        } catch (err) {
          if (!isCode(err, 'UPLOAD_LOST') || !source.again) throw err
          await uploads?.forget(key)
          attempt = null
        }
      }
    }
    // What can't be read again can't begin anew at another root.
    const pinned = (): FilesLink | undefined => (source.again ? undefined : attempt?.link)
    if (uploads === null) return this.#store(draft, options, deliver, pinned)
    this.#uploading.add(path)
    try {
      return await this.#store(draft, options, deliver, pinned)
    } finally {
      this.#uploading.delete(path)
    }
  }

  /** Until it stands there, or can't. */
  async #store(
    draft: Draft,
    options: WriteOptions,
    deliver: Deliver,
    pinned: () => FilesLink | undefined = () => undefined
  ): Promise<Located> {
    const { keys, roots, catalog } = this.#options
    const key = keyOfEntry(keys, draft)
    const ours: Made[] = []
    let { known } = options
    for (let attempts = 0; ; attempts++) {
      const link = await roots.some(options.signal, pinned())
      try {
        const before = known === undefined ? await catalog.newest(roots.open, key) : known
        known = undefined
        // After a break, one that was handed in before may stand there already.
        const stands = before !== null && ours.some(({ entry }) => isSame(entry, before))
        if (stands) return before
        const seal = (content: Content | null): FileEntry => {
          const made = this.#make(draft, content, before)
          ours.push(made)
          return made.given
        }
        const { seq, storedAt } = await deliver(link, seal, key)
        const { entry, given } = ours.at(-1) as Made
        const located = { entry, stored: { key, seq, storedAt, ...given }, link }
        this.#options.stored(located)
        return located
      } catch (err) {
        stopIf(options.signal)
        if (isCode(err, 'FILE_CHANGED')) continue
        if (!passes(err)) throw err
        await pause(attempts, options.signal)
      }
    }
  }

  #make(draft: Draft, content: Content | null, before: Located | null): Made {
    const { keys, identity, now } = this.#options
    const time = now()
    const entry: Entry = {
      modifiedAt: time,
      mediaType: '',
      value: b4a.alloc(0),
      ...draft,
      content,
      number: (before?.entry.number ?? 0) + 1,
      previous: before?.entry.hash ?? NO_ENTRY,
      author: identity.publicKey as AuthorKey,
      writtenAt: time
    }
    const { hash, entry: given } = sealEntry(keys, identity, entry, this.#certificate)
    return { entry: { ...entry, hash }, given }
  }

  /** Under which number a root has this very entry; null if it has not. */
  async #seqOf(link: FilesLink, key: PathKey, hash: EntryHash): Promise<number | null> {
    const { catalog } = this.#options
    const stands = await catalog.stat(link, key)
    const all = [...(stands === null ? [] : [stands]), ...(await catalog.versions(link, key))]
    return all.find(({ entry }) => b4a.equals(entry.hash, hash))?.stored.seq ?? null
  }
}

function isSame(entry: OpenedEntry, { entry: other }: Located): boolean {
  return b4a.equals(entry.hash, other.hash)
}
