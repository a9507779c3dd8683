// The folders above what is put: made once, and remembered. A folder that no root ever had an entry of has
// nothing in it, so what is put there need not be looked up first.

import { EntryKind } from '../../protocol/entry.ts'
import { foldersOf } from '../../protocol/paths.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { Lookup } from './lookup.ts'
import type { Writer } from './writer.ts'

export class Folders {
  readonly #lookup: Lookup
  readonly #writer: Writer
  /** Those that are known to be there, and whether they were new to every root when we made them. */
  readonly #made = new Map<string, Promise<boolean>>()

  constructor(lookup: Lookup, writer: Writer) {
    this.#lookup = lookup
    this.#writer = writer
  }

  /** Makes the folders above a path, each once; whether the last of them is new. */
  async makeAbove(path: string, signal: StopSignal | undefined): Promise<boolean> {
    let isNew = false
    for (const folder of foldersOf(path)) {
      let made = this.#made.get(folder)
      if (made === undefined) {
        made = this.#make(folder, signal)
        this.#made.set(folder, made)
        made.catch(() => this.#made.delete(folder))
      }
      isNew = await made
    }
    return isNew
  }

  /** It was deleted. */
  forget(path: string): void {
    this.#made.delete(path)
  }

  async #make(path: string, signal: StopSignal | undefined): Promise<boolean> {
    const located = await this.#lookup.newest(path, signal)
    if (located?.entry.kind === EntryKind.folder) return false
    const folder = { kind: EntryKind.folder, path }
    await this.#writer.write(folder, { keep: 0, signal, known: located })
    return located === null
  }
}
