// argv into a command, its flags and its arguments, or an error that says what to write instead.
// Never judges a value: that is the settings' part.

import { parseArgs } from 'node:util'
import { usage } from '../src/errors.ts'
import type { CommandName } from './commands.ts'
import { COMMANDS, isCommand } from './commands.ts'
import type { FlagName } from './flags.ts'
import { FLAG_NAMES, FLAGS, flagOf } from './flags.ts'
import { nearest } from './slips.ts'

/** Values as written, in order; a switch that was given has none. */
export type GivenFlags = ReadonlyMap<FlagName, readonly string[]>

export type Line =
  | { kind: 'nothing' }
  | { kind: 'version' }
  | { kind: 'help'; command: CommandName | null }
  | { kind: 'run'; command: CommandName; flags: GivenFlags; args: readonly string[] }

const options = Object.fromEntries(
  Object.entries(FLAGS).map(([name, { value, short }]) => [
    name,
    {
      type: value === undefined ? ('boolean' as const) : ('string' as const),
      ...(short === undefined ? {} : { short })
    }
  ])
)

/** @throws `USAGE`, with a hint */
export function parse(argv: readonly string[]): Line {
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true
  })
  const flags = new Map<FlagName, string[]>()
  const words: string[] = []
  checkKnown(tokens.flatMap((token) => (token.kind === 'option' ? token.rawName : [])))
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const name = flagOf(token.rawName)
    if (name === null) continue // there is none any more
    const values = flags.get(name) ?? []
    values.push(...valueOf(name, token))
    flags.set(name, values)
  }

  const [first, ...args] = joined(words)
  if (first === 'help') return { kind: 'help', command: helpTopic(joined(args)[0]) }
  if (first === undefined) {
    if (flags.has('help')) return { kind: 'help', command: null }
    if (flags.has('version')) return { kind: 'version' }
    if (flags.size === 0) return { kind: 'nothing' }
    throw usage('which command? It comes first: root-peer start --storage DIR')
  }
  const command = knownCommand(first)
  if (flags.has('help')) return { kind: 'help', command }
  checkFlags(command, flags)
  checkArgs(command, args)
  return { kind: 'run', command, flags, args }
}

/** Two words that are one command, as one. */
function joined([first, second, ...rest]: readonly string[]): string[] {
  if (first === undefined) return []
  const both = `${first} ${second}`
  if (second !== undefined && isCommand(both)) return [both, ...rest]
  return second === undefined ? [first] : [first, second, ...rest]
}

function knownCommand(name: string): CommandName {
  if (isCommand(name)) return name
  const family = Object.keys(COMMANDS).filter((each) => each.startsWith(`${name} `))
  if (family.length > 0) throw usage(`${name} what? ${family.join(', ')}`)
  throw usage(
    `there is no command "${name}"${nearest(name, Object.keys(COMMANDS))}; see root-peer --help`
  )
}

function checkKnown(written: readonly string[]): void {
  const names = FLAG_NAMES.map((name) => `--${name}`)
  const unknown = [...new Set(written)].filter((flag) => flagOf(flag) === null)
  if (unknown.length === 0) return
  const list = unknown.map((flag) => `${flag}${nearest(flag, names)}`).join(', ')
  throw usage(`there is no flag ${list}; see root-peer --help`)
}

function helpTopic(name: string | undefined): CommandName | null {
  return name === undefined ? null : knownCommand(name)
}

function valueOf(
  name: FlagName,
  token: { rawName: string; value?: string | undefined; inlineValue?: boolean | undefined }
): string[] {
  const { value } = FLAGS[name]
  if (value === undefined) {
    if (token.value !== undefined) throw usage(`${token.rawName} takes no value`)
    return []
  }
  if (token.value === undefined || token.value === '') {
    throw usage(`${token.rawName} needs a value: ${token.rawName} ${value}`)
  }
  if (token.value.startsWith('-') && token.inlineValue !== true) {
    throw usage(
      `${token.rawName} needs a value, and "${token.value}" looks like a flag; if it is meant, write --${name}=${token.value}`
    )
  }
  return [token.value]
}

function checkFlags(command: CommandName, flags: GivenFlags): void {
  for (const name of flags.keys()) {
    if (COMMANDS[command].flags.includes(name)) continue
    throw usage(`${command} takes no --${name}; see root-peer ${command} --help`)
  }
}

function checkArgs(command: CommandName, args: readonly string[]): void {
  const wanted = COMMANDS[command].args
  const missing = wanted[args.length]
  const how = ['root-peer', command, ...wanted].join(' ')
  if (missing !== undefined && !missing.startsWith('[')) {
    throw usage(`${command} needs ${article(missing)} ${missing}: ${how}`)
  }
  const extra = args[wanted.length]
  if (extra === undefined) return
  // Not the argument itself: it may be an invite.
  if (wanted.length === 0) throw usage(`${command} takes no arguments: ${how}`)
  const hint = wanted.includes('[TEXT]') ? ' (quote a text that has spaces)' : ''
  throw usage(`${command} takes no more than ${wanted.join(' ')}: ${how}${hint}`)
}

function article(word: string): string {
  return /^[AEIOU]/.test(word) ? 'an' : 'a'
}
