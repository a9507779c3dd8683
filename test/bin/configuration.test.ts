// docs/CONFIGURATION.md has what the entries have: its table is made from them, and its examples hold.

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { COMMANDS } from '../../bin/commands.ts'
import { defaultOf, ENTRY_NAMES, entryOf } from '../../src/entries.ts'
import { repositoryRoot } from '../helpers/fixtures.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { settingsOf } from './settings-of.ts'

const text = readFileSync(path.join(repositoryRoot, 'docs/CONFIGURATION.md'), 'utf8')

test('the table of settings is the one that the entries make', (t) => {
  const rows = text.split('\n').filter((line) => line.startsWith('| '))
  const [head = [], , ...rest] = rows.map(cellsOf)
  t.alike([head, ...rest], expectedRows(), `it must be:\n\n${markdown(expectedRows())}\n`)
})

test('the file that it shows is one', async (t) => {
  const [, json = ''] = /```json\n([^`]*)```/.exec(text) ?? []
  const file = path.join(await tmpFolder(t), 'c.json')
  writeFileSync(file, json)
  t.is(settingsOf(['start', '--config', file]).statsInterval, 60)
})

test('the errors that it shows are what is said', async (t) => {
  const [, shown = ''] = /^root-peer: CONFIG: (.*)$/m.exec(text) ?? []
  const file = path.join(await tmpFolder(t), 'c.json')
  writeFileSync(file, '{"storag": "x"}')
  const argv = ['start', '--config', file, '--port', '99999']
  try {
    settingsOf(argv, { ROOT_PEER_LOG_LEVEL: 'loud' })
    t.fail('it is wrong')
  } catch (err) {
    t.is((err as Error).message.replaceAll(file, '/etc/root-peer.json'), shown)
  }
})

test('it names every flag of start that is no setting', (t) => {
  const settings = ENTRY_NAMES.map((name) => entryOf(name).flag)
  for (const flag of COMMANDS.start.flags.filter((flag) => !settings.includes(flag))) {
    t.ok(flag === 'help' || text.includes(`\`--${flag}\``), flag)
  }
})

function expectedRows(): string[][] {
  return [
    ['setting', 'meaning', 'type', 'default', 'flag', 'variable', 'a change takes effect'],
    ...ENTRY_NAMES.map((name) => {
      const { help, expects, byDefault, unset, flag, short, value, env, reloadable } = entryOf(name)
      const letter = short === undefined ? '' : `\`-${short}\`, `
      return [
        `\`${name}\``,
        help,
        expects,
        byDefault === undefined ? (unset ?? '') : `\`${defaultOf(name)}\``,
        `${letter}\`--${flag}${value === undefined ? '' : ` ${value}`}\``,
        `\`${env}\``,
        reloadable ? 'at SIGHUP' : 'at the next start'
      ]
    })
  ]
}

function cellsOf(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

function markdown([head = [], ...rows]: string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [head, head.map(() => '---'), ...rows].map(line).join('\n')
}
