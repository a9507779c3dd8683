// The commands for people and friends: a part of the one table in commands.ts.

import type { Command } from './commands.ts'

const common = ['json', 'debug', 'help'] as const
const client = ['profile', 'root', 'ticket', 'bootstrap', 'host', 'network'] as const

const people = () => import('./commands/people.ts')
const friends = () => import('./commands/friends.ts')

export const PEOPLE_COMMANDS = {
  id: {
    args: [],
    summary: 'Print the public key of the identity in a profile folder',
    flags: ['profile', 'host', 'bootstrap', ...common],
    details: [
      'It signs your messages, and is what others know you by. The folder is made if it is missing.',
      'With --json also peer: the key under which others see your connections.'
    ],
    examples: [['root-peer id --profile ./me', 'who am I?']],
    load: async () => ({ run: (await people()).id })
  },
  'profile publish': {
    args: [],
    summary: 'Publish who you are, so that others find you by a handle',
    flags: ['handle', 'name', 'about', 'listed', 'sealed', 'days', ...client, ...common],
    details: [
      'Signs it and hands it to the root peers, which keep it for --days at most; a client that runs with this profile folder, such as friends ls --watch, signs it anew before that. In place of what was published before. Ends when a root peer has it.',
      'A handle is written like an e-mail address or in any other way without spaces; case does not matter. Only a hash of it travels, so who does not know it can not read it off. It is not yours alone: others can claim it too, and who has found you once knows your key. --sealed shows name and about only to who knows the handle.'
    ],
    examples: [
      ['root-peer profile publish --handle ann@example.org --name Ann', 'be found'],
      ['root-peer profile publish --handle ann --listed --days 7', 'and listed, for a week']
    ],
    load: async () => ({ run: (await people()).profilePublish })
  },
  'profile show': {
    args: [],
    summary: 'Print what you have published',
    flags: ['profile', 'host', 'bootstrap', ...common],
    details: ['Asks nobody: it is kept in the profile folder. Exit code 1 if there is nothing.'],
    examples: [['root-peer profile show --profile ./me', 'what others are shown']],
    load: async () => ({ run: (await people()).profileShow })
  },
  'profile withdraw': {
    args: [],
    summary: 'Take back what you have published',
    flags: [...client, ...common],
    details: [
      'Ends when a root peer has forgotten it; others are told when they are reached with this profile folder, and none takes an older one again. Who has seen it may remember it. Exit code 1 if there is nothing.'
    ],
    examples: [['root-peer profile withdraw --profile ./me', 'be found no more']],
    load: async () => ({ run: (await people()).profileWithdraw })
  },
  lookup: {
    args: ['HANDLE'],
    summary: 'Find who claims a handle, on the DHT and at root peers',
    flags: [...client, ...common],
    details: [
      'Everybody who claims it is printed with the key that is behind it: the one that is pinned in the profile folder first. Who is the only one to claim it is pinned. Whoever claims a handle that is pinned to another key is marked HANDLE_CHANGED: compare by voice before you believe it.',
      'With --json a line is an object: key, handle, name, validUntil, pinned, online, about, alarm, listed, lastSeen, direct, sequence, roots.'
    ],
    examples: [
      ['root-peer lookup ann@example.org --profile ./me', 'and know her again'],
      ['root-peer lookup ann@example.org --json | jq -r .key', 'for programs']
    ],
    load: async () => ({ run: (await people()).lookup })
  },
  who: {
    args: [],
    summary: 'List the people who chose to be listed at the root peers',
    flags: [...client, ...common],
    details: [
      'Each once, in the order of their keys. With --json a line is an object, as of lookup.'
    ],
    examples: [['root-peer who --root KEY', 'who is there?']],
    load: async () => ({ run: (await people()).who })
  },
  'friends add': {
    args: ['HANDLE|KEY'],
    summary: 'Add somebody to your friends',
    flags: [...client, ...common],
    details: [
      'By handle, if one claims it or one is pinned; else by key, which lookup prints. Kept in the profile folder.'
    ],
    examples: [['root-peer friends add ann@example.org --profile ./me', 'by handle']],
    load: async () => ({ run: (await friends()).friendsAdd })
  },
  'friends rm': {
    args: ['HANDLE|KEY'],
    summary: 'Take somebody off your friends',
    flags: [...client, ...common],
    details: ['Whose the handle is stays known.'],
    examples: [['root-peer friends rm ann@example.org --profile ./me', 'by handle']],
    load: async () => ({ run: (await friends()).friendsRm })
  },
  'friends ls': {
    args: [],
    summary: 'List your friends, and who of them is online',
    flags: ['watch', ...client, ...common],
    details: [
      'Their devices are asked first, then root peers. online, checking, offline with when they were seen last, or unknown for who never was. With --watch a line whenever that changes, until Ctrl-C; meanwhile others see that you are there, if your profile is published.',
      'With --json a line is an object: key, handle, name, status, lastSeen, pinned, alarm, direct, about, addedAt, roots.'
    ],
    examples: [
      ['root-peer friends ls --profile ./me', 'who is there?'],
      ['root-peer friends ls --watch --json --profile ./me', 'for programs']
    ],
    load: async () => ({ run: (await friends()).friendsLs })
  }
} as const satisfies Record<string, Command>
