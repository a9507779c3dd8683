// Small values under names that a room has beside its files: topic, display names, what bots remember. Last
// writer by version; signed as files are. Never larger than fits its entry.

import b4a from 'b4a'
import { formatKey } from '../../protocol/bytes.ts'
import { EntryKind, isThere } from '../../protocol/entry.ts'
import { lesserInvite, tooLarge } from '../../protocol/errors.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { normalName, stateHash, stateKey } from '../../protocol/paths.ts'
import type { StopSignal } from '../reading/reader-options.ts'
import type { CatalogPage, Located } from './catalog.ts'
import type { FilesParts } from './room-files.ts'

export interface StateValue {
  name: string
  /** Empty if it was unset. */
  value: Uint8Array
  /** Whether there is one. */
  set: boolean
  /** Who set it, in z32. */
  author: string
  version: number
  storedAt: number
}

export class RoomState {
  readonly #parts: FilesParts

  constructor(parts: FilesParts) {
    this.#parts = parts
  }

  /** What is set under a name; null if nothing is. Throws `BAD_PATH`. */
  async get(name: string, { signal }: { signal?: StopSignal } = {}): Promise<StateValue | null> {
    const { keys, roots, catalog } = this.#parts
    const key = stateKey(keys, normalName(name))
    const located = await roots.ask(() => catalog.newest(roots.open, key), signal)
    return located === null || !isThere(located.entry) ? null : valueOf(located)
  }

  /**
   * Sets a value, or unsets it with null; resolves once a root peer has stored that.
   *
   * @throws `LESSER_INVITE`, `BAD_PATH`, `TOO_LARGE`; see `put` of files.
   */
  async set(
    name: string,
    value: Uint8Array | string | null,
    { signal }: { signal?: StopSignal } = {}
  ): Promise<StateValue> {
    if (this.#parts.keys.writer === null) throw lesserInvite('member', 'guest')
    const path = normalName(name)
    const bytes = typeof value === 'string' ? b4a.from(value) : value
    const { valueBytesMax } = wireLimits
    if (bytes !== null && bytes.byteLength > valueBytesMax) {
      throw tooLarge('a value in bytes', valueBytesMax, bytes.byteLength)
    }
    const draft = { path, modifiedAt: 0 }
    const kinds =
      bytes === null
        ? { ...draft, kind: EntryKind.unset }
        : { ...draft, kind: EntryKind.value, value: bytes }
    return valueOf(await this.#parts.writer.write(kinds, { keep: 0, signal }))
  }

  /** All that is set. */
  async list({ signal }: { signal?: StopSignal } = {}): Promise<StateValue[]> {
    const { keys, roots, catalog } = this.#parts
    const folder = stateHash(keys)
    const values: StateValue[] = []
    let after: Uint8Array | null = null
    do {
      const which = { folder, after, limit: wireLimits.fileEntriesMax }
      const page: CatalogPage = await roots.ask((link) => catalog.list(link, which), signal)
      values.push(...page.found.filter(({ entry }) => isThere(entry)).map(valueOf))
      after = page.next
    } while (after !== null)
    return values
  }

  /** What is set and unset, as it happens; first all that is set, unless `from` is a cursor. */
  async *watch({
    from = 'start',
    signal
  }: { from?: string; signal?: StopSignal } = {}): AsyncGenerator<StateValue & { cursor: string }> {
    const folder = stateHash(this.#parts.keys)
    for await (const change of this.#parts.changes.follow({ from, folder, live: true, signal })) {
      if (change.kind !== 'entry') continue
      yield { ...valueOf(change.located), cursor: change.cursor }
    }
  }
}

function valueOf({ entry, stored }: Located): StateValue {
  const { path: name, value, number: version } = entry
  return {
    name,
    value,
    set: isThere(entry),
    author: formatKey(entry.author),
    version,
    storedAt: stored.storedAt
  }
}
