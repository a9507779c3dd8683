// Help, made from the tables of commands and flags. Never kept by hand.

import type { CommandName } from './commands.ts'
import { COMMANDS } from './commands.ts'
import type { FlagName } from './flags.ts'
import { FLAGS } from './flags.ts'
import { VERSION } from '../src/version.ts'

const WIDTH = 96
const GAP = 3

/** What `root-peer --help` prints. */
export function help(): string {
  const commands = Object.entries(COMMANDS).map(
    ([name, { args, summary }]) => [[name, ...args].join(' '), summary] as const
  )
  return [
    `root-peer ${VERSION}: an always-on peer that keeps end-to-end encrypted rooms, and cannot read them.`,
    '',
    'Commands',
    columns(commands),
    '',
    'Try it, in two terminals; nothing leaves the machine',
    columns([
      ['root-peer start --local', 'prints its public key, and what to type in the other terminal'],
      ['root-peer invite', 'makes a room'],
      ['root-peer chat INVITE', 'talks in it']
    ]),
    '',
    'More about a command: root-peer COMMAND --help. See it all at work: root-peer demo',
    ''
  ].join('\n')
}

/** What `root-peer COMMAND --help` prints. */
export function commandHelp(name: CommandName): string {
  const { args, summary, flags, details, examples } = COMMANDS[name]
  const variables = flags.filter((flag) => FLAGS[flag].env !== undefined)
  return [
    `${summary}.`,
    '',
    `  ${['root-peer', name, ...args, '[flags]'].join(' ')}`,
    '',
    ...details.flatMap((paragraph) => [...wrap(paragraph, WIDTH), '']),
    'Flags',
    columns(flags.map((flag) => [flagUsage(flag), FLAGS[flag].help])),
    '',
    ...(variables.length === 0 ? [] : [environmentHelp(variables), '']),
    'Examples',
    columns(examples),
    ''
  ].join('\n')
}

/** `-s, --storage DIR`. */
export function flagUsage(name: FlagName): string {
  const { short, value, many } = FLAGS[name]
  const letter = short === undefined ? '    ' : `-${short}, `
  const rest = value === undefined ? '' : ` ${value}${many === true ? '...' : ''}`
  return `${letter}--${name}${rest}`
}

function environmentHelp(flags: readonly FlagName[]): string {
  const rows = flags.map((flag) => {
    const { env = '', value, many } = FLAGS[flag]
    // The variable of a switch says which way, as the file does.
    const means = value === undefined ? `true, or false for --${flag}` : `--${flag}`
    return [
      `    ${env}`,
      `${means}${many === true ? ', several with commas between' : ''}`
    ] as const
  })
  return ['Environment, for flags that are not given', columns(rows)].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const left = Math.max(...rows.map(([name]) => name.length)) + GAP
  return rows
    .flatMap(([name, text]) =>
      wrap(text, WIDTH - 2 - left).map(
        (line, i) => `  ${(i === 0 ? name : '').padEnd(left)}${line}`
      )
    )
    .join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}
