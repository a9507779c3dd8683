// What the environment says of the configuration, and which variables are slips of ours. Never reads
// process.env itself: it is handed over by the command.

import { entryOf } from '../../src/entries.ts'
import type { FlagName } from '../flags.ts'
import { FLAG_NAMES, FLAGS } from '../flags.ts'
import { meantBy } from '../slips.ts'
import type { Found } from './values.ts'

const PREFIX = 'ROOT_PEER_'

/** What Kubernetes and Docker put into ROOT_PEER_PORT and its like for a service of our name. */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\/[^\s/]+:\d+$/

/** The variable's text for a flag; undefined if it is missing or empty, which is the same. */
export function variable(flag: FlagName, env: NodeJS.ProcessEnv): string | undefined {
  const { env: name } = FLAGS[flag]
  const text = name === undefined ? undefined : env[name]?.trim()
  return isMeant(text) ? text : undefined
}

/** @param flags - those that the command takes: no other variable is looked at */
export function fromEnvironment(
  flags: readonly FlagName[],
  env: NodeJS.ProcessEnv,
  problems: string[]
): Found[] {
  problems.push(...slipsIn(flags, env))
  return flags.flatMap((flag): Found[] => {
    const { entry: name, env: from } = FLAGS[flag]
    const text = variable(flag, env)
    if (name === undefined || from === undefined || text === undefined) return []
    return [{ name, value: entryOf(name).read(text), source: { layer: 'environment', from } }]
  })
}

/**
 * A sentence for each variable that looks like one of ours and is none. Orchestrators set others that
 * begin alike (ROOT_PEER_SERVICE_HOST), and so do people: those are none of our business.
 */
function slipsIn(flags: readonly FlagName[], env: NodeJS.ProcessEnv): string[] {
  if (!flags.some((flag) => FLAGS[flag].env !== undefined)) return []
  const ours = new Set(Object.values(FLAGS).flatMap((flag) => flag.env ?? []))
  const likely = likelyNames()
  return Object.entries(env)
    .filter(([name, text]) => name.startsWith(PREFIX) && !ours.has(name) && isMeant(text))
    .flatMap(([name]) => {
      const rest = name.slice(PREFIX.length)
      const flag = flags.find((flag) => FLAGS[flag].env === undefined && snake(flag) === rest)
      if (flag !== undefined) return [`${name} is no setting: give the flag --${flag} instead`]
      const meant = likely.get(meantBy(rest, [...likely.keys()]) ?? '')
      return meant === undefined ? [] : [`${name} is no setting (did you mean ${meant}?)`]
    })
    .sort()
}

function isMeant(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '' && !SERVICE_LINK.test(text.trim())
}

/** What people would call our variables, without the prefix, and what each is really called. */
function likelyNames(): Map<string, string> {
  const variables = FLAG_NAMES.flatMap((flag) => {
    const { env, entry } = FLAGS[flag]
    return env === undefined ? [] : [{ env, names: [env, snake(flag), snake(entry ?? flag)] }]
  })
  return new Map([
    ...variables.flatMap(({ env, names }) => names.map((name) => [name, env] as const)),
    // PORT is one of ours, but ROOT_PEER_PORT is another.
    ...variables
      .filter(({ env }) => env.startsWith(PREFIX))
      .map(({ env }) => [env.slice(PREFIX.length), env] as const)
  ])
}

/** `STATS_INTERVAL`, from `statsInterval` or `stats-interval`. */
function snake(name: string): string {
  return name.replace(/-|(?=[A-Z])/g, '_').toUpperCase()
}
