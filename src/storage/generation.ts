// The state file of a data folder: its format, its generation, whether it was closed cleanly. Owns the
// rule of when the storage may have been rolled back. Never reads or writes without the store's lock.

import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { reasonOf, storeDamaged, storeNewer } from '../errors.ts'

/** 2: the registry is notes. */
const FORMAT = 2
const FILE = 'root-peer.json'

/** What the state file says. */
export interface StoreState {
  readonly format: number
  /** Raised whenever the storage may have gone back in time; never lowered. */
  readonly generation: number
  /** Of the machine's boot under which the store was last open; null where there is none to ask. */
  readonly bootId: string | null
  /** True if everything was synced and nothing was written after. */
  readonly clean: boolean
  /** Random, of one opening: tells whether someone else opened the store in between. */
  readonly opening: string
  /** This opening and those before it, the newest last; begun anew by versions that know nothing of it. */
  readonly openings: readonly string[]
}

const OPENINGS_MAX = 16

/**
 * @returns null if there is no state file
 * @throws STORE_NEWER, STORE_DAMAGED if it can't be understood
 */
export function readState(directory: string): StoreState | null {
  let text
  try {
    text = fs.readFileSync(path.join(directory, FILE), 'utf8')
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw err
  }
  let state
  try {
    state = JSON.parse(text) as Partial<StoreState> | null
  } catch (err) {
    throw unreadable(directory, reasonOf(err))
  }
  if (!isNatural(state?.format)) throw unreadable(directory, 'it says no format')
  if (state.format > FORMAT) throw storeNewer(directory)
  const { generation, bootId, clean, opening, openings } = state
  if (!isNatural(generation)) throw unreadable(directory, 'it says no generation')
  return {
    format: state.format,
    generation,
    bootId: typeof bootId === 'string' ? bootId : null,
    clean: clean === true,
    opening: String(opening),
    openings: Array.isArray(openings) ? openings.map(String).slice(-OPENINGS_MAX) : []
  }
}

/** The state to write before the first write of an opening. */
export function nextState(
  previous: StoreState | null,
  { restored, hasContent }: { restored: boolean; hasContent: boolean }
): StoreState {
  const bootId = currentBootId()
  const opening = randomBytes(16).toString('hex')
  return {
    format: FORMAT,
    generation: nextGeneration(previous, { restored, hasContent, bootId }),
    bootId,
    clean: false,
    opening,
    openings: [...(previous?.openings ?? []), opening].slice(-OPENINGS_MAX)
  }
}

function nextGeneration(
  previous: StoreState | null,
  {
    restored,
    hasContent,
    bootId
  }: { restored: boolean; hasContent: boolean; bootId: string | null }
): number {
  // The state file of this content is lost: seconds are more than any number of starts.
  if (previous === null) return hasContent ? Math.floor(Date.now() / 1000) : 1
  if (restored) return previous.generation + 1
  if (previous.clean) return previous.generation
  // Killed, but the kernel lived on: what was written is still there, synced or not.
  const sameBoot = bootId !== null && bootId === previous.bootId
  return sameBoot ? previous.generation : previous.generation + 1
}

/** Replaces the state file, durably and all at once. */
export function writeState(directory: string, state: StoreState): void {
  const file = path.join(directory, FILE)
  const temporary = `${file}.new`
  const fd = fs.openSync(temporary, 'w', 0o600)
  try {
    fs.writeFileSync(fd, `${JSON.stringify(state)}\n`)
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
  fs.renameSync(temporary, file)
  syncFolderNow(directory)
}

function syncFolderNow(directory: string): void {
  const fd = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

function currentBootId(): string | null {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null
  } catch {
    return null
  }
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function unreadable(directory: string, why: string): Error {
  return storeDamaged(
    directory,
    `${FILE} can't be read (${why}); restore it, or start with --restored to make it anew`
  )
}
