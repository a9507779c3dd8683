// Settings as the command makes them, from a command line and an environment.

import { COMMANDS } from '../../bin/commands.ts'
import { parse } from '../../bin/parse.ts'
import type { Settings } from '../../bin/settings.ts'
import { parseSettings } from '../../bin/settings.ts'

export function settingsOf(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Settings {
  const line = parse(argv)
  if (line.kind !== 'run') throw new Error('not a command')
  return parseSettings({ takes: COMMANDS[line.command].flags, flags: line.flags, env })
}
