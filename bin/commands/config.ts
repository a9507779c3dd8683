// `root-peer config`: what start would run with, and where each value came from. Opens nothing.

import type { EntryName, EntryValue } from '../../src/entries.ts'
import { ENTRY_NAMES, entryOf } from '../../src/entries.ts'
import type { Invocation } from '../commands.ts'
import { shown } from '../config/reload.ts'
import { visible } from '../display.ts'
import { write, writeJson } from '../output.ts'
import type { Settings } from '../settings.ts'

const GAP = 2

export async function run({ settings }: Invocation): Promise<void> {
  if (!settings.json) return write(table(settings))
  for (const name of ENTRY_NAMES) {
    const { layer, from } = settings.sources[name]
    const { reloadable } = entryOf(name)
    await writeJson({ name, value: shown(name, settings) ?? null, layer, from, reloadable })
  }
}

function table(settings: Settings): string {
  const rows = [
    ['setting', 'value', 'from', 'a change takes effect'],
    ...ENTRY_NAMES.map((name) => [
      name,
      visible(words(name, settings)),
      visible(settings.sources[name].from),
      entryOf(name).reloadable ? 'at SIGHUP' : 'at the next start'
    ])
  ]
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => (row[i] ?? '').length)) + GAP)
  return rows
    .map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('')}\n`)
    .join('')
}

function words(name: EntryName, settings: Settings): string {
  if (settings.local && name === 'bootstrap') return 'a DHT of its own'
  const value: EntryValue | undefined = shown(name, settings)
  if (value === undefined) return entryOf(name).unset ?? ''
  return typeof value === 'object' ? value.join(', ') : String(value)
}
