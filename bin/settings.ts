// Flags, environment and file into one frozen object that every command reads. Flags win over the
// environment, and that over the file. Never checks what only the network can.

import path from 'node:path'
import { badConfig, usage } from '../src/errors.ts'
import type { EntryName, EntryValues } from '../src/entries.ts'
import { formatKey, parsePeerKey } from '../src/protocol/protocol.ts'
import { fromCommandLine } from './config/command-line.ts'
import { fromEnvironment, variable } from './config/environment.ts'
import { fromFile } from './config/file.ts'
import type { Effective, Sources } from './config/values.ts'
import { effective } from './config/values.ts'
import type { FlagName } from './flags.ts'
import type { GivenFlags } from './parse.ts'

const LOOPBACK = '127.0.0.1'
/** In one sentence; a file of something else would make a line that nobody reads to its end. */
const PROBLEMS_SHOWN_MAX = 20

/** What settings are made from. */
export interface Given {
  /** The flags that the command takes. */
  readonly takes: readonly FlagName[]
  readonly flags: GivenFlags
  readonly env: NodeJS.ProcessEnv
}

/** The entries of the configuration (`storage` is absolute), and what only flags say. */
export interface Settings extends EntryValues {
  /** Where each entry's value came from. */
  readonly sources: Sources
  /** The configuration file, absolute; undefined without one. */
  readonly config: string | undefined
  readonly local: boolean
  readonly restored: boolean
  /** Public keys of roots, in z32. */
  readonly roots: readonly string[]
  /** Tickets of roots. */
  readonly tickets: readonly string[]
  readonly profile: string | undefined
  readonly member: string | undefined
  readonly guest: string | undefined
  /** A cursor, or a message number. */
  readonly from: string | number | undefined
  readonly follow: boolean
  /** Which way to sync. */
  readonly up: boolean
  readonly down: boolean
  readonly prune: boolean
  /** Older versions to keep; undefined if nothing was said. */
  readonly keep: number | undefined
  readonly versions: boolean
  /** DHT nodes to run; undefined if nothing was said. */
  readonly nodes: number | undefined
  readonly range: Range | undefined
  readonly file: string | undefined
  /** What is published of us. */
  readonly handle: string | undefined
  readonly name: string | undefined
  readonly about: string | undefined
  readonly listed: boolean
  readonly sealed: boolean
  readonly days: number | undefined
  readonly watch: boolean
  readonly json: boolean
  readonly debug: boolean
  /** To make them again, at a reload. */
  readonly given: Given
}

/**
 * What the command is to do. Flags, variables and files that it does not take are not looked at.
 *
 * @throws `CONFIG`, naming everything that is wrong with the configuration at once; `USAGE` for flags
 * that exclude each other; `BAD_KEY`
 */
export function parseSettings(given: Given): Settings {
  const { takes, flags, env } = given
  const last = (name: FlagName): string | undefined =>
    flags.get(name)?.at(-1) ?? (takes.includes(name) ? variable(name, env) : undefined)

  checkTogether(flags)
  const file = last('config')
  const config = file === undefined ? undefined : path.resolve(file)
  const problems: string[] = []
  const found = [
    ...(config === undefined ? [] : fromFile(config, problems)),
    ...fromEnvironment(takes, env, problems),
    ...fromCommandLine(flags)
  ]
  const { values, sources } = onLoopback(effective(found, problems), flags.has('local'))
  if (problems.length > 0) throw badConfig(sentenceOf(problems))

  const from = last('from')
  return Object.freeze({
    ...values,
    storage: path.resolve(values.storage),
    sources,
    config,
    local: flags.has('local'),
    restored: flags.has('restored'),
    roots: (flags.get('root') ?? []).map((key) => formatKey(parsePeerKey(key))),
    tickets: flags.get('ticket') ?? last('ticket')?.split(/\s*,\s*/) ?? [],
    profile: last('profile'),
    member: last('member'),
    guest: last('guest'),
    from: from !== undefined && /^\d{1,15}$/.test(from) ? Number(from) : from,
    follow: flags.has('follow'),
    up: flags.has('up'),
    down: flags.has('down'),
    prune: flags.has('delete'),
    keep: countOf('keep', last('keep')),
    versions: flags.has('versions'),
    nodes: countOf('nodes', last('nodes')),
    range: rangeOf(last('range')),
    file: last('file'),
    handle: last('handle'),
    name: last('name'),
    about: last('about'),
    listed: flags.has('listed'),
    sealed: flags.has('sealed'),
    days: countOf('days', last('days')),
    watch: flags.has('watch'),
    json: flags.has('json'),
    debug: flags.has('debug'),
    given
  })
}

/** Bytes of a file: from, and up to, not including; undefined for its beginning or end. */
export interface Range {
  readonly from: number | undefined
  readonly to: number | undefined
}

/** True if nobody said anything of this entry. */
export function isDefault({ sources }: Settings, name: EntryName): boolean {
  return sources[name].layer === 'default'
}

function checkTogether(flags: GivenFlags): void {
  if (flags.has('local') && flags.has('bootstrap')) {
    throw usage('--local makes a DHT of its own: leave out --bootstrap, or --local')
  }
  if (flags.has('local') && flags.has('host') && flags.get('host')?.at(-1) !== LOOPBACK) {
    throw usage(`--local stays on ${LOOPBACK}: leave out --host, or --local`)
  }
  if (flags.has('up') && flags.has('down')) {
    throw usage('--up or --down: a sync goes one way')
  }
  const level = flags.get('log-level')?.at(-1)
  if (flags.has('debug') && level !== undefined && level !== 'debug') {
    throw usage('--debug is short for --log-level debug: leave out one of them')
  }
}

/** A DHT on this machine is spoken to from this machine only, whoever says what of the address. */
function onLoopback({ values, sources }: Effective, local: boolean): Effective {
  if (local) {
    const source = { layer: 'flag', from: '--local' } as const
    return {
      values: { ...values, bootstrap: undefined, host: LOOPBACK },
      sources: { ...sources, bootstrap: source, host: source }
    }
  }
  const { bootstrap, host } = values
  const near = bootstrap?.every((node) => node.startsWith(`${LOOPBACK}:`)) ?? false
  if (!near || host !== undefined) return { values, sources }
  const source = { layer: 'default', from: 'default, for every bootstrap node is there' } as const
  return { values: { ...values, host: LOOPBACK }, sources: { ...sources, host: source } }
}

function countOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw usage(`--${flag} takes a whole number from 0, not "${text}"`)
  return Number(text)
}

function rangeOf(text: string | undefined): Range | undefined {
  if (text === undefined) return undefined
  const [, from = '', to = ''] = /^(\d{0,15})-(\d{0,15})$/.exec(text) ?? []
  if (from === '' && to === '') {
    throw usage(`--range takes bytes as FROM-TO, either of which may be left out, not "${text}"`)
  }
  return { from: from === '' ? undefined : Number(from), to: to === '' ? undefined : Number(to) }
}

function sentenceOf(problems: readonly string[]): string {
  const [first = ''] = problems
  if (problems.length === 1) return first
  const more = problems.length - PROBLEMS_SHOWN_MAX
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).join('; ')
  return `${problems.length} things are wrong: ${shown}${more > 0 ? `; and ${more} more` : ''}`
}
