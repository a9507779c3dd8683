// The README tells no tale: its command lines parse, and its tables have what the command has.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { COMMANDS } from '../../bin/commands.ts'
import type { FlagName } from '../../bin/flags.ts'
import { FLAG_NAMES, FLAGS } from '../../bin/flags.ts'
import { parse } from '../../bin/parse.ts'
import { EXIT_CODES } from '../../src/errors.ts'
import { repositoryRoot } from '../helpers/fixtures.ts'

const readme = readFileSync(path.join(repositoryRoot, 'README.md'), 'utf8')
const settings = readFileSync(path.join(repositoryRoot, 'docs/CONFIGURATION.md'), 'utf8')
const rowsOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.replaceAll('\\|', '|'))
const rows = rowsOf(readme)

test('every command line in the README is one', (t) => {
  const lines = [...readme.matchAll(/(?:npx |`)root-peer ([^`\n]+)/g)].map(
    (match) => match[1] ?? ''
  )
  t.ok(lines.length > 8)
  for (const line of lines.filter((line) => !line.startsWith('COMMAND'))) {
    const words: string[] = line.match(/"[^"]*"|[^\s"]+/g) ?? []
    const end = words.findIndex((word) => word === '<' || word === '>')
    const argv = end === -1 ? words : words.slice(0, end)
    t.is(parse(argv).kind, 'run', line)
  }
})

test('its tables have every command, flag, variable and exit code', (t) => {
  const has = (text: string): boolean => rows.some((row) => row.includes(text))
  for (const [name, { args }] of Object.entries(COMMANDS)) {
    t.ok(has(`\`${[name, ...args].join(' ')}\``), name)
  }
  for (const [name, { env, entry }] of Object.entries(FLAGS)) {
    t.ok(has(`--${name}`), name)
    if (env === undefined) continue
    const where = entry === undefined ? rows : rowsOf(settings)
    t.ok(
      where.some((row) => row.includes(`\`${env}\``)),
      env
    )
  }
  const takers = (flag: FlagName): string =>
    Object.entries(COMMANDS)
      .filter(([, { flags }]) => flags.includes(flag))
      .map(([name]) => name)
      .sort()
      .join(', ')
  for (const name of FLAG_NAMES) {
    const cells = rows.map((row) => row.split(' | ').map((cell) => cell.replace('| ', '').trim()))
    const isOf = (flag = ''): boolean =>
      [`\`--${name}\``, `\`--${name} `].some((written) => flag.includes(written))
    const [, named = ''] = cells.find(([flag]) => isOf(flag)) ?? []
    if (named === '' || named.startsWith('all')) continue
    t.is(named.split(', ').sort().join(', '), takers(name), name)
  }
  for (const [code, exit] of Object.entries(EXIT_CODES)) {
    const row = rows.find((row) => row.startsWith(`| ${exit} `))
    t.ok(row?.includes(`\`${code}\``), `${exit} ${code}`)
  }
})
