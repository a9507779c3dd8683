// The daemon's log: pino's JSON lines for machines, one short line each for people on a terminal.
// Never decides what is worth logging.

import type { Logger } from 'pino'
import pino from 'pino'
import type { LogLevel } from '../src/entries.ts'
import type { Paint } from './display.ts'
import { paintFor, visible } from './display.ts'

export type { Logger }

/** Whether whoever reads stdout is a person. */
export function forPeople({ json }: { json: boolean }): boolean {
  return !json && process.stdout.isTTY
}

/** Logs to stdout; `json` also on a terminal. */
export function createLogger(manner: { json: boolean; logLevel: LogLevel }): Logger {
  const options = {
    level: manner.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) }
  }
  if (!forPeople(manner)) return pino(options)
  const paint = paintFor(process.stdout)
  return pino(options, { write: (line) => void process.stdout.write(prettyLine(line, paint)) })
}

/** `12:03:04 ready publicKey=…` from a line of JSON. */
export function prettyLine(json: string, paint: Paint): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>
  const clock = new Date(String(time)).toTimeString().slice(0, 8)
  const colour = COLOUR_OF[String(level)]
  const text = visible(String(msg))
  const rest = Object.entries(fields).map(([name, value]) => paint.dim(` ${name}=`) + plain(value))
  return `${paint.dim(clock)} ${colour === undefined ? text : paint[colour](text)}${rest.join('')}\n`
}

const COLOUR_OF: Record<string, 'dim' | 'warn' | 'bad'> = {
  debug: 'dim',
  warn: 'warn',
  error: 'bad',
  fatal: 'bad'
}

function plain(value: unknown): string {
  return visible(typeof value === 'string' ? value : JSON.stringify(value))
}
