// The configuration of a root peer, checked once at the edge. The core never reads the environment.

import path from 'node:path'
import * as v from 'valibot'
import { badConfig } from './errors.ts'

/** What a root peer is started with. */
export interface RootPeerConfig {
  /** The data folder; made if missing, and used by one process at a time. */
  storage: string
  /** DHT nodes to begin with, as HOST:PORT; the public DHT if none are given. */
  bootstrap?: readonly string[]
  /** Address to bind the UDP socket to; all if not given. */
  host?: string
  /** UDP port; 49737 if free, else any, if not given. */
  port?: number
  /** Name of a private fleet; clients must use the same. */
  network?: string
  /** False: acknowledge before the write is durable. Clients are told. Default true. */
  fsync?: boolean
  /**
   * Connections that one address may have; 256 unless given. Peers behind one NAT, or that come through
   * one relay, share an address.
   */
  connectionsPerAddress?: number
  /** The data folder is a copy or a restored backup, and that is meant. */
  restored?: boolean
  /** Milliseconds since 1970; `Date.now` unless given. */
  now?: () => number
}

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535))

const schema = v.strictObject({
  storage: v.pipe(v.string(), v.nonEmpty()),
  bootstrap: v.optional(v.array(v.pipe(v.string(), v.check(isAddress, 'expected HOST:PORT')))),
  host: v.optional(v.pipe(v.string(), v.nonEmpty())),
  port: v.optional(port),
  network: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(128))),
  fsync: v.optional(v.boolean()),
  connectionsPerAddress: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  restored: v.optional(v.boolean()),
  now: v.optional(v.function())
})

/**
 * The configuration, whole and frozen.
 *
 * @throws `CONFIG`, naming everything that is wrong at once.
 */
export function parseConfig(config: RootPeerConfig): Readonly<RootPeerConfig> {
  const result = v.safeParse(schema, config)
  if (!result.success) {
    const wrong = result.issues.map(
      (issue) => `${v.getDotPath(issue) ?? 'config'}: ${issue.message}`
    )
    throw badConfig(`the configuration is wrong: ${wrong.join('; ')}`)
  }
  return Object.freeze({ ...config, storage: path.resolve(config.storage) })
}

function isAddress(text: string): boolean {
  const colon = text.lastIndexOf(':')
  const number = Number(text.slice(colon + 1))
  return colon > 0 && /^\d+$/.test(text.slice(colon + 1)) && number > 0 && number < 65536
}
