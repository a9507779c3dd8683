// The fields of a request, each checked as it is taken. Never guesses: what is wrong is said.

import b4a from 'b4a'
import { badRequest } from './errors.ts'

export type Fields = Readonly<Record<string, unknown>>

const HEX_32 = /^[0-9a-f]{64}$/i

/** The object that a request carries; an empty one for none. Throws `BAD_REQUEST`. */
export function parseFields(data: Uint8Array | null): Fields {
  const text = data === null ? '' : b4a.toString(data).trim()
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badRequest('a request is JSON, and this is not')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw badRequest('a request is a JSON object, and this is something else')
}

export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw badRequest(`${name} is a text`)
}

export function text(fields: Fields, name: string): string {
  const value = optionalText(fields, name)
  if (value === undefined || value === '') throw badRequest(`${name} is missing`)
  return value
}

export function optionalFlag(fields: Fields, name: string): boolean | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return value
  throw badRequest(`${name} is true or false`)
}

export function flag(fields: Fields, name: string, otherwise: boolean): boolean {
  return optionalFlag(fields, name) ?? otherwise
}

export function wholeNumber(fields: Fields, name: string, otherwise: number): number {
  const value = fields[name]
  if (value === undefined || value === null) return otherwise
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw badRequest(`${name} is a whole number from 0`)
}

export function texts(fields: Fields, name: string, max: number): string[] | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  const isList = Array.isArray(value) && value.length <= max
  if (isList && value.every((each) => typeof each === 'string')) return value
  throw badRequest(`${name} is a list of at most ${max} texts`)
}

/** 32 bytes from 64 hex digits; null for anything else. */
export function hex32(text: string): Uint8Array | null {
  return HEX_32.test(text) ? b4a.from(text, 'hex') : null
}
