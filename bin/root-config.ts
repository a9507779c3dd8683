// What the settings say of the root peer itself, as it takes them. The other entries are the operator's
// side: what is logged, and where it can be asked.

import type { EntryName } from '../src/entries.ts'
import { ENTRY_NAMES, entryOf } from '../src/entries.ts'
import type { Reconfiguration, RootPeerConfig } from '../src/root-peer.ts'
import type { Settings } from './settings.ts'

const OPERATORS: readonly EntryName[] = ['statsInterval', 'httpPort', 'httpHost', 'logLevel']

const ROOTS = ENTRY_NAMES.filter((name) => !OPERATORS.includes(name))

export function rootConfigOf(settings: Settings, bootstrap = settings.bootstrap): RootPeerConfig {
  const set = ROOTS.filter((name) => settings[name] !== undefined)
  const { restored } = settings
  return {
    ...(pick(settings, set) as unknown as RootPeerConfig),
    restored,
    ...(bootstrap === undefined ? {} : { bootstrap })
  }
}

/** What takes effect while it runs; what is not set any more is undefined. */
export function reconfigurationOf(settings: Settings): Reconfiguration {
  return pick(
    settings,
    ROOTS.filter((name) => entryOf(name).reloadable)
  )
}

function pick(settings: Settings, names: readonly EntryName[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, settings[name]]))
}
