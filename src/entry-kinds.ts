// What an entry of the configuration may be: its kinds, each with the words for people, the check, and how
// it is read where there is only text. Never names an entry.

import { isIPv4 } from 'node:net'
import * as v from 'valibot'

const TiB = 2 ** 40
export const NETWORK_LETTERS_MAX = 128

/** What an entry may be, and how it is written where there is only text. */
export interface Kind<Value> {
  /** In words, to be read after "expected". */
  readonly expects: string
  readonly schema: v.GenericSchema<unknown, Value>
  /** The value of a flag or a variable. What is none stays text, which the schema refuses. */
  readonly read: (text: string) => unknown
  /** The value for people, if not as it is. */
  readonly show?: (value: number) => string
  /** A list: its flag may be given more than once, its variable has commas between. */
  readonly many?: boolean
}

export interface Entry extends Kind<EntryValue> {
  /** One sentence, without its full stop. */
  readonly help: string
  /** Undefined: what `unset` says. */
  readonly byDefault: EntryValue | undefined
  /** What it means that there is no value. */
  readonly unset?: string
  readonly flag: string
  /** One letter, as other Holepunch tools have it. */
  readonly short?: string
  /** What stands for its value in help; a flag without one is a switch. */
  readonly value?: string
  /** What a switch sets. */
  readonly sets?: boolean
  /** What help says of the flag, if not the same. */
  readonly flagHelp?: string
  readonly env: string
  /** Takes effect when the process is told to reload; any other at the next start. */
  readonly reloadable: boolean
  /** Never shown: not in an error, not by `root-peer config`. */
  readonly secret?: boolean
}

export type EntryValue = string | number | boolean | readonly string[]

export const portKind: Kind<number> = whole(0, 65_535)

export function text(expects: string, holds: (text: string) => boolean): Kind<string> {
  const message = `expected ${expects}`
  return {
    expects,
    schema: v.pipe(v.string(message), v.check(holds, message)),
    read: (text) => text
  }
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Kind<Choice> {
  const expects = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
  return { expects, schema: v.picklist(choices, `expected ${expects}`), read: (text) => text }
}

export function whole(least: number, most: number): Kind<number> {
  const expects = `a whole number, ${least} to ${most}`
  const message = `expected ${expects}`
  return {
    expects,
    schema: v.pipe(
      v.number(message),
      v.integer(message),
      v.minValue(least, message),
      v.maxValue(most, message)
    ),
    read: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text)
  }
}

/** Bytes: a number, or a text with a unit, such as 500MB or 2GiB. */
export function size(least: 0 | 1 = 1): Kind<number> {
  const expects = `a size such as 500MB, 2GiB or 1048576, from ${least === 0 ? '0' : '1 byte'} to 1024TiB`
  const message = `expected ${expects}`
  return {
    expects,
    schema: v.pipe(
      v.union([v.number(), v.string()], message),
      v.transform((value) => (typeof value === 'number' ? value : bytesOf(value))),
      v.number(message),
      v.integer(message),
      v.minValue(least, message),
      v.maxValue(1024 * TiB, message)
    ),
    read: (text) => text,
    show: sizeText
  }
}

const UNITS = ['k', 'm', 'g', 't']

/** As it would be written: in the largest unit of which it is a whole number. */
function sizeText(bytes: number): string {
  if (bytes === 0) return '0'
  let power = 0
  while (power < UNITS.length && bytes % 1024 ** (power + 1) === 0) power++
  return power === 0
    ? String(bytes)
    : `${bytes / 1024 ** power}${UNITS[power - 1]?.toUpperCase()}iB`
}

/** Bytes that a text such as 500MB or 2GiB says; NaN if it is none. */
export function bytesOf(text: string): number {
  const [, digits = '', unit = '', binary] =
    /^(\d{1,15})\s*(?:([kmgt])(i)?b?|b)?$/i.exec(text) ?? []
  if (digits === '') return NaN
  const power = UNITS.indexOf(unit.toLowerCase()) + 1
  return Number(digits) * (binary === undefined ? 1000 : 1024) ** power
}

export function isKey(text: string): boolean {
  return /^([ybndrfg8ejkmcpqxot1uwisza345h769]{52}|[0-9a-f]{64})$/i.test(text)
}

export function onOff(): Kind<boolean> {
  const words = new Map([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false]
  ])
  return {
    expects: 'true or false',
    schema: v.boolean('expected true or false'),
    read: (text) => words.get(text.toLowerCase()) ?? text
  }
}

export function list(item: string, holds: (text: string) => boolean): Kind<readonly string[]> {
  const expects = `a list of ${item}`
  const message = `expected ${item}`
  return {
    expects,
    schema: v.pipe(
      v.array(v.pipe(v.string(message), v.check(holds, message)), `expected ${expects}`),
      v.minLength(1, `expected at least one ${item}; leave the entry out for none`),
      v.checkItems((each, i, all) => all.indexOf(each) === i, 'it is named twice')
    ),
    read: (text) => text.split(/\s*,\s*/),
    many: true
  }
}

export function isAddress(text: string): boolean {
  const [, host = '', port = ''] = /^([^:]+):(\d{1,5})$/.exec(text) ?? []
  return (isIPv4(host) || isHostName(host)) && Number(port) > 0 && Number(port) < 65_536
}

export function isNetworkName(name: string): boolean {
  return name.trim() !== '' && name.length <= NETWORK_LETTERS_MAX
}

export function isHostName(name: string): boolean {
  return (
    name.length <= 253 && /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i.test(name)
  )
}
