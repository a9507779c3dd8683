// Values of the configuration from all layers into those that hold, each with where it came from.
// Never reads a file or a variable: it is handed what was found.

import * as v from 'valibot'
import type { EntryName, EntryValues } from '../../src/entries.ts'
import { ENTRY_NAMES, entryOf } from '../../src/entries.ts'

/** Where a value came from. A later layer wins. */
export interface Source {
  readonly layer: 'default' | 'file' | 'environment' | 'flag'
  /** The file's path, the variable, or the flag; `default`, if nobody said anything. */
  readonly from: string
}

/** What one layer says of an entry, not checked yet. */
export interface Found {
  readonly name: EntryName
  readonly value: unknown
  readonly source: Source
}

export type Sources = Readonly<Record<EntryName, Source>>

export interface Effective {
  readonly values: EntryValues
  readonly sources: Sources
}

const DEFAULT: Source = { layer: 'default', from: 'default' }
const SHOWN_LETTERS_MAX = 60

/**
 * What holds.
 *
 * @param found - of all layers; of two for one entry, the later wins
 * @param problems - takes a sentence for each value that is none, also of those that lose
 */
export function effective(found: readonly Found[], problems: string[]): Effective {
  const values: Partial<Record<EntryName, unknown>> = {}
  const sources = {} as Record<EntryName, Source>
  for (const name of ENTRY_NAMES) {
    values[name] = entryOf(name).byDefault
    sources[name] = DEFAULT
  }
  for (const { name, value, source } of found) {
    const result = v.safeParse(entryOf(name).schema, value)
    if (result.success) {
      values[name] = result.output
      sources[name] = source
    } else {
      const wrong = result.issues.map(({ input, message }) => problem(name, source, input, message))
      problems.push(...new Set(wrong)) // a number may be too small and no whole one
    }
  }
  return { values: values as EntryValues, sources }
}

/** `--port "x": expected …`, `/etc/root-peer.json: port 1.5: expected …`. */
function problem(name: EntryName, source: Source, value: unknown, message: string): string {
  const where = source.layer === 'file' ? `${source.from}: ${name}` : source.from
  return `${where}${entryOf(name).secret === true ? '' : ` ${shown(value)}`}: ${message}`
}

function shown(value: unknown): string {
  // JSON has no word for what is too large a number.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return text.length > SHOWN_LETTERS_MAX ? `${text.slice(0, SHOWN_LETTERS_MAX)}…` : text
}
