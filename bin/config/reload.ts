// The configuration read again while the process runs: what changed and takes effect, and what would
// need a restart. Never applies anything: that is the command's part.

import type { EntryName, EntryValue } from '../../src/entries.ts'
import { ENTRY_NAMES, entryOf } from '../../src/entries.ts'
import type { Settings } from '../settings.ts'
import { parseSettings } from '../settings.ts'

export interface Change {
  readonly name: EntryName
  /** Undefined: nothing is set. A secret is shown as `(secret)`. */
  readonly from: EntryValue | undefined
  readonly to: EntryValue | undefined
}

export interface Reload {
  /** What holds from now on: entries that need a restart are as they were. */
  readonly settings: Settings
  /** What is different in `settings`. */
  readonly changed: readonly Change[]
  /** What the file or the environment say, and what takes effect at the next start only. */
  readonly needRestart: readonly Change[]
}

/**
 * Reads file and environment again, with the same flags.
 *
 * @param settings - those that the process runs with
 * @throws `CONFIG`, naming everything that is wrong; then all stays as it is
 */
export function reload(settings: Settings): Reload {
  const fresh = parseSettings(settings.given)
  const different = ENTRY_NAMES.filter((name) => !isSame(settings[name], fresh[name]))
  const applied = new Set<string>(ENTRY_NAMES.filter((name) => entryOf(name).reloadable))
  const changes = (reloadable: boolean): Change[] =>
    different
      .filter((name) => entryOf(name).reloadable === reloadable)
      .map((name) => ({ name, from: shown(name, settings), to: shown(name, fresh) }))
  return {
    settings: Object.freeze({
      ...settings,
      ...only(applied, fresh),
      sources: { ...settings.sources, ...only(applied, fresh.sources) }
    }),
    changed: changes(true),
    needRestart: changes(false)
  }
}

/** The entry's value for people and programs; never a secret. */
export function shown(name: EntryName, settings: Settings): EntryValue | undefined {
  const value = settings[name]
  return value === undefined || entryOf(name).secret !== true ? value : '(secret)'
}

function isSame(a: EntryValue | undefined, b: EntryValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function only<Whole extends object>(names: ReadonlySet<string>, whole: Whole): Partial<Whole> {
  const kept = Object.entries(whole).filter(([name]) => names.has(name))
  return Object.fromEntries(kept) as Partial<Whole>
}
