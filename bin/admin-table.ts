// The commands that steer a root peer while it runs. See commands.ts.

import type { Command } from './commands.ts'

const flags = ['storage', 'config', 'json', 'debug', 'help'] as const

const asks =
  'Asks the root peer that runs on this machine, over a socket in its data folder: name that folder with --storage, as start does, and ask as the user that it runs as.'

const asking = (command: string) => async () => {
  const commands = await import('./commands/admin.ts')
  return { run: commands.asking(command) }
}

export const adminTable = {
  'ticket create': {
    args: ['NAME'],
    summary: 'Make a ticket, and print it this once',
    flags: ['rooms', 'bytes', 'messages', 'days', 'existing', ...flags],
    details: [
      'A ticket lets whoever has it use the root peer, as much as it says; where it says nothing the limits of a key hold. What is kept of it is a hash, so it can not be shown again. Its rooms are charged to it, and to no address.',
      asks
    ],
    examples: [
      ['root-peer ticket create ann --days 365', 'for a year'],
      ['root-peer ticket create team --bytes 10GiB --rooms 100', 'with a bound of its own']
    ],
    load: async () => ({ run: (await import('./commands/admin.ts')).ticketCreate })
  },
  'ticket ls': {
    args: [],
    summary: 'List the tickets: what each allows, and when it was last used, by the hour',
    flags,
    details: [asks],
    examples: [['root-peer ticket ls --json', 'for programs']],
    load: asking('ticket ls')
  },
  'ticket revoke': {
    args: ['NAME'],
    summary: 'Take a ticket back; who is connected by it loses its rooms within a second',
    flags,
    details: ['What was stored by it stays.', asks],
    examples: [['root-peer ticket revoke ann', 'from now on it is good for nothing']],
    load: async () => ({ run: (await import('./commands/admin.ts')).ticketRevoke })
  },
  'ban add': {
    args: ['WHOM'],
    summary: 'Ban a key or an address (WHOM); who is connected is sent away',
    flags: ['days', ...flags],
    details: [
      'An address of IPv6 stands for its /64. Everybody can make a new key: an address is worth more.',
      asks
    ],
    examples: [['root-peer ban add 192.0.2.7 --days 7', 'for a week']],
    load: async () => ({ run: (await import('./commands/admin.ts')).banAdd })
  },
  'ban ls': {
    args: [],
    summary: 'List the bans that hold',
    flags,
    details: [asks],
    examples: [['root-peer ban ls', 'who is banned, until when']],
    load: asking('ban ls')
  },
  'ban rm': {
    args: ['WHOM'],
    summary: 'Lift a ban',
    flags,
    details: [asks],
    examples: [['root-peer ban rm 192.0.2.7', 'it may come again']],
    load: asking('ban rm')
  },
  'allow add': {
    args: ['KEY'],
    summary: 'Put a key on the list of those that --access allowlist lets in',
    flags,
    details: [asks],
    examples: [['root-peer allow add KEY', 'the key of a peer, as the log shows it']],
    load: asking('allow add')
  },
  'allow ls': {
    args: [],
    summary:
      'List the keys that were put on the list; those of the configuration are not among them',
    flags,
    details: [asks],
    examples: [['root-peer allow ls', 'who is on it']],
    load: asking('allow ls')
  },
  'allow rm': {
    args: ['KEY'],
    summary: 'Strike a key off the list; who is connected by it loses its rooms',
    flags,
    details: [asks],
    examples: [['root-peer allow rm KEY', 'it is not served any more']],
    load: asking('allow rm')
  },
  'room drop': {
    args: ['ROOM'],
    summary: 'Drop a room (ROOM: its id, or an invite), with its messages and files',
    flags: ['keep-out', ...flags],
    details: [
      'Who has it open is told that it was deleted. Its members may make it anew, unless it is kept out.',
      asks
    ],
    examples: [['root-peer room drop ROOM --keep-out', 'and never again']],
    load: async () => ({ run: (await import('./commands/admin.ts')).roomDrop })
  },
  'room allow': {
    args: ['ROOM'],
    summary: 'Let a room come again that was kept out, or deleted by its owner',
    flags,
    details: [asks],
    examples: [['root-peer room allow ROOM', 'its members may make it anew']],
    load: async () => ({ run: (await import('./commands/admin.ts')).roomAllow })
  },
  'room ls': {
    args: [],
    summary: 'List the rooms that are kept out, by you or by their owners',
    flags,
    details: [asks],
    examples: [['root-peer room ls', 'which, and until when']],
    load: asking('room ls')
  },
  usage: {
    args: [],
    summary: 'Print what each key and ticket used, by the day',
    flags: ['since', 'csv', ...flags],
    details: [
      'Messages and bytes that it sent and was sent, and the bytes kept for it when that was last looked at. Today, unless --since says more; 400 days are kept. It is written down every 30 seconds: a kill loses what was counted since.',
      asks
    ],
    examples: [['root-peer usage --since 2026-01-01 --csv', 'for a spreadsheet']],
    load: async () => ({ run: (await import('./commands/admin.ts')).usageOf })
  }
} satisfies Record<string, Command>
