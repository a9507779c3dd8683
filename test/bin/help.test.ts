import test from 'brittle'
import type { CommandName } from '../../bin/commands.ts'
import { COMMANDS } from '../../bin/commands.ts'
import type { FlagName } from '../../bin/flags.ts'
import { FLAGS } from '../../bin/flags.ts'
import { commandHelp, help } from '../../bin/help.ts'
import { parse } from '../../bin/parse.ts'

const names = Object.keys(COMMANDS) as CommandName[]

test('help names every command, and each one every flag that it takes', (t) => {
  for (const name of names) {
    t.ok(help().includes(`  ${name} `) || help().includes(`  ${name}\n`), name)
    const text = commandHelp(name)
    for (const flag of COMMANDS[name].flags) {
      t.ok(
        text.includes(`--${flag}`) && text.includes(FLAGS[flag].help.slice(0, 20)),
        `${name} ${flag}`
      )
    }
  }
})

test('help fits a terminal, and ends with a newline', (t) => {
  for (const text of [help(), ...names.map(commandHelp)]) {
    t.is(Math.max(...text.split('\n').map((line) => line.length)) <= 100, true)
    t.ok(text.endsWith('\n') && !text.endsWith('\n\n'))
  }
})

test('every example is a command line that parses', (t) => {
  for (const name of names) {
    t.ok(COMMANDS[name].examples.length > 0, name)
    for (const [example] of COMMANDS[name].examples) {
      const words: string[] = example.match(/"[^"]*"|\S+/g) ?? []
      const begin = words.indexOf('root-peer')
      const rest = words.slice(begin + 1)
      const end = rest.findIndex((word) => word === '|' || word === '<')
      t.is(parse(end === -1 ? rest : rest.slice(0, end)).kind, 'run', example)
    }
  }
})

test('every flag is taken by some command, and no letter means two', (t) => {
  const flags = Object.keys(FLAGS) as FlagName[]
  for (const flag of flags) {
    const taken = names.some((name) => COMMANDS[name].flags.includes(flag))
    t.ok(taken || flag === 'version', flag)
  }
  const letters = flags.flatMap((flag) => FLAGS[flag].short ?? [])
  t.is(new Set(letters).size, letters.length)
})
