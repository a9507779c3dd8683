// The commands that steer a running root peer: tickets, bans, the list of keys, and what holders used. They
// ask it over its admin socket, and show what it says.

import { usage } from '../../src/errors.ts'
import { formatKey, keysOf, parseInvite } from '../../src/protocol/protocol.ts'
import { bytesOf } from '../../src/entry-kinds.ts'
import { askAdmin } from '../admin.ts'
import type { Invocation, Run } from '../commands.ts'
import { visible } from '../display.ts'
import type { FlagName } from '../flags.ts'
import { write, writeJson } from '../output.ts'
import type { Settings } from '../settings.ts'

const DAY_MS = 86_400_000

type Row = Readonly<Record<string, unknown>>

export const ticketCreate: Run = async ({ settings, args }) => {
  const scopes = {
    create: !settings.given.flags.has('existing'),
    rooms: number(settings, 'rooms'),
    bytes: size(settings),
    messagesPerDay: number(settings, 'messages'),
    expiresAt: until(settings)
  }
  const made = await askAdmin<Row>(settings, 'ticket create', { name: args[0], ...scopes })
  if (settings.json) return writeJson(made)
  process.stderr.write('root-peer: this is shown once. Whoever has it may use this root peer\n')
  await write(`${String(made['ticket'])}\n`)
}

export const ticketRevoke: Run = ({ settings, args }) =>
  show(settings, askAdmin<Row>(settings, 'ticket revoke', { name: args[0] }))

export const banAdd: Run = ({ settings, args }) =>
  show(settings, askAdmin<Row>(settings, 'ban add', { name: args[0], until: until(settings) }))

export const roomDrop: Run = ({ settings, args }) => {
  const asked = { name: roomOf(args[0]), keepOut: settings.given.flags.has('keep-out') }
  return show(settings, askAdmin<Row>(settings, 'room drop', asked))
}

export const roomAllow: Run = ({ settings, args }) =>
  show(settings, askAdmin<Row>(settings, 'room allow', { name: roomOf(args[0]) }))

/** The id of a room: an invite is a secret, and goes no further than this process. */
function roomOf(text = ''): string {
  return text.startsWith('rp-') ? formatKey(keysOf(parseInvite(text)).id) : text
}

/** A command that takes a name, or nothing, and hands it over. */
export function asking(command: string): Run {
  return ({ settings, args }) => {
    const [name] = args
    return show(
      settings,
      askAdmin<Row | Row[]>(settings, command, name === undefined ? {} : { name })
    )
  }
}

export const usageOf: Run = async ({ settings }: Invocation) => {
  const { flags } = settings.given
  const since = flags.get('since')?.at(-1)
  const from = since === undefined ? Date.now() : Date.parse(since)
  if (Number.isNaN(from)) throw usage(`--since is a day such as 2026-01-31, not "${since}"`)
  const day = Math.max(0, Math.floor(from / DAY_MS))
  const lines = await askAdmin<Row[]>(settings, 'usage', { since: day })
  if (!flags.has('csv')) return show(settings, Promise.resolve(lines))
  const columns = ['day', 'holder', 'messages', 'bytesIn', 'bytesOut', 'bytesKept']
  await write(`${columns.join(',')}\n`)
  for (const line of lines) await write(`${columns.map((name) => cell(line[name])).join(',')}\n`)
}

/** A line for each, or a JSON line. */
async function show(settings: Settings, asked: Promise<Row | Row[]>): Promise<void> {
  const answer = await asked
  for (const row of Array.isArray(answer) ? answer : [answer]) {
    if (settings.json) await writeJson(row)
    else await write(`${words(row)}\n`)
  }
}

function words(row: Row): string {
  return Object.entries(row)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => {
      const isTime = /At$|^until$/.test(name) && typeof value === 'number'
      return `${name} ${visible(isTime ? new Date(value).toISOString() : JSON.stringify(value))}`
    })
    .join('  ')
}

/** As CSV has it; what a spreadsheet would take for a formula is quoted off. */
function cell(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
  const tame = /^[=+\-@]/.test(text) ? `'${text}` : text
  return /[",\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame
}

function number({ given }: Settings, flag: FlagName): number | null {
  const text = given.flags.get(flag)?.at(-1)
  if (text === undefined) return null
  if (!/^[1-9]\d{0,12}$/.test(text))
    throw usage(`--${flag} is a whole number from 1, not "${text}"`)
  return Number(text)
}

function size({ given }: Settings): number | null {
  const text = given.flags.get('bytes')?.at(-1)
  if (text === undefined) return null
  const bytes = bytesOf(text)
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw usage(`--bytes is a size such as 500MB or 2GiB, not "${text}"`)
  }
  return bytes
}

function until(settings: Settings): number | null {
  const days = number(settings, 'days')
  return days === null ? null : Date.now() + days * DAY_MS
}
