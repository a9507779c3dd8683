// The daemon's log: pino's JSON lines for machines, one short line each for people on a terminal.
// Never decides what is worth logging.

import { writeSync } from 'node:fs'
import type { Logger } from 'pino'
import pino from 'pino'
import type { LogLevel } from '../src/entries.ts'
import type { Paint } from './display.ts'
import { paintFor, visible } from './display.ts'

export type { Logger }

const STDOUT = 1
const BUSY_MS = 10
const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

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
  if (!forPeople(manner)) return pino(options, { write: writeNow })
  const paint = paintFor(process.stdout)
  return pino(options, { write: (line) => void process.stdout.write(prettyLine(line, paint)) })
}

/**
 * All of it before it returns, so that what was said before a crash is there. What can't be written, to a
 * full disk or a terminal that is gone, is lost: a log is no reason to end, nor to try for ever, as pino's
 * own destination does.
 */
function writeNow(text: string): void {
  let rest: Uint8Array = Buffer.from(text)
  while (rest.byteLength > 0) {
    try {
      rest = rest.subarray(writeSync(STDOUT, rest))
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(pause, 0, 0, BUSY_MS) // a pipe whose reader is slow
    }
  }
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
