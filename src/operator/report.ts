// The numbers for people: a block for a terminal, a line for `systemctl status`. Never a number that is
// not in the stats.

import type { Stats } from './stats.ts'
import { bytesText, count, rateText, uptimeText } from './words.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Nobody plans for later than this. */
const DAYS_FAR = 3650

/** Some lines, the last one with its newline. */
export function block(stats: Stats): string {
  const { busiest } = stats
  const rows: (readonly [name: string, value: string])[] = [
    ['rooms', `${number(stats.rooms)} kept, ${number(stats.roomsOpen)} open`],
    ['messages', `${number(stats.messages)}, ${bytesText(stats.bytes)}${pace(stats)}`],
    ['kept', `${number(stats.messagesKept)} messages, ${bytesText(stats.bytesKept)}`],
    ['active peers', `${number(stats.peers)}${others(stats)}`],
    ...directory(stats),
    ['uptime', uptimeText(stats.uptimeMs)],
    ['disk', disk(stats)]
  ]
  const { growth } = stats
  if (growth !== null) {
    const over = `over ${windowText(growth.windowMs)}`
    rows.push([
      'growth',
      `${number(growth.messagesPerDay)} messages, ${bytesText(growth.bytesPerDay)} a day, ${over}; ${folder(growth.diskBytesPerDay)}`
    ])
  }
  if (busiest.length > 0) {
    const rooms = busiest.map(({ room, messages }) => `${room} ${number(messages)}`)
    rows.push(['busiest rooms', rooms.join('  ')])
  }
  for (const trouble of troubles(stats)) rows.push(['note', trouble])
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('')
}

/** One line, the most important first. */
export function statusLine(stats: Stats): string {
  const { rooms, messages, peers, rates, uptimeMs } = stats
  const line = [
    ...troubles(stats),
    count(rooms, 'room'),
    `${count(messages, 'message')} (${rateText(rates.messagesPerSecond)}/s)`,
    count(peers, 'peer'),
    `up ${uptimeText(uptimeMs)}`
  ]
  const days = stats.disk?.fullInDays ?? null
  if (days !== null && days < DAYS_FAR) line.push(`disk ${fullText(days)}`)
  return line.join(', ')
}

/** What an operator should know of, in words. */
export function troubles({
  writable,
  online,
  durable
}: Pick<Stats, 'writable' | 'online' | 'durable'>): string[] {
  const said: string[] = []
  if (!writable) said.push('read-only: the disk is full')
  if (online === false) said.push('no DHT node answers')
  if (!durable) said.push('not durable (--no-fsync)')
  return said
}

function pace({ rates: { messagesPerSecond, bytesPerSecond } }: Stats): string {
  if (messagesPerSecond === 0) return ''
  return `; now ${rateText(messagesPerSecond)} messages/s, ${bytesText(bytesPerSecond)}/s`
}

function others({ peers, connections }: Stats): string {
  const rest = connections - peers
  return rest > 0 ? ` (and ${count(rest, 'connection')} that said nothing yet)` : ''
}

function directory({ people }: Stats): (readonly [name: string, value: string])[] {
  if (people === null) return []
  const { kept, listed, here } = people
  return [['directory', `${number(kept)} people, ${number(listed)} listed, ${number(here)} here`]]
}

function disk({ disk }: Stats): string {
  if (disk === null) return 'unknown'
  const { usedBytes, freeBytes, fullInDays } = disk
  const text = `${bytesText(usedBytes)} used, ${bytesText(freeBytes)} free`
  return fullInDays === null || fullInDays >= DAYS_FAR ? text : `${text}, ${fullText(fullInDays)}`
}

function folder(bytesPerDay: number): string {
  const change = bytesPerDay < 0 ? 'shrinks' : 'grows'
  return `the data folder ${change} by ${bytesText(Math.abs(bytesPerDay))} a day`
}

function fullText(days: number): string {
  if (days === 0) return 'full'
  return days < 1 ? 'full in less than a day' : `full in ${count(Math.floor(days), 'day')}`
}

function windowText(ms: number): string {
  return ms < 2 * DAY_MS
    ? count(Math.round(ms / HOUR_MS), 'hour')
    : count(Math.round(ms / DAY_MS), 'day')
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
