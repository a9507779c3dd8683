// Every command, in one table: what it takes, what it does, how to use it, and where its code is.
// Never runs one; its code is loaded only when it is called.

import { ENTRIES, ENTRY_NAMES } from '../src/entries.ts'
import { adminTable } from './admin-table.ts'
import { FILE_COMMANDS } from './file-commands.ts'
import type { FlagName } from './flags.ts'
import type { Interruption } from './interruption.ts'
import { PEOPLE_COMMANDS } from './people-commands.ts'
import type { Settings } from './settings.ts'

/** What a command is called with. Its arguments have been counted. */
export interface Invocation {
  readonly settings: Settings
  readonly args: readonly string[]
  readonly interruption: Interruption
}

/** Resolves when all is closed again, with an exit code if it is not 0. */
export type Run = (invocation: Invocation) => Promise<number | void>

export interface Command {
  /** Its arguments, as help writes them; one in square brackets may be left out. */
  readonly args: readonly string[]
  readonly summary: string
  readonly flags: readonly FlagName[]
  /** Paragraphs for who wants to learn. */
  readonly details: readonly string[]
  readonly examples: readonly (readonly [command: string, what: string])[]
  readonly load: () => Promise<{ run: Run }>
}

const common = ['json', 'debug', 'help'] as const
const daemon = [
  ...ENTRY_NAMES.map((name) => ENTRIES[name].flag),
  'config',
  'local',
  'restored'
] as const
const client = ['profile', 'root', 'ticket', 'bootstrap', 'host', 'network'] as const

const table = {
  start: {
    args: [],
    summary: 'Run a root peer: it keeps and serves rooms that it cannot read',
    flags: [...daemon, ...common],
    details: [
      'Logs to stdout: for people on a terminal, JSON lines otherwise or with --json. Once it serves it logs "ready" with its public key: its name, the same after every restart.',
      'A message is acknowledged when the disk has it. Ctrl-C or SIGTERM answers what was accepted and closes; a second one ends it at once, and even kill -9 loses nothing that was acknowledged.',
      'Without a network it is ready all the same, says so, and keeps trying.',
      'Flags win over the environment, that over the file of --config, and that over the defaults; root-peer config shows what holds. SIGHUP reads the file again, and the log says what takes effect and what needs a restart.'
    ],
    examples: [
      ['root-peer start', 'on the public DHT, data in ./storage'],
      ['root-peer start --local', 'to try it out; nothing leaves the machine'],
      ['root-peer start --storage ./rooms --port 49737', 'a fixed folder and port'],
      ['root-peer start --config root-peer.json', 'as a file says']
    ],
    load: () => import('./commands/start.ts')
  },
  config: {
    args: [],
    summary: 'Print the configuration that start would run with, and where each value is from',
    flags: [...daemon, ...common],
    details: [
      'Takes what start takes, and starts nothing. Everything that is wrong is named at once, with exit code 78.',
      'With --json a line is an entry: name, value, layer (default, file, environment or flag), from, reloadable.'
    ],
    examples: [
      ['root-peer config', 'what holds here'],
      ['root-peer config --config root-peer.json', 'is this file well?'],
      ['root-peer config --json | jq -r .name', 'for programs']
    ],
    load: () => import('./commands/config.ts')
  },
  stats: {
    args: [],
    summary: 'Print the statistics of the root peer that runs on this machine',
    flags: ['http-port', 'http-host', 'config', 'follow', ...common],
    details: [
      'Asks it over HTTP, where the same settings say that it listens: rooms, messages, peers, rates, the busiest rooms, disk.',
      'With --json, what /stats says, in one line.'
    ],
    examples: [
      ['root-peer stats', 'how it does'],
      ['root-peer stats --follow', 'and goes on'],
      ['root-peer stats --json | jq .messages', 'for programs']
    ],
    load: () => import('./commands/stats.ts')
  },
  dht: {
    args: [],
    summary: 'Run the DHT nodes that a private network begins with',
    flags: ['host', 'port', 'nodes', 'bootstrap', ...common],
    details: [
      'Root peers and clients that name it with --bootstrap use it instead of the public DHT, and nobody else finds them. It keeps nothing on disk: after a restart, what was announced there is announced again within ten minutes.',
      '--host is the address by which others reach this machine; left out, it is the only one that it has. Each node takes a port, from --port (default 49737) on. Four let peers behind a NAT find out how that behaves; where nobody is, --nodes 1 will do.',
      'With --bootstrap it joins nodes that run on another machine: a network within private addresses needs nodes at two of them at least.',
      'Once it answers it logs "ready" with bootstrap, which is what the others name. Ctrl-C or SIGTERM ends it.'
    ],
    examples: [
      ['root-peer dht --host 192.0.2.1', 'for a fleet of your own'],
      ['root-peer dht --host 192.0.2.2 --bootstrap 192.0.2.1:49737', 'on a second machine'],
      ['root-peer start --bootstrap 192.0.2.1:49737', 'a root peer in it, elsewhere']
    ],
    load: () => import('./commands/dht.ts')
  },
  ...adminTable,
  invite: {
    args: [],
    summary: 'Make a new room, or a lesser invite from a greater one',
    flags: ['member', 'guest', 'root', ...common],
    details: [
      'A room is nothing but keys, and an invite is those keys: whoever has it is in. The owner invite may do all, a member invite reads and writes, a guest invite reads. A greater invite makes a lesser one, never the other way round. No network is needed.',
      '--root writes into the invite where the members meet: name the same roots for everybody. Without it, clients look for root peers on the DHT.',
      'An invite is a secret. Keep it out of tickets and logs.'
    ],
    examples: [
      ['root-peer invite', 'a new room: its owner invite'],
      ['root-peer invite --root KEY', 'a new room that is kept at this root peer'],
      ['root-peer invite --member INVITE', 'for somebody who may read and write'],
      ['root-peer invite --guest INVITE', 'for somebody who may only read']
    ],
    load: () => import('./commands/invite.ts')
  },
  send: {
    args: ['INVITE', '[TEXT]'],
    summary: 'Send a text, or every line of stdin, to a room',
    flags: [...client, ...common],
    details: [
      'Without TEXT, each line of stdin is a message: bytes as they come, an empty line is an empty message, and a last line without a newline counts. However long the input, only a small window of it is in memory.',
      'Ends when a root peer has stored every message. A summary goes to stderr; with --json a receipt for each message goes to stdout. With --profile, what an interrupted run leaves unsent is kept, and goes first with the next message to this room.',
      'A text that begins with a dash goes after --.'
    ],
    examples: [
      ['root-peer send INVITE "hello"', 'one message'],
      ['root-peer send INVITE < chat.log', 'a message a line'],
      ['tail -f app.log | root-peer send INVITE', 'lines as they come']
    ],
    load: () => import('./commands/send.ts')
  },
  read: {
    args: ['INVITE'],
    summary: 'Print the messages of a room, one a line',
    flags: ['from', 'follow', ...client, ...common],
    details: [
      'Bodies go to stdout as the bytes that were sent, each with a newline; on a terminal, control characters are made visible. What does not open, a gap or a hole is said on stderr.',
      'With --json a line is an object: id, cursor, index, root, storedAt, sentAt, author, chain, number, proven, fork, late, body (base64); what does not open: index, root, error.',
      'With --profile, and without --from, it goes on where it stopped in this room the last time.'
    ],
    examples: [
      ['root-peer read INVITE', 'all that the room has'],
      ['root-peer read INVITE --follow', 'and what comes'],
      ['root-peer read INVITE --profile ./me', 'only what is new since the last time'],
      ['root-peer read INVITE --json | jq -r .author', 'for programs']
    ],
    load: () => import('./commands/read.ts')
  },
  'verify-receipt': {
    args: ['INVITE'],
    summary: 'Hold receipts against the root peers that gave them',
    flags: [...client, ...common],
    details: [
      'Reads receipts from stdin, one JSON line each, as "send --json" prints them. Each is held against its root peer: the message is still there, under the very head that was signed when it was stored, and the log has only grown since.',
      'A line for each; exit code 1 if one of them does not hold, or can not be checked.'
    ],
    examples: [
      ['root-peer send INVITE --json < chat.log', 'prints receipts: keep them'],
      ['root-peer verify-receipt INVITE < receipts', 'and ask again a year later']
    ],
    load: () => import('./commands/verify-receipt.ts')
  },
  retain: {
    args: ['INVITE', 'DAYS', '[BYTES]', '[MESSAGES]'],
    summary: 'Say for how long the root peers of your room keep its messages',
    flags: [...client, ...common],
    details: [
      'Only with the owner invite. The oldest messages go first; 0 is no bound of yours. A root peer keeps the shorter of this and what its operator allows, and what holds is printed.',
      'What is gone stays gone. Copies that members have are theirs.'
    ],
    examples: [
      ['root-peer retain INVITE 30', 'a month'],
      ['root-peer retain INVITE 0 500MB', 'the newest 500 MB'],
      ['root-peer retain INVITE 0 0 1000', 'the newest 1,000 messages']
    ],
    load: () => import('./commands/retain.ts')
  },
  delete: {
    args: ['INVITE'],
    summary: 'Delete your room at its root peers, for everybody and for good',
    flags: [...client, ...common],
    details: [
      'Only with the owner invite. Its root peers do not keep the room again, whoever asks: for a new one, make a new invite.',
      'Copies that members have, and root peers that can not be reached now, are not touched.'
    ],
    examples: [['root-peer delete INVITE', 'asks nothing, and can not be undone']],
    load: () => import('./commands/delete.ts')
  },
  ...FILE_COMMANDS,
  ...PEOPLE_COMMANDS,
  chat: {
    args: ['INVITE'],
    summary: 'Talk in a room from the terminal',
    flags: [...client, 'debug', 'help'],
    details: [
      'Shows the last 50 messages, then new ones as they come, with time and the short key of who wrote them. /who says how many are here, by connection and not by author, /help what else there is, /quit or Ctrl-D leaves.',
      'Without --profile you are somebody new each time.'
    ],
    examples: [['root-peer chat INVITE --profile ./me', 'as the same person every time']],
    load: () => import('./commands/chat.ts')
  },
  demo: {
    args: [],
    summary: 'See a real chat pass through a root peer that is killed on the way',
    flags: ['file', ...common],
    details: [
      'On a private DHT on 127.0.0.1, with a root peer as a process of its own: a writer sends the log and leaves, the root peer is killed with kill -9 in the middle and started again, and a reader who was away all the time compares what it reads with the file, byte for byte. It also looks for the words in what the root peer keeps.',
      'Exit code 0 only if every byte is equal.'
    ],
    examples: [
      ['root-peer demo', 'with three days of a real chat'],
      ['root-peer demo --file chat.log --json', 'with your own, for programs']
    ],
    load: () => import('./commands/demo.ts')
  }
} satisfies Record<string, Command>

export type CommandName = keyof typeof table

export const COMMANDS: Readonly<Record<CommandName, Command>> = table

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name)
}
