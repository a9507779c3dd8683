// Keeps one's own public space on this device, as it stands at its root peers. What is put from here is
// sealed a second time from where it came from, which gives the same bytes; only what this device has never
// had, or no longer, is fetched. Serves nothing.

import b4a from 'b4a'
import { mapKey } from '../../protocol/bytes.ts'
import type { PathKey } from '../../protocol/bytes.ts'
import { ContentHasher, sealChunk, sealPage } from '../../protocol/content.ts'
import type { Content } from '../../protocol/entry.ts'
import { openEntry, outranks } from '../../protocol/entry.ts'
import { badContent } from '../../protocol/errors.ts'
import type { Located } from '../files/catalog.ts'
import { isCode, pause } from '../files/failures.ts'
import type { FilesParts } from '../files/room-files.ts'
import { Source } from '../files/source.ts'
import type { FilesKeeper } from '../files/writer.ts'
import type { Profile } from '../profile/profile.ts'
import { Ending } from './ending.ts'
import type { SpaceStore } from './space-store.ts'

/** How far the space was followed; and that all there was at a root peer is here. */
const CURSOR = 'space-cursor'
const WHOLE = 'space-whole'

export class Keeper implements FilesKeeper {
  readonly store: SpaceStore
  readonly #files: FilesParts
  readonly #profile: Profile
  readonly #ending = new Ending()
  /** What is being put from here, by key. */
  readonly #storing = new Map<string, Promise<void>>()
  #whole = false
  #cursor = 'start'
  readonly #followed: Promise<void>

  constructor(store: SpaceStore, files: FilesParts, profile: Profile) {
    this.store = store
    this.#files = files
    this.#profile = profile
    files.writer.keeper = this
    this.#followed = this.#follow()
  }

  /** Whether all that a root peer had at some time is here: until then it must not be taken for all. */
  get isWhole(): boolean {
    return this.#whole
  }

  storing(key: PathKey): (stored: Located | null, source: Source | null) => Promise<void> {
    let end = (): void => {}
    const name = mapKey(key)
    const before = this.#storing.get(name)
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#storing.set(name, over)
    return async (located, source) => {
      await before
      try {
        // What can't be had again from there comes back from a root peer.
        const again = source === null || source.again
        if (located !== null && again) await this.#keep(located, source)
      } catch {
        // The file has changed meanwhile, or the disk is full: it is followed, as what others put.
      } finally {
        if (this.#storing.get(name) === over) this.#storing.delete(name)
        end()
      }
    }
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await this.#followed
    await Promise.all(this.#storing.values())
    await this.store.close()
  }

  /** First all there is, then what is put, until it is closed. Never rejects. */
  async #follow(): Promise<void> {
    const signal = this.#ending
    for (let attempts = 0; !signal.aborted; attempts++) {
      try {
        if (attempts === 0) await this.#takeUp()
        await this.#take(false)
        if (!this.#whole) await this.#profile.write([{ name: WHOLE, value: b4a.from([1]) }])
        this.#whole = true
        await this.#take(true)
        return
      } catch (err) {
        if (isCode(err, 'CLOSED')) return
        await pause(attempts, signal)
      }
    }
  }

  async #takeUp(): Promise<void> {
    const cursor = await this.#profile.get(CURSOR)
    this.#whole = (await this.#profile.get(WHOLE)) !== null
    if (cursor !== null) this.#cursor = b4a.toString(cursor)
  }

  async #take(live: boolean): Promise<void> {
    const options = { from: this.#cursor, folder: null, live, signal: this.#ending }
    for await (const change of this.#files.changes.follow(options)) {
      if (change.kind === 'again') continue // what is here already is not fetched again
      if (change.kind === 'entry') {
        await this.#storing.get(mapKey(change.located.stored.key))
        await this.#keep(change.located, null).catch((err: unknown) => {
          // Replaced since: what has replaced it comes later.
          if (!isCode(err, 'FILE_UNKNOWN') && !isCode(err, 'FILE_CHANGED')) throw err
        })
      }
      this.#cursor = change.cursor
      this.#profile.later(CURSOR, () => b4a.from(this.#cursor))
    }
  }

  /** @param source where the content can be had without a root peer. */
  async #keep(located: Located, source: Source | null): Promise<void> {
    const { key, storedAt, version, deleted, size, sealed } = located.stored
    if (!(await this.#isNews(located))) return
    const staged = this.store.stage()
    try {
      const { content } = located.entry
      if (content !== null) {
        const pieces =
          source?.chunks() ?? new Source(() => this.#fetch(located, content), content.size).chunks()
        for await (const chunks of this.#seal(content, pieces)) await staged.add(chunks)
      }
      const entry = { version, deleted, size, sealed }
      await this.store.put(key, { storedAt, entry, blobs: staged.blobs })
    } catch (err) {
      staged.drop()
      throw err
    }
  }

  async #isNews({ entry, stored }: Located): Promise<boolean> {
    const key = stored.key as PathKey
    const kept = await this.store.get(key)
    return kept === null || outranks(entry, openEntry(this.#files.keys, key, kept.entry))
  }

  #fetch(located: Located, { size }: Content): AsyncGenerator<Uint8Array> {
    return this.#files.reader.read(located, { from: 0, to: size }, this.#ending)
  }

  /** As root peers have it. Throws `BAD_CONTENT` if it is not what the entry says. */
  async *#seal(
    { fileKey, size, groups }: Content,
    pieces: AsyncIterable<Uint8Array>
  ): AsyncGenerator<Uint8Array[]> {
    const { keys } = this.#files
    const hasher = new ContentHasher(size)
    let number = 0
    for await (const chunk of pieces) {
      const page = hasher.add(chunk)
      const sealed = [sealChunk(keys, fileKey, { number, size }, chunk)]
      number++
      const group = hasher.groups.length - 1
      if (page !== null) sealed.push(sealPage(keys, fileKey, group, page))
      yield sealed
    }
    const same = hasher.groups.every((hash, i) => b4a.equals(hash, groups[i] ?? b4a.alloc(0)))
    if (!same || hasher.groups.length !== groups.length) throw badContent('the source has changed')
  }
}
