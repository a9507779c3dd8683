// What the configuration file says: one JSON object, with the entries' names. Read whole, each time it
// is asked for. Never judges a value.

import { readFileSync, statSync } from 'node:fs'
import type { EntryName } from '../../src/entries.ts'
import { ENTRY_NAMES, entryOf, isEntry } from '../../src/entries.ts'
import { reasonOf } from '../../src/errors.ts'
import { meantBy } from '../slips.ts'
import { faultIn } from './json.ts'
import type { Found } from './values.ts'

const FILE_BYTES_MAX = 1024 * 1024
const SHOWN_LETTERS_MAX = 40
const FOR_ONE_RUN = ['config', 'local', 'restored', 'json', 'debug']
const UNREADABLE = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'this user may not read it']
])

/** @param problems - takes a sentence for everything that is wrong but values */
export function fromFile(file: string, problems: string[]): Found[] {
  const text = textOf(file, problems)
  if (text === null) return []
  const fault = faultIn(text)
  if (fault !== null) {
    problems.push(`${file}, line ${fault.line}, column ${fault.column}: ${fault.what}`)
    return []
  }
  const settings: unknown = JSON.parse(text)
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    problems.push(`${file}: expected an object, { "storage": … }`)
    return []
  }
  return Object.entries(settings).flatMap(([name, value]): Found[] => {
    if (isEntry(name)) return [{ name, value, source: { layer: 'file', from: file } }]
    problems.push(`${file}: ${unknown(name)}`)
    return []
  })
}

/** Null if there is none. A pipe or a device could keep a running root peer waiting for ever. */
function textOf(file: string, problems: string[]): string | null {
  try {
    const stat = statSync(file)
    if (stat.isFile() && stat.size <= FILE_BYTES_MAX) {
      return readFileSync(file, 'utf8').replace(/^\ufeff/, '')
    }
    if (stat.isFile()) problems.push(`${file}: it is larger than any configuration`)
    else
      problems.push(`--config ${file}: it is ${stat.isDirectory() ? 'a folder, not a' : 'no'} file`)
  } catch (err) {
    problems.push(`--config ${file}: ${unreadable(err)}`)
  }
  return null
}

function unreadable(err: unknown): string {
  const { code = '' } = err as NodeJS.ErrnoException
  return UNREADABLE.get(code) ?? `it can't be read (${reasonOf(err)})`
}

function unknown(name: string): string {
  // A restored that stays in a file would be a mistake at every start but the first.
  if (FOR_ONE_RUN.includes(name)) {
    return `"${name}" is for one run, and no setting: give the flag --${name} instead`
  }
  const meant = meantEntry(name)
  const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`
  return `there is no setting "${name.slice(0, SHOWN_LETTERS_MAX)}"${hint}`
}

/** Also for who wrote the name of its flag or of its variable. */
function meantEntry(name: string): EntryName | undefined {
  const likely = new Map<string, EntryName>()
  for (const entry of ENTRY_NAMES) likely.set(plain(entryOf(entry).env), entry)
  for (const entry of ENTRY_NAMES) likely.set(plain(entryOf(entry).flag), entry)
  for (const entry of ENTRY_NAMES) likely.set(plain(entry), entry)
  return likely.get(meantBy(plain(name), [...likely.keys()]) ?? '')
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/^root_peer_/, '')
    .replace(/[-_]/g, '')
}
