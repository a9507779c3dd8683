// The commands for files and state, of a room or of a public space: a part of the one table in commands.ts.

import type { Command } from './commands.ts'

const common = ['json', 'debug', 'help'] as const
const client = ['profile', 'root', 'bootstrap', 'host', 'network'] as const

/** What else may stand for INVITE. */
const spaces =
  'For INVITE also: "space" for the own public space, and somebody else\'s by key, or by a handle with an @ in it.'

export const FILE_COMMANDS = {
  share: {
    args: ['[DIR]'],
    summary: 'Share a folder as your public space: anyone reads it, only you write',
    flags: ['delete', 'keep', ...client, ...common],
    details: [
      'Puts what is in DIR into the space, at a root peer, and serves it from this device until Ctrl-C; what changes in DIR is put again. What DIR does not have stays in the space, unless --delete is given. Without DIR only what is in the space already is served.',
      'Whoever knows your key, or your handle if your profile is published, reads it: from this device while it is online, else from a root peer. Needs --profile, which keeps a copy of what is shared.',
      'With --json first a line with key and invite, then one for each file, as sync has them.'
    ],
    examples: [
      ['root-peer share ./public --profile ~/.me', 'and stay online'],
      ['root-peer share --profile ~/.me', 'what was shared before']
    ],
    load: () => import('./commands/share.ts')
  },
  browse: {
    args: ['HANDLE|KEY', '[PATH]'],
    summary: 'List what somebody shares',
    flags: [...client, ...common],
    details: [
      'From the device of whoever shares it while that is online, else from a root peer. Whoever claims a handle that is pinned to another key is not asked; if several claim one that is not, their keys are said.',
      'Prints what ls prints. To fetch what is listed give the handle or the key to get, or to sync --down.'
    ],
    examples: [
      ['root-peer browse ann@example.org', 'what is at the top'],
      ['root-peer get ann@example.org photo.jpg', 'fetch it']
    ],
    load: () => import('./commands/browse.ts')
  },
  put: {
    args: ['INVITE', 'FILE|DIR', '[PATH]'],
    summary: 'Put a file, or a folder with all that is in it, into a room',
    flags: ['keep', ...client, ...common],
    details: [
      'Ends when a root peer has stored it all; nothing of a file shows before. What is there already, by size and content, is not sent again: after a break, say the same again. Within a run, a root peer that goes away is waited for, and gets only what it lacks.',
      'PATH is where it goes in the room: by default its name, at the top. A link goes up as the file that it leads to, unless that is outside the folder.',
      'With --json a line for each file: path, what (sent or equal).',
      spaces
    ],
    examples: [
      ['root-peer put INVITE photo.jpg', 'as photo.jpg'],
      ['root-peer put INVITE ./photos albums/2026', 'a folder, under another name'],
      ['root-peer put INVITE plan.md --keep 5', 'and the last five before it are kept']
    ],
    load: () => import('./commands/put.ts')
  },
  get: {
    args: ['INVITE', 'PATH', '[FILE|DIR]'],
    summary: 'Fetch a file, or a folder with all that is in it, from a room',
    flags: ['range', ...client, ...common],
    details: [
      'Every part is checked against what its author signed before it is written. A file is written beside its place and put there when it is whole; what is equal already is not fetched, and what a break left of a large file is gone on with.',
      'Without FILE or DIR it goes into the current folder, under its own name; to stdout with "-", as does a --range without one. Nothing is ever written outside of DIR, whatever names the room has.',
      spaces
    ],
    examples: [
      ['root-peer get INVITE photo.jpg', 'as photo.jpg, here'],
      ['root-peer get INVITE albums/2026 ./photos', 'a folder'],
      ['root-peer get INVITE app.log --range 1000000-1001000', 'a part of it, to stdout']
    ],
    load: () => import('./commands/get.ts')
  },
  ls: {
    args: ['INVITE', '[PATH]'],
    summary: 'List a folder of a room',
    flags: ['versions', ...client, ...common],
    details: [
      'Folders end with a slash. What no member has signed is not listed, and said on stderr.',
      'With --json a line is an object: path, kind, size, mediaType, modifiedAt, author, version, storedAt, hash.',
      spaces
    ],
    examples: [
      ['root-peer ls INVITE', 'what is at the top'],
      ['root-peer ls INVITE plan.md --versions', 'a file, and what is kept of it'],
      ['root-peer ls INVITE albums --json | jq -r .path', 'for programs']
    ],
    load: () => import('./commands/ls.ts')
  },
  rm: {
    args: ['INVITE', 'PATH'],
    summary: 'Delete a file, or a folder with all that is in it, from a room',
    flags: [...client, ...common],
    details: [
      'Members that follow the room are told; root peers give the space back. That there was something, and who deleted it, stays.'
    ],
    examples: [['root-peer rm INVITE albums/2026', 'a folder']],
    load: () => import('./commands/rm.ts')
  },
  watch: {
    args: ['INVITE', '[PATH]'],
    summary: 'Print what changes in the files of a room, as it does',
    flags: ['from', ...client, ...common],
    details: [
      'Until Ctrl-C. From now on, or from the cursor of a line that --json has printed; --from start begins with all there is.',
      'With --json a line is an object: change (put, deleted, again, unreadable), cursor, and what ls prints. "again" says that all is told from the beginning, since the place is not known any more.',
      spaces
    ],
    examples: [
      ['root-peer watch INVITE', 'from now on'],
      ['root-peer watch INVITE albums --json', 'of one folder, for programs']
    ],
    load: () => import('./commands/watch.ts')
  },
  sync: {
    args: ['INVITE', 'DIR', '[PATH]'],
    summary: 'Make a folder of a room what a folder here is, or the other way',
    flags: ['up', 'down', 'delete', 'keep', ...client, ...common],
    details: [
      'Sends or fetches only what differs, by size and content. What the other side does not have stays, unless --delete is given. PATH is the folder in the room; by default all of it.',
      'With --json a line for each file: path, what (sent, equal or deleted).',
      spaces
    ],
    examples: [
      ['root-peer sync INVITE ./notes --up', 'to the room'],
      ['root-peer sync INVITE ./notes --down --delete', 'from it, and nothing else is kept']
    ],
    load: () => import('./commands/sync.ts')
  },
  restore: {
    args: ['INVITE', 'PATH', 'VERSION'],
    summary: 'Make an older version of a file the newest again',
    flags: ['keep', ...client, ...common],
    details: [
      'ls --versions says which there are. No content is sent. What stood there is kept, at least as one older version.'
    ],
    examples: [['root-peer restore INVITE plan.md 3', 'version 3']],
    load: () => import('./commands/restore.ts')
  },
  state: {
    args: ['INVITE', 'get|set|ls|watch', '[NAME]', '[VALUE]'],
    summary: 'Small values that a room has under names: its topic, what a bot remembers',
    flags: [...client, ...common],
    details: [
      'get prints the value as the bytes that it is; exit code 1 if there is none. set without VALUE unsets it. ls prints all; watch too, and then what changes, until Ctrl-C.',
      'With --json a line is an object: name, set, value (base64), author, version, storedAt. A value has at most 4 KiB.'
    ],
    examples: [
      ['root-peer state INVITE set topic "Garden"', 'set it'],
      ['root-peer state INVITE get topic', 'read it'],
      ['root-peer state INVITE ls', 'all of them']
    ],
    load: () => import('./commands/state.ts')
  }
} as const satisfies Record<string, Command>
