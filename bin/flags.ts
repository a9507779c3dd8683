// Every flag of the command line, in one table: help, parsing and the README's table follow from it.
// Never reads a value.

export interface Flag {
  /** One letter, as other Holepunch tools have it. */
  readonly short?: string
  /** What stands for its value in help; a flag without one is a switch. */
  readonly value?: string
  /** May be given more than once. */
  readonly many?: boolean
  /** The variable of the environment that stands in when the flag is not given. */
  readonly env?: string
  readonly help: string
}

const table = {
  storage: {
    short: 's',
    value: 'DIR',
    env: 'STORAGE_DIR',
    help: 'The data folder, made if missing. Default ./storage'
  },
  local: {
    help: 'A private DHT inside this process, on 127.0.0.1: nothing leaves the machine'
  },
  bootstrap: {
    value: 'HOST:PORT',
    many: true,
    env: 'ROOT_PEER_BOOTSTRAP',
    help: 'A DHT node to begin with. Default the public DHT'
  },
  host: {
    value: 'ADDR',
    env: 'ROOT_PEER_HOST',
    help: 'The address to bind to. Default all, or 127.0.0.1 if every --bootstrap is there'
  },
  port: { short: 'p', value: 'UDP', help: 'The UDP port. Default 49737 if free, else any' },
  network: {
    value: 'NAME',
    help: 'The name of a private fleet; roots and clients must agree on it'
  },
  'no-fsync': {
    help: 'Acknowledge before the disk has it: faster, and a power cut may lose messages. Clients are told'
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
    help: 'Where to begin: a cursor from --json, or a message number of the one root. Default the start'
  },
  follow: { short: 'f', help: 'Go on with new messages as they come, until Ctrl-C' },
  file: {
    value: 'LOG',
    help: 'The log to send, a message a line. Default three days of a real chat'
  },
  json: { help: 'JSON lines on stdout, for programs' },
  debug: { short: 'd', help: 'Say more, and show the stack of an error' },
  help: { short: 'h', help: 'This help' },
  version: { short: 'v', help: 'The version' }
} satisfies Record<string, Flag>

export type FlagName = keyof typeof table

export const FLAGS: Readonly<Record<FlagName, Flag>> = table

/** The flag that is written so: `--storage` or `-s`. */
export function flagOf(written: string): FlagName | null {
  for (const [name, flag] of Object.entries(FLAGS)) {
    if (written === `--${name}` || (flag.short !== undefined && written === `-${flag.short}`)) {
      return name as FlagName
    }
  }
  return null
}
