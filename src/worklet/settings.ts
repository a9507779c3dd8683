// The start arguments of a worklet, parsed once: identity seed, profile folder, and the rest as JSON.

import b4a from 'b4a'
import type { ClientOptions } from '../client/client.ts'
import { RootPeerError } from '../protocol/errors.ts'
import { hex32, optionalFlag, optionalText, parseFields, texts } from './fields.ts'

export interface Settings {
  /** 32 bytes that the identity comes from. */
  seed: Uint8Array
  client: ClientOptions
}

/** As in the client's options. */
const FLAGS = ['direct', 'announce', 'discover', 'restored', 'present'] as const

/** Keys of root peers, tickets and DHT nodes that one setting may name. */
const NAMES_MAX = 64

/**
 * @param args the seed as 64 hex digits; the profile's folder, or nothing to keep nothing; and JSON with
 *   any of the client's options `roots`, `tickets`, `bootstrap`, `host`, `network`, `direct`, `announce`, `discover`,
 *   `restored`, `present`.
 * @throws `BAD_KEY`, `BAD_REQUEST`
 */
export function readSettings([
  seedText = '',
  profile = '',
  more = ''
]: readonly string[]): Settings {
  const seed = hex32(seedText)
  if (seed === null) {
    throw new RootPeerError('BAD_KEY', 'the first argument is the identity seed: 64 hex digits', {
      expected: 64,
      got: seedText.length
    })
  }
  const fields = parseFields(b4a.from(more))
  const roots = texts(fields, 'roots', NAMES_MAX)
  const bootstrap = texts(fields, 'bootstrap', NAMES_MAX)
  const host = optionalText(fields, 'host')
  const tickets = texts(fields, 'tickets', NAMES_MAX)
  const network = optionalText(fields, 'network')
  const client: ClientOptions = {
    seed,
    agent: 'root-peer-worklet',
    ...(profile === '' ? {} : { profile }),
    ...(roots === undefined ? {} : { roots }),
    ...(bootstrap === undefined ? {} : { bootstrap }),
    ...(tickets === undefined ? {} : { tickets }),
    ...(host === undefined ? {} : { host }),
    ...(network === undefined ? {} : { network })
  }
  for (const name of FLAGS) {
    const value = optionalFlag(fields, name)
    if (value !== undefined) client[name] = value
  }
  return { seed, client }
}
