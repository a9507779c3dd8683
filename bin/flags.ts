// Every flag of the command line, in one table: those of the configuration's entries, and our own. Help,
// parsing and the README's table follow from it. Never reads a value.

import type { ENTRIES, EntryName } from '../src/entries.ts'
import { defaultOf, ENTRY_NAMES, entryOf } from '../src/entries.ts'

export interface Flag {
  /** One letter, as other Holepunch tools have it. */
  readonly short?: string
  /** What stands for its value in help; a flag without one is a switch. */
  readonly value?: string
  /** May be given more than once. */
  readonly many?: boolean
  /** The variable of the environment that stands in when the flag is not given. */
  readonly env?: string
  /** The entry of the configuration that it sets. */
  readonly entry?: EntryName
  readonly help: string
}

const own = {
  config: {
    value: 'FILE',
    help: 'A file of settings in JSON; the environment wins over it, and flags over both. Default none'
  },
  local: {
    help: 'A private DHT inside this process, on 127.0.0.1: nothing leaves the machine'
  },
  nodes: {
    value: 'N',
    help: 'DHT nodes to run, on this port and those behind it. Default 4'
  },
  restored: { help: 'The data folder is a copy or a restored backup, and that is meant' },
  root: {
    value: 'KEY',
    many: true,
    help: 'The public key of a root peer, as its ready line prints it; invite writes it into the invite. Default those in the invite, then any found'
  },
  profile: {
    value: 'DIR',
    env: 'ROOT_PEER_PROFILE',
    help: 'Keeps your identity and your place in rooms. Default none: a fresh identity each time'
  },
  ticket: {
    value: 'TICKET',
    many: true,
    env: 'ROOT_PEER_TICKET',
    help: 'A ticket of a root peer, shown to that one alone. Default none'
  },
  rooms: { value: 'N', help: 'Rooms that the ticket pays for' },
  bytes: { value: 'SIZE', help: 'What its rooms may take, such as 500MB or 2GiB' },
  messages: { value: 'N', help: 'Messages that may be sent by it in a day' },
  days: {
    value: 'N',
    help: 'Days for which it holds. Default for ever; for a profile 30, and no more than that'
  },
  handle: { value: 'HANDLE', help: 'What you are found by, such as ann@example.org' },
  name: { value: 'NAME', help: 'What others read as your name. Default none' },
  about: { value: 'TEXT', help: 'What others read about you. Default none' },
  listed: { help: 'Root peers list it to whoever asks' },
  sealed: { help: 'Name and about are readable only by who knows the handle' },
  watch: { help: 'Go on with what changes, until Ctrl-C' },
  existing: { help: 'It opens rooms that the root peer keeps already, and no new ones' },
  'keep-out': { help: 'Its members may not make it anew, for good' },
  since: { value: 'DATE', help: 'The first day to print, such as 2026-01-31. Default today' },
  csv: { help: 'Comma-separated values' },
  member: {
    value: 'INVITE',
    help: 'Print the member invite of this owner invite: may read and write'
  },
  guest: {
    value: 'INVITE',
    help: 'Print the guest invite of this owner or member invite: may read'
  },
  from: {
    value: 'CURSOR|N',
    help: 'Where to begin: a cursor from --json; for read also a message number of the one root. Default the start, for watch now'
  },
  up: { help: 'Make the room what the folder is' },
  down: { help: 'Make the folder what the room is' },
  delete: { help: 'Delete what the side that is read from does not have' },
  keep: {
    value: 'N',
    help: 'Older versions that are kept of a file that is put again, at most 100. Default none'
  },
  versions: { help: 'Also the older versions that are kept' },
  range: {
    value: 'FROM-TO',
    help: 'Only these bytes: from, and up to, not including; either may be left out'
  },
  follow: { short: 'f', help: 'Go on with what is new as it comes, until Ctrl-C' },
  file: {
    value: 'LOG',
    help: 'The log to send, a message a line. Default three days of a real chat'
  },
  json: { help: 'JSON lines on stdout, for programs' },
  debug: {
    short: 'd',
    help: 'Say more, and show the stack of an error. For a root peer, short for --log-level debug'
  },
  help: { short: 'h', help: 'This help' },
  version: { short: 'v', help: 'The version' }
} satisfies Record<string, Flag>

type EntryFlag = (typeof ENTRIES)[EntryName]['flag']

export type FlagName = EntryFlag | keyof typeof own

export const FLAGS: Readonly<Record<FlagName, Flag>> = { ...entryFlags(), ...own }

export const FLAG_NAMES = Object.keys(FLAGS) as FlagName[]

/** The flag that is written so: `--storage` or `-s`. */
export function flagOf(written: string): FlagName | null {
  for (const name of FLAG_NAMES) {
    const { short } = FLAGS[name]
    if (written === `--${name}` || (short !== undefined && written === `-${short}`)) return name
  }
  return null
}

function entryFlags(): Record<EntryFlag, Flag> {
  const flags = ENTRY_NAMES.map((name) => {
    const { flag, short, value, many, env, help, flagHelp = help } = entryOf(name)
    const entryFlag: Flag = {
      entry: name,
      env,
      ...(short === undefined ? {} : { short }),
      ...(value === undefined ? {} : { value }),
      ...(many === undefined ? {} : { many }),
      // A switch is there to leave the default.
      help: value === undefined ? flagHelp : `${flagHelp}. Default ${defaultOf(name)}`
    }
    return [flag, entryFlag] as const
  })
  return Object.fromEntries(flags) as Record<EntryFlag, Flag>
}
