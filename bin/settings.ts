// Flags and environment into one frozen object that every command reads. Flags win. Never reads
// process.env itself, and never checks what only the network can.

import path from 'node:path'
import * as v from 'valibot'
import { badConfig, usage } from '../src/errors.ts'
import { formatKey, parsePeerKey } from '../src/protocol/protocol.ts'
import type { FlagName } from './flags.ts'
import { FLAGS } from './flags.ts'
import type { GivenFlags } from './parse.ts'

const LOOPBACK = '127.0.0.1'

export interface Settings {
  /** Absolute. */
  readonly storage: string
  readonly local: boolean
  /** DHT nodes to begin with; undefined: the public DHT. */
  readonly bootstrap: readonly string[] | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly network: string | undefined
  readonly fsync: boolean
  readonly restored: boolean
  /** Public keys of roots, in z32. */
  readonly roots: readonly string[]
  readonly profile: string | undefined
  readonly member: string | undefined
  readonly guest: string | undefined
  /** A cursor, or a message number. */
  readonly from: string | number | undefined
  readonly follow: boolean
  readonly file: string | undefined
  readonly json: boolean
  readonly debug: boolean
}

const address = v.pipe(
  v.string(),
  v.regex(/^.+:\d{1,5}$/, 'expected HOST:PORT'),
  v.check((text) => isPort(text.slice(text.lastIndexOf(':') + 1)), 'the port is none')
)
const port = v.pipe(v.string(), v.check(isPort, 'expected a port, 0 to 65535'))

/** @throws `CONFIG` for a value, `USAGE` for flags that exclude each other, `BAD_KEY` */
export function parseSettings(flags: GivenFlags, env: NodeJS.ProcessEnv): Settings {
  const values = (name: FlagName): readonly string[] => {
    const given = flags.get(name)
    if (given !== undefined) return given
    const variable = FLAGS[name].env
    const text = variable === undefined ? '' : (env[variable] ?? '').trim()
    if (text === '') return []
    return FLAGS[name].many === true ? text.split(/\s*,\s*/) : [text]
  }
  const last = (name: FlagName): string | undefined => values(name).at(-1)
  const checked = (name: FlagName, schema: v.GenericSchema<string>): readonly string[] => {
    for (const value of values(name)) {
      const { issues } = v.safeParse(schema, value)
      if (issues === undefined) continue
      throw badConfig(`${nameOf(name, flags)} "${value}": ${issues[0].message}`, { got: value })
    }
    return values(name)
  }

  const local = flags.has('local')
  if (local && flags.has('bootstrap')) {
    throw usage('--local makes a DHT of its own: leave out --bootstrap, or --local')
  }
  if (local && flags.has('host') && last('host') !== LOOPBACK) {
    throw usage(`--local stays on ${LOOPBACK}: leave out --host, or --local`)
  }
  const bootstrap = local ? [] : checked('bootstrap', address)
  const onLoopback =
    local || (bootstrap.length > 0 && bootstrap.every((node) => node.startsWith(`${LOOPBACK}:`)))
  const host = local ? LOOPBACK : (last('host') ?? (onLoopback ? LOOPBACK : undefined))
  const udp = checked('port', port).at(-1)
  const from = last('from')

  return Object.freeze({
    storage: path.resolve(last('storage') ?? 'storage'),
    local,
    bootstrap: bootstrap.length === 0 ? undefined : bootstrap,
    host,
    port: udp === undefined ? undefined : Number(udp),
    network: last('network'),
    fsync: !flags.has('no-fsync'),
    restored: flags.has('restored'),
    roots: values('root').map((key) => formatKey(parsePeerKey(key))),
    profile: last('profile'),
    member: last('member'),
    guest: last('guest'),
    from: from !== undefined && /^\d{1,15}$/.test(from) ? Number(from) : from,
    follow: flags.has('follow'),
    file: last('file'),
    json: flags.has('json'),
    debug: flags.has('debug')
  })
}

/** What to name when a value is wrong: the flag, or the variable that stood in for it. */
function nameOf(name: FlagName, flags: GivenFlags): string {
  return flags.has(name) ? `--${name}` : (FLAGS[name].env ?? name)
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) < 65536
}
