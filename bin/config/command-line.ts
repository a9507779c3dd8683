// What flags say of the configuration. Never which flags a command takes: that is the parser's part.

import { entryOf } from '../../src/entries.ts'
import { FLAGS } from '../flags.ts'
import type { GivenFlags } from '../parse.ts'
import type { Found } from './values.ts'

export function fromCommandLine(flags: GivenFlags): Found[] {
  const found = [...flags].flatMap(([flag, given]): Found[] => {
    const { entry: name } = FLAGS[flag]
    if (name === undefined) return []
    const { read, sets, many } = entryOf(name)
    const value = many === true ? given : (sets ?? read(given.at(-1) ?? ''))
    return [{ name, value, source: { layer: 'flag', from: `--${flag}` } }]
  })
  if (!flags.has('debug')) return found
  return [
    ...found,
    { name: 'logLevel', value: 'debug', source: { layer: 'flag', from: '--debug' } }
  ]
}
