// What stands at a path, and what stood there before: of all roots that answer, the entry that holds.

import type { PathKey } from '../../protocol/bytes.ts'
import { EntryKind, isThere } from '../../protocol/entry.ts'
import { badPath } from '../../protocol/errors.ts'
import type { RoomKeys } from '../../protocol/keys.ts'
import { normalPath, pathKey } from '../../protocol/paths.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { Catalog, Located } from './catalog.ts'
import { fileNotFound } from './failures.ts'
import type { FileRoots } from './file-roots.ts'

export class Lookup {
  readonly #keys: RoomKeys
  readonly #roots: FileRoots
  readonly #catalog: Catalog

  constructor(keys: RoomKeys, roots: FileRoots, catalog: Catalog) {
    this.#keys = keys
    this.#roots = roots
    this.#catalog = catalog
  }

  /** The file or folder at a path; null if there is none. Throws `BAD_PATH`. */
  async stands(path: string, signal: StopSignal | undefined): Promise<Located | null> {
    const located = await this.newest(path, signal)
    return located === null || !isThere(located.entry) ? null : located
  }

  /** The newest entry of a path, which may say that it was deleted; null if there never was one. */
  async newest(path: string, signal: StopSignal | undefined): Promise<Located | null> {
    const key = this.#keyOf(path)
    return this.#roots.ask(() => this.#catalog.newest(this.#roots.open, key), signal)
  }

  /** The older versions that are kept, newest first. */
  async versions(path: string, signal: StopSignal | undefined): Promise<Located[]> {
    const key = this.#keyOf(path)
    // The owner's device comes first, and keeps none: the last of those that answer is a root if any is.
    return this.#roots.ask(
      (first) => this.#catalog.versions(this.#roots.open.at(-1) ?? first, key),
      signal
    )
  }

  /** One version of a file. Throws `FILE_UNKNOWN` if it is not kept. */
  async version(path: string, version: number, signal: StopSignal | undefined): Promise<Located> {
    const stands = await this.stands(path, signal)
    const all = [...(stands === null ? [] : [stands]), ...(await this.versions(path, signal))]
    const found = all.find(({ entry }) => entry.number === version && entry.kind === EntryKind.file)
    if (found === undefined) throw fileNotFound(`${path}, version ${version}`)
    return found
  }

  #keyOf(path: string): PathKey {
    const normal = normalPath(path)
    if (normal === '') {
      throw badPath('the folder that holds all has no entry of its own: list it', path)
    }
    return pathKey(this.#keys, normal)
  }
}
